/*
 * The VM of this process, from its start to its end.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include "vmm/options.h"

/*
 * Starts the VM that was asked for and runs it, perhaps again and again. Says
 * on standard error what went wrong, and returns the exit status; but as a rule
 * it does not return: a VM that has run ends the process itself, with that
 * status, from the thread that attends to it. The options are its own.
 */
int vm_run(struct options *options);

#endif
