/* test_walls.c: a child raises the walls and tries, one by one, what they forbid and what a run needs. Each trial returns 0
   when the kernel did as it should, else a number that says how far it came. */
#define _GNU_SOURCE
#include "base/walls.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char inside[300], outside[300]; /* folders; the first is the one that the walls leave */
static lure_walls walls;

/* Runs the trial in a child behind the walls. Its exit code; 128 + the signal that killed it; -1: it has not that wall. */
static int behind(lure_wall needed, int (*trial)(void))
{
    const pid_t parent = getpid();
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const lure_walls_options options = {.folder = inside, .parent = parent};
        if (!lure_walls_raise(&options, &walls))
            _exit(120);
        if (!walls.up[needed]) {
            printf("  skipped: no %s here: %s\n", lure_wall_name(needed), walls.text[needed]);
            fflush(stdout);
            _exit(121);
        }
        _exit(trial());
    }
    int state = 0;
    CHECK(child > 0 && waitpid(child, &state, 0) == child);
    if (WIFSIGNALED(state))
        return 128 + WTERMSIG(state);
    return WEXITSTATUS(state) == 121 ? -1 : WEXITSTATUS(state);
}

#define CHECK_BEHIND(wall, trial)                                                                            \
    do {                                                                                                     \
        const int got = behind(wall, trial);                                                                 \
        CHECK_SAY(got <= 0, "%s came back with %d", #trial, got);                                            \
    } while (0)

static void make_folders(void)
{
    snprintf(inside, sizeof inside, "%s/inside", unit_folder());
    snprintf(outside, sizeof outside, "%s/outside", unit_folder());
    CHECK(mkdir(inside, 0777) == 0 && mkdir(outside, 0777) == 0);
    char path[320];
    snprintf(path, sizeof path, "%s/file", outside);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs("return 1\n", file) >= 0 && fclose(file) == 0);
}

static const char *in(const char *folder, const char *name)
{
    static char path[4][320];
    static int next;
    char *to = path[next++ % 4];
    snprintf(to, 320, "%s/%s", folder, name);
    return to;
}

static bool is_refused(long result)
{
    return result == -1 && (errno == EPERM || errno == EACCES || errno == EXDEV);
}

/* ---- what a run needs ---- */

static volatile sig_atomic_t n_alarms, n_terms;

static void count_signal(int number)
{
    if (number == SIGALRM)
        n_alarms++;
    else
        n_terms++;
}

