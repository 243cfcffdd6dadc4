/* walls.h: what a process gives up for good before it runs what nobody trusts: a worker of a batch. The libraries that scripts see
   are the first wall and the limits of the sandbox the second; these hold even when a defect of Lua or of ours has let a script
   take the process over. Each wall stands alone: where the kernel or the build has not got one, its text says why, and the
   others are raised. Linux: rlimits, PR_SET_PDEATHSIG, PR_SET_DUMPABLE, Landlock (ABI 1 to 7), seccomp (by libseccomp). */
#ifndef LURE_BASE_WALLS_H
#define LURE_BASE_WALLS_H

#include <stdbool.h>
#include <sys/types.h>

typedef enum {
    LURE_WALL_LIMITS,  /* of files, memory, open files, core dumps */
    LURE_WALL_PARENT,  /* dies with its parent */
    LURE_WALL_PRIVACY, /* nobody traces it or gets its memory */
    LURE_WALL_FILES,   /* writes below one folder only, executes nothing (Landlock) */
    LURE_WALL_CALLS,   /* no processes, sockets, other people's memory, ... (seccomp) */
    LURE_N_WALLS
} lure_wall;

typedef struct lure_walls {
    bool up[LURE_N_WALLS];
    char text[LURE_N_WALLS][160]; /* how far it goes, or why it is not there */
} lure_walls;

typedef struct lure_walls_options {
    const char *folder; /* the one in which it may write, which must be there; null: none */
    pid_t parent;       /* with which it is to die */
} lure_walls_options;

const char *lure_wall_name(lure_wall wall); /* "rlimits", "parent-death signal", ... */

/* Raises all that can be, once a process. Open files stay usable. False: the parent is gone already, so there is nobody to work
   for. */
bool lure_walls_raise(const lure_walls_options *options, lure_walls *walls);

/* Room for a run whose sandbox may take `memory_mb`, in bytes of address space and of a file, over what the process had when its
   walls were raised: several times that, since what is captured, written and read back is in memory beside it. Never less than an
   earlier run got, for what that one freed may still be held. After `seconds` more of computing (0: never) the kernel sends
   SIGXCPU. Cheap when nothing changes. */
void lure_walls_limit(double memory_mb, double seconds);

/* Closes every open file but standard input (which becomes /dev/null), output, error and those of `keep`, which is sorted on the
   way; -1 in it is none. */
void lure_walls_close_files(int *keep, int n);

#endif
