/* check_guess.c: the role of a script that no folder tells, from what it returns: a world, an experiment and a batch are
   told by their fields. Of a function nobody knows. In a process of its own, as every first look at a script. */
#include "check/check_script.h"
#include "script/call.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_ROLE = 100 }; /* exit codes of the process: this, or the role */

typedef struct guess {
    const char *path;
    int role;
} guess;

static int look(lua_State *L)
{
    static const struct {
        const char *field;
        int role;
    } signs[] = {{"experiments", LURE_ROLE_BATCH},
                 {"algorithm", LURE_ROLE_EXPERIMENT},
                 {"environment", LURE_ROLE_EXPERIMENT},
                 {"step", LURE_ROLE_ENVIRONMENT},
                 {"reset", LURE_ROLE_ENVIRONMENT}};
    guess *g = lua_touserdata(L, 1);
    lure_loader_load(L, LURE_ROLE_EXPERIMENT, g->path, NULL, 0, NULL);
    for (size_t i = 0; lua_istable(L, 2) && i < sizeof signs / sizeof *signs && g->role == NO_ROLE; i++) {
        lua_pushstring(L, signs[i].field);
        if (lua_rawget(L, 2) != LUA_TNIL)
            g->role = signs[i].role;
        lua_pop(L, 1);
    }
    return 0;
}

static void give_up(void *data)
{
    (void)data;
    _exit(NO_ROLE);
}

static int look_inside(const char *path)
{
    lure_sandbox *sandbox;
    lure_error err;
    guess g = {path, NO_ROLE};
    lure_limits limits = lure_limits_defaults();
    limits.step_seconds = LURE_CHECK_SECONDS;
    if (lure_sandbox_create(&limits, &sandbox, &err) != LURE_OK)
        return NO_ROLE;
    if (lure_sandbox_watch(sandbox, give_up, NULL, &err) == LURE_OK)
        (void)lure_call_c(sandbox->L, look, &g, &err);
    lure_sandbox_destroy(sandbox);
    return g.role;
}

int lure_guess_role(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        int nowhere = open("/dev/null", O_WRONLY);
        setrlimit(RLIMIT_CORE, &none);
        if (nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        _exit(look_inside(path));
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    bool told = child > 0 && WIFEXITED(status) && WEXITSTATUS(status) < LURE_N_ROLES;
    return told ? WEXITSTATUS(status) : -1;
}
