/* process.c: runs a program and says what it cost: wall-clock seconds, the share of them that it stood ready and
   another program had its processor (Linux: /proc/PID/schedstat; 0 where there is none), peak resident KiB. A program
   of its own because a shell's clock is coarse and a large parent would count into the peak.
   Usage: process FILE PROGRAM [ARGUMENT...]. The numbers go to FILE; the program's exit code is passed on. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

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

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: process FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const double started = seconds();
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
    const double wall = seconds() - started, waited = seconds_waited(child);
    if (wait4(child, &status, 0, &used) < 0) {
        perror("process");
        return 2;
    }
    FILE *file = fopen(argv[1], "w");
    if (!file || fprintf(file, "%.6f %.6f %ld\n", wall, waited / wall, used.ru_maxrss) < 0 ||
        fclose(file) != 0) {
        perror(argv[1]);
        return 2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
