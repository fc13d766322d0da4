/*
 * The memory balloon: VIRTIO 1.2, 5.5. What it is here for is free page
 * reporting: the guest tells which pages it does not use, and the host has them
 * back until the guest touches them again.
 *
 * Pages are given back by MADV_DONTNEED: their memory is free at once, and they
 * are zero when they come again. (MADV_FREE would leave them with the monitor
 * until the host is short of memory, and refuses pages of files.) Where a part
 * of a file was mapped (ram_place) they are that file's again, as they were
 * before the guest wrote to them: 5.5.6 leaves it to the device what is in
 * them, a driver that minds does not report them (5.5.6.6), and the guest has
 * been given these bytes before. But a file that is cut short while the VM runs
 * takes such pages with it, as it does those that were never written to.
 *
 * The balloon's target is 0: there is nobody yet who would set another. What a
 * driver puts into it all the same is given back.
 *
 * Left out: statistics, hints for migration, page poisoning.
 */
#ifndef BOARD_PC_VIRTIO_BALLOON_H
#define BOARD_PC_VIRTIO_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

/* Page numbers that are taken from one buffer chain; Linux puts in 256. */
#define BALLOON_PFNS_MAX 1024

/*
 * Before others have their turn, pages of so many bytes are given back at most.
 */
#define BALLOON_TURN_BYTES (UINT64_C(128) << 20)

/* Plugs the one that there is. False: there is no slot for it. */
bool balloon_plug(void);

#endif
