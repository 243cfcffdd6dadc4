/* bind_world_image.c: worlds in an image (script/image.h): copies, the engine of handles, handles. States are tables that their user
   values lead to, and streams userdata of their own, so what is left are numbers. Copies and engines are made before the
   first update; handles may be born in any. */
#include "run/bind_world_inside.h"

#include "run/copies_inside.h"
#include "script/image.h"

#include <string.h>

/* ---- copies ---- */

static void save_copies(lure_image_out *out, int index)
{
    const lure_copies *c = lua_touserdata(out->L, index);
    const size_t n_inputs = c->world.n_inputs;
    lure_bytes_add_double(out->text, c->progress);
    lure_bytes_add_block(out->text, c->copies, c->n * sizeof *c->copies);
    lure_bytes_add_block(out->text, c->observations, c->n * n_inputs * sizeof *c->observations);
    lure_bytes_add_block(out->text, c->seen_low, n_inputs * sizeof *c->seen_low);
    lure_bytes_add_block(out->text, c->seen_high, n_inputs * sizeof *c->seen_high);
    lure_bytes_add_block(out->text, &c->random, sizeof c->random);
}

static void load_copies(lure_image_in *in, int index)
{
    lure_copies *c = lua_touserdata(in->L, index);
    const size_t n_inputs = c->world.n_inputs;
    c->progress = lure_bytes_double(&in->bytes);
    lure_bytes_copy_block(&in->bytes, c->copies, c->n * sizeof *c->copies);
    lure_bytes_copy_block(&in->bytes, c->observations, c->n * n_inputs * sizeof *c->observations);
    lure_bytes_copy_block(&in->bytes, c->seen_low, n_inputs * sizeof *c->seen_low);
    lure_bytes_copy_block(&in->bytes, c->seen_high, n_inputs * sizeof *c->seen_high);
    lure_bytes_copy_block(&in->bytes, &c->random, sizeof c->random);
}

void lure__copies_register(void)
{
    static const lure_image_kind image = {
        .kind = LURE_BOX_COPIES, .name = "a world", .save = save_copies, .load = load_copies};
    lure_image_register(&image);
}

/* ---- handles ---- */

static void save_engine(lure_image_out *out, int index)
{
    const lure_world_engine *e = lua_touserdata(out->L, index);
    lure_bytes_add_u64(out->text, e->seed);
    lure_bytes_add_u64(out->text, e->current);
    lure_bytes_add_u8(out->text, e->is_visited);
}

static void load_engine(lure_image_in *in, int index)
{
    lure_world_engine *e = lua_touserdata(in->L, index);
    e->seed = lure_bytes_u64(&in->bytes);
    e->current = lure_bytes_u64(&in->bytes);
    e->is_visited = lure_bytes_u8(&in->bytes) != 0;
}

static void plan_handle(lure_image_out *out, int index)
{
    lua_getiuservalue(out->L, index, AT_ENGINE);
    lure_image_write(out);
}

static void make_handle(lure_image_in *in)
{
    lure_image_push(in);
    lure_image_expect(in, lure_box_test(in->L, -1, LURE_BOX_ENGINE) != NULL, "a world");
    lure__world_push_handle(in->L, lua_gettop(in->L), 0);
    lua_remove(in->L, -2);
}

static void save_handle(lure_image_out *out, int index)
{
    const lure_world_handle *h = lua_touserdata(out->L, index);
    lure_bytes_add_u64(out->text, h->slot);
    lure_bytes_add_u64(out->text, h->seed);
    lure_bytes_add_double(out->text, h->progress);
    lure_bytes_add_block(out->text, &h->copy, sizeof h->copy);
    lure_bytes_add_u8(out->text, h->terminated);
    lure_bytes_add_u8(out->text, h->truncated);
    lure_bytes_add_block(out->text, h->observation,
                         h->borrow_engine->borrow_copies->world.n_inputs * sizeof *h->observation);
}

static void load_handle(lure_image_in *in, int index)
{
    lure_world_handle *h = lua_touserdata(in->L, index);
    h->slot = (size_t)lure_bytes_u64(&in->bytes);
    h->seed = lure_bytes_u64(&in->bytes);
    h->progress = lure_bytes_double(&in->bytes);
    lure_bytes_copy_block(&in->bytes, &h->copy, sizeof h->copy);
    h->terminated = lure_bytes_u8(&in->bytes) != 0;
    h->truncated = lure_bytes_u8(&in->bytes) != 0;
    lure_bytes_copy_block(&in->bytes, h->observation,
                          h->borrow_engine->borrow_copies->world.n_inputs * sizeof *h->observation);
    lure_image_expect(in, h->slot < h->borrow_engine->borrow_copies->n, "a world");
}

void lure__world_register(void)
{
    static const lure_image_kind images[] = {
        {.kind = LURE_BOX_ENGINE, .name = "a world", .save = save_engine, .load = load_engine},
        {LURE_BOX_WORLD, "a world", plan_handle, make_handle, save_handle, load_handle}};
    lure_image_register(&images[0]);
    lure_image_register(&images[1]);
}
