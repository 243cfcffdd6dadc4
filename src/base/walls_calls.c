/* walls_calls.c: seccomp. A list of what is refused (EPERM), not of what is allowed: the C library's next version may
   need a call that nobody thought of, and a run that dies of that would be worse than what the list leaves open behind the other walls.
   A name that this machine or libseccomp has not got is passed over. */
#include "base/walls_inside.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static const char *const refused[] = {
    /* other programs, other processes */
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv",
    "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    /* the network; what is open already stays so */
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
    /* what outlives the process or is shared with others */
    "shmget", "shmat", "msgget", "semget", "mq_open", "memfd_create", "memfd_secret",
    /* whose a file is and who may do what with it, which Landlock lets pass */
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr",
    "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "mknod", "mknodat",
    "name_to_handle_at", "open_by_handle_at",
    /* the machine: a batch may run as root */
    "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "unshare", "setns", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon",
    "swapoff", "acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime",
    "adjtimex", "sethostname", "setdomainname", "iopl", "ioperm", "syslog", "vhangup", "fanotify_init",
    "personality", "modify_ldt", "lookup_dcookie"};

static int refuse_all(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused && result == 0; i++) {
        const int number = seccomp_syscall_resolve_name(refused[i]);
        if (number != __NR_SCMP_ERROR)
            result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
    }
    return result;
}

/* Refuses a call whose argument compares so. */
static int refuse_where(scmp_filter_ctx filter, int number, unsigned argument, enum scmp_compare compare,
                        scmp_datum_t a, scmp_datum_t b)
{
    const struct scmp_arg_cmp where = {argument, compare, a, b};
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 1, &where);
}

/* A process may end itself by a signal, which abort does, and send none to others; nor set their limits; nor type into the
   terminal, which is open. */
static int refuse_some(scmp_filter_ctx filter)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();
    int result = refuse_where(filter, SCMP_SYS(kill), 0, SCMP_CMP_NE, self, 0);
    if (result == 0)
        result = refuse_where(filter, SCMP_SYS(tgkill), 0, SCMP_CMP_NE, self, 0);
    if (result == 0)
        result = refuse_where(filter, SCMP_SYS(prlimit64), 0, SCMP_CMP_NE, 0, 0);
    if (result == 0)
        result = refuse_where(filter, SCMP_SYS(ioctl), 1, SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI);
    if (result == 0)
        result = refuse_where(filter, SCMP_SYS(ioctl), 1, SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCLINUX);
    return result;
}

void lure__walls_raise_calls(lure_walls *walls)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int result = filter ? 0 : -ENOMEM;
    /* Linux before 5.16 would slow every load down for whoever has a filter (its guard against Spectre 4), which a compiler of other
       people's code needs and an interpreter whose process holds nobody's secrets does not. */
    if (result == 0)
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    if (result == 0)
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0)
        result = refuse_all(filter);
    if (result == 0)
        result = refuse_some(filter);
    if (result == 0)
        result = seccomp_load(filter);
    if (result == 0)
        lure__wall_say(walls, LURE_WALL_CALLS, true,
                       "no processes, sockets, tracing, signals to others, changes of the machine");
    else
        lure__wall_say(walls, LURE_WALL_CALLS, false, "cannot be raised: %s", strerror(-result));
    seccomp_release(filter);
}
