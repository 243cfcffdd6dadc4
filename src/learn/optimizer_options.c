/* optimizer_options.c: what an optimizer can be asked for: names, defaults, ranges and groups. See optimizer.h. */
#include "learn/optimizer_options.h"
#include "learn/numbers.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SGD = 1 << LURE_SGD,
    ADAM = 1 << LURE_ADAM,
    ADAMW = 1 << LURE_ADAMW,
    RMSPROP = 1 << LURE_RMSPROP,
    ADAGRAD = 1 << LURE_ADAGRAD,
    ALL = SGD | ADAM | ADAMW | RMSPROP | ADAGRAD
};

#define AT(field) offsetof(lure_optimizer_options, field)
static const lure_optimizer_field fields[] = {
    {"momentum", AT(momentum), false, SGD | RMSPROP, LURE_FRACTION},
    {"nesterov", AT(nesterov), true, SGD, LURE_ANY},
    {"beta1", AT(beta1), false, ADAM | ADAMW, LURE_FRACTION},
    {"beta2", AT(beta2), false, ADAM | ADAMW, LURE_FRACTION},
    {"amsgrad", AT(amsgrad), true, ADAM | ADAMW, LURE_ANY},
    {"alpha", AT(alpha), false, RMSPROP, LURE_FRACTION},
    {"centered", AT(centered), true, RMSPROP, LURE_ANY},
    {"initial_accumulator", AT(initial_accumulator), false, ADAGRAD, LURE_NOT_NEGATIVE},
    {"epsilon", AT(epsilon), false, ADAM | ADAMW | RMSPROP | ADAGRAD, LURE_POSITIVE},
    {"weight_decay", AT(weight_decay), false, ALL, LURE_NOT_NEGATIVE},
    {"clip_norm", AT(clip_norm), false, ALL, LURE_NOT_NEGATIVE},
    {"clip_value", AT(clip_value), false, ALL, LURE_NOT_NEGATIVE},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

const lure_optimizer_field *lure_optimizer_fields(size_t *n)
{
    *n = N_FIELDS;
    return fields;
}

const char *lure_optimizer_kind_name(lure_optimizer_kind kind)
{
    static const char *const names[LURE_N_OPTIMIZERS] = {[LURE_SGD] = "sgd",
                                                         [LURE_ADAM] = "adam",
                                                         [LURE_ADAMW] = "adamw",
                                                         [LURE_RMSPROP] = "rmsprop",
                                                         [LURE_ADAGRAD] = "adagrad"};
    return names[kind];
}

lure_optimizer_options lure_optimizer_defaults(lure_optimizer_kind kind)
{
    lure_optimizer_options o = {.kind = kind};
    switch (kind) {
    case LURE_SGD: break;
    case LURE_ADAM:
    case LURE_ADAMW:
        o.beta1 = 0.9;
        o.beta2 = 0.999;
        o.epsilon = 1e-8;
        o.weight_decay = kind == LURE_ADAMW ? 0.01 : 0.0;
        break;
    case LURE_RMSPROP:
        o.alpha = 0.99;
        o.epsilon = 1e-8;
        break;
    case LURE_ADAGRAD: o.epsilon = 1e-10; break;
    }
    return o;
}

/* Null: x is in the range; else what was expected. */
static const char *missed(int range, double x)
{
    switch (range) {
    case LURE_FRACTION: return x >= 0.0 && x < 1.0 ? NULL : "0 or more and less than 1";
    case LURE_POSITIVE: return x > 0.0 && isfinite(x) ? NULL : "more than 0, finite";
    case LURE_NOT_NEGATIVE: return x >= 0.0 && isfinite(x) ? NULL : "0 or more, finite";
    default: return NULL;
    }
}

lure_status lure__optimizer_check_options(const lure_optimizer_options *o, lure_error *err)
{
    for (size_t i = 0; i < N_FIELDS; i++) {
        if (fields[i].is_flag || !(fields[i].kinds & 1U << o->kind))
            continue;
        const void *at = (const char *)o + fields[i].offset;
        double x = *(const double *)at;
        const char *expected = missed(fields[i].range, x);
        if (expected)
            return lure_fail(err, LURE_ERROR_SCRIPT, "optimizer: %s is %s; expected %s", fields[i].name,
                             lure__text(x).is, expected);
    }
    if (o->kind == LURE_SGD && o->nesterov && !(o->momentum > 0.0))
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "optimizer: momentum is %s; expected more than 0, as nesterov is asked for",
                         lure__text(o->momentum).is);
    return LURE_OK;
}

lure_status lure__optimizer_check_stretch(const lure_stretch *s, lure_error *err)
{
    const struct {
        const char *name;
        double value;
    } settings[] = {
        {"rate", s->rate_scale}, {"weight_decay", s->weight_decay}, {"clip_value", s->clip_value}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *expected = missed(LURE_NOT_NEGATIVE, settings[i].value);
        if (expected)
            return lure_fail(err, LURE_ERROR_SCRIPT, "optimizer: %s of '%s' is %s; expected %s",
                             settings[i].name, s->name ? s->name : "parameters",
                             lure__text(settings[i].value).is, expected);
    }
    return LURE_OK;
}

bool lure_optimizer_group_covers(const char *group, const char *parameter)
{
    size_t n = strlen(group);
    return strncmp(group, parameter, n) == 0 && (parameter[n] == '\0' || parameter[n] == '.');
}

lure_stretch lure_optimizer_stretch(const lure_optimizer_options *o, const char *name, size_t offset,
                                    size_t size)
{
    lure_stretch s = {.offset = offset,
                      .size = size,
                      .name = name,
                      .rate_scale = 1.0,
                      .weight_decay = o->weight_decay,
                      .clip_value = o->clip_value};
    /* the names of all that cover one parameter begin alike, so their lengths put them in order */
    size_t length[3] = {0};
    double *const settings[3] = {&s.rate_scale, &s.weight_decay, &s.clip_value};
    for (size_t i = 0; name && i < o->n_groups; i++) {
        const lure_optimizer_group *g = &o->groups[i];
        const double given[3] = {g->rate_scale, g->weight_decay, g->clip_value};
        if (!lure_optimizer_group_covers(g->name, name))
            continue;
        for (int j = 0; j < 3; j++)
            if (!isnan(given[j]) && strlen(g->name) >= length[j]) {
                length[j] = strlen(g->name);
                *settings[j] = given[j];
            }
    }
    return s;
}
