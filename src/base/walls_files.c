/* walls_files.c: Landlock, by its three system calls, for the C library has no wrappers. What a kernel knows is asked for, and what
   the headers of this build may not know yet (they are the distribution's, the kernel may be newer) is written out here, from
   the kernel's Documentation/userspace-api/landlock.rst. Reading stays free: scripts may lie anywhere. */
#define _GNU_SOURCE
#include "base/walls_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KNOWN_ABI = 7 };

#define RIGHT_REFER     (UINT64_C(1) << 13) /* ABI 2: rename from one folder into another */
#define RIGHT_TRUNCATE  (UINT64_C(1) << 14) /* ABI 3 */
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */

static const uint64_t execute = LANDLOCK_ACCESS_FS_EXECUTE;
static const uint64_t devices = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                LANDLOCK_ACCESS_FS_MAKE_REG;

/* As the newest ABI has it; an older kernel is given the first part, which is the whole that it knows. */
typedef struct rules {
    uint64_t files, net /* 4 */, scope /* 6 */;
} rules;

static size_t size_of_rules(long abi)
{
    return sizeof(uint64_t) * (abi < 4 ? 1 : abi < 6 ? 2 : 3);
}

static bool allow_below(int ruleset, const char *folder, uint64_t rights)
{
    struct landlock_path_beneath_attr below = {.allowed_access = rights};
    below.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (below.parent_fd < 0)
        return false;
    const long result = syscall(SYS_landlock_add_rule, ruleset, (long)LANDLOCK_RULE_PATH_BENEATH, &below, 0L);
    const int reason = errno;
    close(below.parent_fd);
    errno = reason;
    return result == 0;
}

void lure__walls_raise_files(const char *folder, lure_walls *walls)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0L, (long)LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        lure__wall_say(walls, LURE_WALL_FILES, false, "%s",
                       errno == ENOSYS       ? "this kernel has none (it came with Linux 5.13)"
                       : errno == EOPNOTSUPP ? "this kernel was started without it (lsm=landlock,...)"
                                             : strerror(errno));
        return;
    }
    uint64_t below = writing;
    if (abi >= 2)
        below |= RIGHT_REFER;
    if (abi >= 3)
        below |= RIGHT_TRUNCATE;
    const rules all = {.files = below | execute | devices | (abi >= 5 ? RIGHT_IOCTL_DEV : 0),
                       .net = 3,    /* TCP: to bind, to connect */
                       .scope = 3}; /* abstract sockets and signals out of here */
    const long ruleset = syscall(SYS_landlock_create_ruleset, &all, size_of_rules(abi), 0L);
    bool good = ruleset >= 0 && (!folder || allow_below((int)ruleset, folder, below)) &&
                syscall(SYS_landlock_restrict_self, ruleset, 0L) == 0;
    if (!good)
        lure__wall_say(walls, LURE_WALL_FILES, false, "cannot be raised: %s", strerror(errno));
    else
        lure__wall_say(walls, LURE_WALL_FILES, true,
                       "ABI %ld%s: writes only below the batch's folder, executes nothing%s", abi,
                       abi > KNOWN_ABI ? ", used as 7" : "",
                       abi < 3 ? "; but can cut files off elsewhere" : "");
    if (ruleset >= 0)
        close((int)ruleset);
}
