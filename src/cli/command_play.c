/* command_play.c: lure play, a person as the policy: key by key on a terminal, else a line an action from stdin. */
#include "cli/play_view.h"

#include "learn/space_text.h"
#include "report/terminal.h"
#include "run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int play_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {LURE_STAGE_OPTIONS, {0}};

const lure_command lure_command_play = {
    .name = "play",
    .arguments = "WORLD",
    .summary =
        "Play a world yourself with the keys. Where stdin is no terminal: a line an action (or r, u, q).",
    .options = options,
    .examples = "lure play gridworld\n"
                "lure play cartpole --set gravity=1.6\n"
                "lure play fry_shacks --reward right_portion --schedule uniform_hunger\n"
                "printf 'up\\nup\\nright\\n' | lure play gridworld --set slip=0",
    .least = 1,
    .most = 1,
    .main = play_main};

enum { MOST_TYPED = 200, MOST_LINE = 1 << 20 };

typedef struct play {
    lure_stage *stage;
    uint64_t seed;
    const lure_space *actions;
    lure_play_keys keys;
    bool colour;
    double *action; /* (n_parts) the last one */
    bool has_acted;
    lure_text acted;   /* the last one as text; "" at an episode's beginning */
    lure_text message; /* what went wrong; "" : nothing */
    uint64_t episodes, finished, steps;
    double best, last; /* of the finished */
} play;

/* ---- what can be done ---- */

static bool is_over(const play *p)
{
    const lure_stage_view *view = lure_stage_look(p->stage);
    return view->terminated || view->truncated;
}

/* Counts the episode that is left, if anything was done in it. */
static void leave_episode(play *p)
{
    const lure_stage_view *view = lure_stage_look(p->stage);
    if (view->step == 0)
        return;
    p->episodes++;
    p->steps += view->step;
    if (!is_over(p))
        return;
    p->last = view->episode_return;
    if (p->finished++ == 0 || p->last > p->best)
        p->best = p->last;
}

static lure_status restart(play *p, lure_error *err)
{
    leave_episode(p);
    lure_text_clear(&p->acted);
    return lure_stage_reset(p->stage, err);
}

static lure_status undo(play *p, lure_error *err)
{
    bool undone;
    lure_status status = lure_stage_undo(p->stage, &undone, err);
    if (status == LURE_OK && !undone)
        lure_text_add(&p->message, "there is no step to take back");
    lure_text_clear(&p->acted);
    if (lure_stage_look(p->stage)->step > 0)
        lure_text_add(&p->acted, "(undone)");
    return status;
}

/* The first choice of p->action that legal(s) rules out, as text; null: none. */
static const char *find_illegal(const play *p)
{
    const unsigned char *legal = lure_stage_look(p->stage)->legal;
    for (size_t i = 0; legal && i < p->actions->n_parts; legal += p->actions->parts[i++].n)
        if (p->actions->parts[i].n && !legal[(size_t)p->action[i]])
            return p->actions->parts[i].words[(size_t)p->action[i]];
    return NULL;
}

static lure_status act(play *p, lure_error *err)
{
    const char *illegal = is_over(p) ? NULL : find_illegal(p);
    if (is_over(p))
        lure_text_add(&p->message, "the episode is over: r begins the next, u takes the last step back");
    else if (illegal)
        lure_text_addf(&p->message, "'%s' is not legal now", illegal);
    if (*p->message.data)
        return LURE_OK;
    p->has_acted = true;
    lure_text_clear(&p->acted);
    lure_space_write(p->actions, p->action, &p->acted);
    return lure_stage_step(p->stage, p->action, err);
}