static int do_a_run(void)
{
    char text[16] = "";
    lure_walls_limit(64, 60);
    int file = open(in(outside, "file"), O_RDONLY | O_CLOEXEC); /* a script */
    if (file < 0 || read(file, text, sizeof text) != 9 || close(file) != 0)
        return 1;
    if (mkdir(in(inside, "run"), 0777) != 0 || mkdir(in(inside, "run/deep"), 0777) != 0)
        return 2;
    file = open(in(inside, "run/metrics.csv.tmp"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 || write(file, "1,2\n", 4) != 4 || fsync(file) != 0 || ftruncate(file, 2) != 0 ||
        close(file) != 0)
        return 3;
    if (rename(in(inside, "run/metrics.csv.tmp"), in(inside, "run/metrics.csv")) != 0)
        return 4;
    file = open(in(inside, "run"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || fsync(file) != 0 || close(file) != 0)
        return 5;
    file = open(in(inside, "run/metrics.csv"), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (file < 0 || close(file) != 0 || unlink(in(inside, "run/metrics.csv")) != 0 ||
        rmdir(in(inside, "run/deep")) != 0)
        return 6;
    char *memory =
        malloc((size_t)200 << 20); /* more than the sandbox may: an account, not the kernel, counts that */
    if (!memory)
        return 7;
    memset(memory, 1, (size_t)200 << 20);
    free(memory);
    signal(SIGALRM, count_signal);
    signal(SIGTERM, count_signal);
    const struct itimerval soon = {.it_value = {0, 1000}};
    if (setitimer(ITIMER_REAL, &soon, NULL) != 0)
        return 8;
    poll(NULL, 0, 1000);
    if (n_alarms != 1 || raise(SIGTERM) != 0 || n_terms != 1)
        return 9;
    return 0;
}

static int rename_between_folders(void)
{
    return mkdir(in(inside, "a"), 0777) == 0 && mkdir(in(inside, "b"), 0777) == 0 &&
                   close(open(in(inside, "a/file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) == 0 &&
                   rename(in(inside, "a/file"), in(inside, "b/file")) == 0
               ? 0
               : 1;
}

TEST(what_a_run_needs_works_behind_the_walls)
{
    make_folders();
    for (int i = 0; i < LURE_N_WALLS; i++)
        CHECK(strlen(lure_wall_name((lure_wall)i)) > 3);
    CHECK_BEHIND(LURE_WALL_PARENT, do_a_run);
    if (syscall(SYS_landlock_create_ruleset, NULL, 0L, 1L) != 1) /* ABI 1 cannot be told to allow it */
        CHECK_BEHIND(LURE_WALL_PARENT, rename_between_folders);
}

static int answer_on_a_socket(void)
{
    int keep[] = {9, -1, 3};
    char byte = 0;
    if (read(3, &byte, 1) != 1 || byte != 'x' || send(3, "y", 1, MSG_NOSIGNAL) != 1)
        return 1;
    if (fcntl(9, F_GETFD) < 0 || fcntl(4, F_GETFD) < 0)
        return 2;
    lure_walls_close_files(keep, 3);
    if (fcntl(9, F_GETFD) < 0 || fcntl(3, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0)
        return 3;
    for (int i = 4; i < 100; i++)
        if (i != 9 && fcntl(i, F_GETFD) >= 0)
            return 4;
    return read(0, &byte, 1) == 0 ? 0 : 5; /* nothing to be had from there */
}

TEST(open_sockets_stay_and_other_open_files_are_closed)
{
    int ends[2];
    make_folders();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    const pid_t child = fork();
    if (child == 0) { /* the numbers that the trial knows */
        const int far = fcntl(ends[1], F_DUPFD, 50), other = fcntl(ends[0], F_DUPFD, 51);
        const lure_walls_options options = {.folder = NULL, .parent = getppid()};
        dup2(far, 3);
        dup2(other, 4);
        dup2(other, 9);
        close(far);
        close(other);
        if (!lure_walls_raise(&options, &walls))
            _exit(120);
        _exit(answer_on_a_socket());
    }
    char byte = 0;
    int state = -1;
    CHECK(write(ends[0], "x", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'y');
    close(ends[0]);
    close(ends[1]);
    CHECK(waitpid(child, &state, 0) == child);
    CHECK_INT(WIFEXITED(state) ? WEXITSTATUS(state) : -1, 0);
}

/* ---- files ---- */

static int write_outside(void)
{
    if (!is_refused(open(in(outside, "new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)))
        return 1;
    if (!is_refused(open(in(outside, "file"), O_WRONLY | O_CLOEXEC)))
        return 2;
    if (!is_refused(open(in(outside, "file"), O_RDWR | O_APPEND | O_CLOEXEC)))
        return 3;
    if (!is_refused(open("/dev/null", O_WRONLY | O_CLOEXEC)))
        return 4;
    if (!is_refused(unlink(in(outside, "file"))))
        return 5;
    if (!is_refused(mkdir(in(outside, "folder"), 0777)))
        return 6;
    if (!is_refused(rename(in(outside, "file"), in(outside, "other"))))
        return 7;
    if (!is_refused(rename(in(outside, "file"), in(inside, "file"))))
        return 8;
    if (!is_refused(link(in(outside, "file"), in(inside, "file"))))
        return 9;
    if (!is_refused(rmdir(outside)))
        return 10;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0L, 1L) >= 3 &&
        !is_refused(truncate(in(outside, "file"), 0)))
        return 11;
    return 0;
}

static int make_odd_files(void)
{
    if (!is_refused(symlink(in(outside, "file"), in(inside, "link"))))
        return 1;
    if (!is_refused(mkfifo(in(inside, "pipe"), 0666)))
        return 2;
    return 0;
}

static int change_modes(void)
{
    if (!is_refused(chmod(in(outside, "file"), 0777)))
        return 1;
    if (!is_refused(chown(in(outside, "file"), getuid(), getgid())))
        return 2;
    return 0;
}

static int execute_something(void)
{
    char *const words[] = {"/bin/true", NULL}, *const none[] = {NULL};
    if (execve(words[0], words, none) != -1 || (errno != EPERM && errno != EACCES))
        return 1;
    const int file = open("/bin/true", O_RDONLY | O_CLOEXEC);
    if (fexecve(file, words, none) != -1 || (errno != EPERM && errno != EACCES))
        return 2;
    return 0;
}

TEST(files_are_written_below_one_folder_only)
{
    make_folders();
    CHECK_BEHIND(LURE_WALL_FILES, write_outside);
    CHECK_BEHIND(LURE_WALL_FILES, make_odd_files);
    CHECK_BEHIND(LURE_WALL_FILES, execute_something);
    CHECK_BEHIND(LURE_WALL_CALLS, execute_something);
    CHECK_BEHIND(LURE_WALL_CALLS, change_modes);
    char path[320];
    struct stat file;
    snprintf(path, sizeof path, "%s/file", outside);
    CHECK(stat(path, &file) == 0 && file.st_size == 9);
}

static int write_anywhere(void)
{
    return is_refused(open(in(inside, "new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) ? 0 : 1;
}

TEST(without_a_folder_nothing_is_written)
{
    make_folders();
    const pid_t child = fork();
    if (child == 0) {
        const lure_walls_options options = {.folder = NULL, .parent = getppid()};
        _exit(!lure_walls_raise(&options, &walls) ? 120 : walls.up[LURE_WALL_FILES] ? write_anywhere() : 0);
    }
    int state = -1;
    CHECK(waitpid(child, &state, 0) == child);
    CHECK_INT(WIFEXITED(state) ? WEXITSTATUS(state) : -1, 0);
}

/* ---- calls ---- */

static int open_sockets(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    int ends[2];
    for (int i = 0; i < 4; i++)
        if (!is_refused(socket(families[i], i == 3 ? SOCK_RAW : SOCK_STREAM, 0)))
            return i + 1;
    return is_refused(socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) ? 0 : 5;
}

static int begin_processes(void)
{
    if (!is_refused(fork()))
        return 1;
    if (!is_refused(vfork()))
        return 2;
    if (!is_refused(syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L)))
        return 3;
    if (system("true") == 0)
        return 4;
    return popen("true", "r") ? 5 : 0;
}

static int touch_others(void)
{
    char byte = 0;
    const pid_t parent = getppid();
    struct iovec mine = {&byte, 1}, theirs = {&walls, 1};
    if (!is_refused(ptrace(PTRACE_ATTACH, parent, NULL, NULL)))
        return 1;
    if (!is_refused(process_vm_readv(parent, &mine, 1, &theirs, 1, 0)))
        return 2;
    if (!is_refused(process_vm_writev(parent, &mine, 1, &theirs, 1, 0)))
        return 3;
    if (!is_refused(kill(parent, SIGCONT)) || !is_refused(kill(0, SIGCONT)) || !is_refused(kill(-1, SIGCONT)))
        return 4;
    if (!is_refused(syscall(SYS_tgkill, (long)parent, (long)parent, (long)SIGCONT)))
        return 5;
    struct rlimit r;
    if (!is_refused(prlimit(parent, RLIMIT_NOFILE, NULL, &r)))
        return 6;
    return is_refused(syscall(SYS_pidfd_open, (long)parent, 0L)) ? 0 : 7;
}

static int change_the_machine(void)
{
    const struct timespec now = {0, 0};
    if (!is_refused(unshare(CLONE_NEWUSER)) || !is_refused(unshare(CLONE_NEWNS)))
        return 1;
    if (!is_refused(syscall(SYS_mount, "none", inside, "tmpfs", 0L, NULL)))
        return 2;
    if (!is_refused(chroot(inside)))
        return 3;
    if (!is_refused(syscall(SYS_bpf, 0L, NULL, 0L)))
        return 4;
    if (!is_refused(syscall(SYS_keyctl, 0L, -3L, 1L)))
        return 5;
    if (!is_refused(clock_settime(CLOCK_REALTIME, &now)))
        return 6;
    if (!is_refused(syscall(SYS_io_uring_setup, 1L, NULL)))
        return 7;
    if (!is_refused(syscall(SYS_memfd_create, "x", 0L)))
        return 8;
    if (!is_refused(ioctl(STDIN_FILENO, TIOCSTI, "x")))
        return 9;
    return 0;
}

TEST(no_sockets_processes_or_changes_of_the_machine)
{
    make_folders();
    CHECK_BEHIND(LURE_WALL_CALLS, open_sockets);
    CHECK_BEHIND(LURE_WALL_CALLS, begin_processes);
    CHECK_BEHIND(LURE_WALL_CALLS, touch_others);
    CHECK_BEHIND(LURE_WALL_CALLS, change_the_machine);
}

/* ---- limits ---- */

static int exceed_limits(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_CORE, &r) != 0 || r.rlim_max != 0)
        return 1;
    int last = 0;
    for (int i = 0; i < 1000 && last >= 0; i++)
        last = open(in(outside, "file"), O_RDONLY | O_CLOEXEC);
    if (last != -1 || errno != EMFILE)
        return 2;
    close(20);
    lure_walls_limit(16, 0);
    const int file = open(in(inside, "huge"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || ftruncate(file, (off_t)1 << 36) != -1 || errno != EFBIG)
        return 3;
    return 0;
}

static int ask_for_memory(void)
{
    struct rlimit r;
    const size_t much = (size_t)4 << 30;
    if (getrlimit(RLIMIT_AS, &r) != 0)
        return 1;
    lure_walls_limit(16, 0);
    if (mmap(NULL, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED ||
        errno != ENOMEM)
        return 2;
    lure_walls_limit(2048, 0); /* the next run may ask for more */
    void *memory = mmap(NULL, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 3;
    munmap(memory, much);
    lure_walls_limit(16, 0); /* and what it had is not taken away */
    memory = mmap(NULL, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? 4 : 0;
}

static int compute_too_long(void)
{
    struct rlimit r;
    lure_walls_limit(16, 1);
    if (getrlimit(RLIMIT_CPU, &r) != 0 || r.rlim_cur > 4)
        return 1;
    lure_walls_limit(16, 0);
    if (getrlimit(RLIMIT_CPU, &r) != 0 || r.rlim_cur != RLIM_INFINITY)
        return 2;
    lure_walls_limit(16, 1);
    const struct rlimit now = {1, RLIM_INFINITY};
    setrlimit(RLIMIT_CPU, &now);
    for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
        ;
    return 3;
}

static int lower_the_size_of_files(void)
{
    lure_walls_limit(16, 0);
    const int file = open(in(inside, "small"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || pwrite(file, "x", 1, 4095) != 1 || pwrite(file, "x", 1, 4096) != -1 || errno != EFBIG)
        return 1;
    return 0;
}

static int look_at_dumpable(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

TEST(limits_of_a_process_hold)
{
    make_folders();
    CHECK_BEHIND(LURE_WALL_LIMITS, exceed_limits);
    CHECK_BEHIND(LURE_WALL_PRIVACY, look_at_dumpable);
    if (behind(LURE_WALL_CALLS, look_at_dumpable) == 0) /* no sanitizer */
        CHECK_BEHIND(LURE_WALL_LIMITS, ask_for_memory);
    CHECK_INT(behind(LURE_WALL_LIMITS, compute_too_long), 128 + SIGXCPU);
    struct rlimit before, small;
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = (struct rlimit){4096, before.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0); /* what somebody set before is not widened */
    const int got = behind(LURE_WALL_LIMITS, lower_the_size_of_files);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_INT(got, 0);
}

TEST(a_process_behind_walls_dies_with_its_parent)
{
    int told[2];
    make_folders();
    CHECK(pipe2(told, O_CLOEXEC) == 0);
    const pid_t middle = fork();
    if (middle == 0) {
        const pid_t self = getpid(), child = fork();
        if (child == 0) {
            const lure_walls_options options = {.folder = inside, .parent = self};
            if (lure_walls_raise(&options, &walls) && write(told[1], "x", 1) == 1)
                for (;;)
                    pause();
            _exit(0);
        }
        pause();
        _exit(0);
    }
    char byte;
    close(told[1]);
    CHECK(read(told[0], &byte, 1) == 1);
    kill(middle, SIGKILL);
    waitpid(middle, NULL, 0);
    struct pollfd end = {.fd = told[0], .events = POLLIN};
    CHECK_INT(poll(&end, 1, 10000), 1); /* the pipe ends when the last who could write is gone */
    CHECK_INT(read(told[0], &byte, 1), 0);
    close(told[0]);
}

TEST(without_its_parent_no_wall_is_raised)
{
    const pid_t child = fork();
    if (child == 0) {
        const lure_walls_options options = {.folder = NULL, .parent = 1};
        _exit(lure_walls_raise(&options, &walls) ? 1 : 0);
    }
    int state = -1;
    CHECK(waitpid(child, &state, 0) == child);
    CHECK_INT(WIFEXITED(state) ? WEXITSTATUS(state) : -1, getpid() == 1);
}
