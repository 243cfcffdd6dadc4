/* process.c: runs a program and says what it cost: wall-clock seconds, the share of them that it stood ready and
   another program had its processor (Linux: /proc/PID/schedstat), peak resident KiB, and the processor seconds that all
   other programs of the machine used meanwhile, over the wall-clock's (Linux: /proc/stat; rounded to its 10 ms). Where
   the system does not tell, 0. A program of its own because a shell's clock is coarse and a large parent would count
   into the peak. Usage: process FILE PROGRAM [ARGUMENT...]. The numbers go to FILE; the exit code is passed on. */
#define _DEFAULT_SOURCE
#include "measure.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds_waited(pid_t process)
{
    char path[64];
    double run, waited;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)process);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    const int n = fscanf(file, "%lf %lf", &run, &waited);
    fclose(file);
    return n == 2 ? waited * 1e-9 : 0;
}

static double of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Of all processors since the machine started, spent on programs and not idle. */
static double seconds_busy(void)
{
    double user, nice, system;
    FILE *file = fopen("/proc/stat", "r");
    if (!file)
        return 0;
    const int n = fscanf(file, "cpu %lf %lf %lf", &user, &nice, &system);
    fclose(file);
    return n == 3 ? (user + nice + system) / (double)sysconf(_SC_CLK_TCK) : 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: process FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const double started = seconds(), busy = seconds_busy();
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    siginfo_t ended;
    struct rusage used;
    if (child < 0 || waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) < 0) {
        perror("process");
        return 2;
    }
    const double wall = seconds() - started, waited = seconds_waited(child), all = seconds_busy() - busy;
    if (wait4(child, &status, 0, &used) < 0) {
        perror("process");
        return 2;
    }
    const double others = all - of(used.ru_utime) - of(used.ru_stime);
    FILE *file = fopen(argv[1], "w");
    if (!file ||
        fprintf(file, "%.6f %.6f %ld %.4f\n", wall, waited / wall, used.ru_maxrss,
                others > 0 ? others / wall : 0) < 0 ||
        fclose(file) != 0) {
        perror(argv[1]);
        return 2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
