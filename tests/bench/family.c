/* family.c: runs a program that starts others and says what all of them cost: wall-clock seconds, processor seconds of it and of
   all that it waited for, its own peak resident KiB, the greatest peak among its children (Linux: VmHWM in /proc, looked at
   every 25 milliseconds; 0 where the system does not tell), and the processor seconds that the machine's other programs used
   meanwhile, over the wall-clock's. Usage: family FILE PROGRAM [ARGUMENT...]. The numbers go to FILE; the exit code is passed on. */
#define _GNU_SOURCE
#include "measure.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MILLISECONDS = 25 };

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

/* KiB; 0: it is gone. */
static long peak_of(int process)
{
    char path[64], line[256];
    long peak = 0;
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *file = fopen(path, "r");
    while (file && !peak && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return peak;
}

static long peak_of_children(int process)
{
    char path[64];
    int child;
    long most = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    FILE *file = fopen(path, "r");
    while (file && fscanf(file, "%d", &child) == 1) {
        const long peak = peak_of(child);
        most = peak > most ? peak : most;
    }
    if (file)
        fclose(file);
    return most;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: family FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const double started = seconds(), busy = seconds_busy();
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    struct pollfd end = {.fd = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
    if (end.fd < 0) {
        perror("family");
        return 2;
    }
    long own = 0, most = 0;
    while (poll(&end, 1, LOOK_MILLISECONDS) == 0) {
        const long peak = peak_of(child), theirs = peak_of_children(child);
        own = peak > own ? peak : own;
        most = theirs > most ? theirs : most;
    }
    const double wall = seconds() - started, all = seconds_busy() - busy;
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) < 0) {
        perror("family");
        return 2;
    }
    const double spent = of(used.ru_utime) + of(used.ru_stime), others = all - spent;
    if (!own)
        own = used.ru_maxrss;
    FILE *file = fopen(argv[1], "w");
    if (!file ||
        fprintf(file, "%.6f %.6f %ld %ld %.4f\n", wall, spent, own, most, others > 0 ? others / wall : 0) <
            0 ||
        fclose(file) != 0) {
        perror(argv[1]);
        return 2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
