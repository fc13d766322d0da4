/*
 * Landlock: no file is opened, made, renamed or executed any more, no TCP port
 * bound or connected to, no socket outside the file system and no process
 * outside the VM reached. What is open already stays as it is.
 *
 * Source: Documentation/userspace-api/landlock.rst.
 */
#ifndef VMM_LANDLOCK_H
#define VMM_LANDLOCK_H

#include "vmm/reason.h"

/*
 * For the calling thread, and those that it starts, for good. no_new_privs is
 * set before. Of `path`, unless it is NULL, the folder is excepted: files may
 * be removed there. A Unix socket that has a path may be connected to anyway:
 * Landlock does not know that until ABI 9, and is not asked for it.
 *
 * A host without Landlock (Linux before 5.13, or one that has it turned off)
 * goes without, and an older one goes without what it does not know. The
 * rules' descriptor is left to whoever closes all that is not needed.
 */
bool landlock_enter(const char *path, struct reason *why);

#endif
