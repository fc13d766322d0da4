/*
 * The virtio console's other side: standard input and output, as the board has
 * them, and the size of the user's terminal.
 */
#ifndef VMM_HVC_H
#define VMM_HVC_H

#include "vmm/descriptors.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Plugs the console. Before there are threads: where standard input is a
 * terminal, all of them leave SIGWINCH to the I/O thread.
 */
bool hvc_open(struct reason *why);

/* Adds what it has open, besides the standard files. */
void hvc_descriptors(struct descriptors *ours);

#endif