static lure_status act_typed(play *p, const char *text, lure_error *err)
{
    lure_error problem;
    double *typed = calloc(p->actions->n_parts, sizeof *typed);
    if (!typed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for an action");
    bool read = lure_space_read(p->actions, text, "action", typed, NULL, &problem) == LURE_OK;
    if (read)
        memcpy(p->action, typed, p->actions->n_parts * sizeof *typed);
    else
        lure_text_add(&p->message, problem.text);
    free(typed);
    return read ? act(p, err) : LURE_OK;
}

/* ---- with keys ---- */

static lure_status draw(play *p, const char *typed, lure_error *err)
{
    lure_text screen;
    lure_text_init(&screen);
    lure_status status = lure_play_tell(p->stage, p->seed, p->acted.data, p->colour, &screen, err);
    lure_text_add(&screen, "\n");
    lure_play_keys_tell(p->actions, &p->keys, &screen);
    lure_text_add(&screen, "\n");
    if (*p->message.data) {
        lure_text safe;
        lure_text_init(&safe);
        lure_display_add(&safe, p->message.data);
        lure_terminal_style(&screen, p->colour, LURE_STYLE_BAD, safe.data);
        lure_text_add(&screen, "\n");
        lure_text_free(&safe);
    }
    if (typed)
        lure_text_addf(&screen, "> %s_\n", typed);
    if (status == LURE_OK)
        lure_console_draw(screen.data);
    lure_text_free(&screen);
    return status;
}

/* A key while nothing is being typed. */
static lure_status press(play *p, int key, bool *quit, bool *typing, char *typed, lure_error *err)
{
    const lure_play_keys *keys = &p->keys;
    *quit = key == 'q';
    if (key == 'r')
        return restart(p, err);
    if (key == 'u')
        return undo(p, err);
    if (key == ' ' && p->has_acted)
        return act(p, err);
    if (key == LURE_KEY_ENTER) {
        *typing = true;
    } else if (keys->types_numbers && key < LURE_KEY_BACKSPACE && strchr("0123456789.+-", key)) {
        *typing = true;
        typed[0] = (char)key;
        typed[1] = '\0';
    } else if (keys->has_words && keys->map.place[key] >= 0) {
        p->action[0] = keys->map.place[key];
        return act(p, err);
    } else if (keys->has_values && key >= LURE_KEY_UP && key <= LURE_KEY_RIGHT) {
        p->action[0] = key == LURE_KEY_LEFT ? keys->left : key == LURE_KEY_RIGHT ? keys->right : keys->middle;
        return act(p, err);
    }
    return LURE_OK;
}

/* A key of a line that is being typed. */
static lure_status type(play *p, int key, bool *typing, char *typed, lure_error *err)
{
    size_t n = strlen(typed);
    if (key == LURE_KEY_ENTER || key == LURE_KEY_ESCAPE) {
        *typing = false;
        lure_status status = key == LURE_KEY_ENTER && n ? act_typed(p, typed, err) : LURE_OK;
        typed[0] = '\0';
        return status;
    }
    if (key == LURE_KEY_BACKSPACE && n > 0)
        typed[n - 1] = '\0';
    else if (key >= ' ' && key < LURE_KEY_BACKSPACE && n + 1 < MOST_TYPED) {
        typed[n] = (char)key;
        typed[n + 1] = '\0';
    }
    return LURE_OK;
}

static void cancel(void) /* of a signal */
{
    lure_console_close();
    lure_stop();
}

static lure_status play_keys(play *p, lure_error *err)
{
    char typed[MOST_TYPED] = "";
    bool typing = false, quit = false;
    lure_status status = lure_console_open(err);
    if (status == LURE_OK)
        status = lure_stage_reset(p->stage, err);
    while (status == LURE_OK && !quit) {
        status = draw(p, typing ? typed : NULL, err);
        int key = status == LURE_OK ? lure_console_key() : LURE_KEY_END;
        if (key == LURE_KEY_END)
            break;
        if (key == LURE_KEY_REDRAW)
            continue;
        lure_text_clear(&p->message);
        status = typing ? type(p, key, &typing, typed, err) : press(p, key, &quit, &typing, typed, err);
    }
    lure_console_close();
    return status;
}

/* ---- with lines ---- */

static lure_status show(play *p, lure_error *err)
{
    lure_text text;
    lure_text_init(&text);
    lure_status status =
        *p->message.data ? LURE_OK : lure_play_tell(p->stage, p->seed, p->acted.data, p->colour, &text, err);
    if (*p->message.data)
        lure_text_addf(&text, "%s\n", p->message.data);
    fputs(text.data, stdout);
    fflush(stdout);
    lure_text_clear(&p->message);
    lure_text_free(&text);
    return status;
}

/* A word of the world goes before a word of ours; ":q" is always ours. */
static lure_status obey(play *p, const char *word, bool *quit, lure_error *err)
{
    static const char *const ours[][2] = {{"r", "restart"}, {"u", "undo"}, {"q", "quit"}};
    lure_status status = act_typed(p, word, err);
    const char *name = word + (*word == ':');
    for (size_t i = 0; status == LURE_OK && *p->message.data && i < 3; i++) {
        if (strcmp(name, ours[i][0]) != 0 && strcmp(name, ours[i][1]) != 0)
            continue;
        lure_text_clear(&p->message);
        *quit = i == 2;
        return i == 0 ? restart(p, err) : i == 1 ? undo(p, err) : LURE_OK;
    }
    return status;
}

/* The next line; false: there is none, a signal has come, or nobody reads what is told. */
static bool read_line(char *line, lure_status *status, lure_error *err)
{
    if (*status == LURE_OK)
        *status = lure_stop_check(err);
    if (*status != LURE_OK || ferror(stdout) || !fgets(line, MOST_LINE, stdin))
        return false;
    if (strlen(line) + 1 == MOST_LINE)
        *status = lure_fail(err, LURE_ERROR_USAGE, "stdin: a line of more than %d bytes", MOST_LINE);
    return *status == LURE_OK;
}

static lure_status play_lines(play *p, lure_error *err)
{
    char *line = malloc(MOST_LINE);
    bool quit = false;
    if (!line)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a line");
    lure_text told;
    lure_text_init(&told);
    lure_space_tell(p->actions, &told);
    printf("actions: %s; r restart, u undo, q quit\n", told.data);
    lure_text_free(&told);
    lure_status status = lure_stage_reset(p->stage, err);
    if (status == LURE_OK)
        status = show(p, err);
    while (!quit && read_line(line, &status, err)) {
        for (char *word = strtok(line, ",\n"); word && status == LURE_OK && !quit;
             word = strtok(NULL, ",\n")) {
            word += strspn(word, " \t\r");
            for (size_t n = strlen(word); n > 0 && strchr(" \t\r", word[n - 1]); n--)
                word[n - 1] = '\0';
            status = *word ? obey(p, word, &quit, err) : LURE_OK;
            if (*word && status == LURE_OK && !quit)
                status = show(p, err);
        }
    }
    free(line);
    return status;
}

/* ---- the command ---- */

static void print_summary(const play *p)
{
    char number[32];
    lure_text text;
    lure_text_init(&text);
    lure_text_addf(&text, "%s: %llu episode%s, %llu finished, %llu step%s", lure_stage_name(p->stage),
                   (unsigned long long)p->episodes, p->episodes == 1 ? "" : "s",
                   (unsigned long long)p->finished, (unsigned long long)p->steps, p->steps == 1 ? "" : "s");
    if (p->finished) {
        lure_value_text(p->best, number);
        lure_text_addf(&text, ", best return %s", number);
        lure_value_text(p->last, number);
        lure_text_addf(&text, ", last %s", number);
    }
    puts(text.data);
    lure_text_free(&text);
}

static int play_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_stage_options o;
    lure_error err;
    play p = {0};
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (lure_stage_options_read(&a, &o, &err) != LURE_OK)
        return lure_report_error(&err);
    o.keeps_history = true;
    o.on_stuck = lure_console_close;
    p.seed = o.seed;
    p.colour = lure_terminal_colour(stdout);
    lure_text_init(&p.acted);
    lure_text_init(&p.message);

    lure_signals_catch(cancel);
    lure_status status = lure_stage_open(&o, &p.stage, &err);
    if (status == LURE_OK) {
        p.actions = lure_stage_actions(p.stage);
        p.action = calloc(p.actions->n_parts, sizeof *p.action);
        lure_play_keys_make(p.actions, &p.keys);
        if (!p.action)
            status = lure_fail(&err, LURE_ERROR_MEMORY, "no memory for an action");
    }
    if (status == LURE_OK) {
        status = lure_console_is_there() ? play_keys(&p, &err) : play_lines(&p, &err);
        leave_episode(&p);
        print_summary(&p);
    }
    if (status == LURE_OK)
        status = lure_stop_check(&err);
    int code = status == LURE_OK ? 0 : (fflush(stdout), lure_report_error(&err));
    free(p.action);
    lure_text_free(&p.acted);
    lure_text_free(&p.message);
    lure_stage_close(p.stage);
    return code;
}
