/*
 * TAPs of the host: network interfaces whose other end is a descriptor, as
 * Documentation/networking/tuntap.rst of Linux has them.
 */
#ifndef VMM_TAP_H
#define VMM_TAP_H

#include "vmm/reason.h"

#include <net/if.h>
#include <stdint.h>

/* A TAP that is there already: it is never made. */
bool tap_open(const char *name, int *fd, struct reason *why);

/*
 * Readies a TAP that is open for packets behind headers of `header` bytes, and
 * for reads and writes that do not block. A reason when it is none.
 */
bool tap_set_up(int fd, int header, struct reason *why);

/* Packets that wait may want these (TUN_F_...); none, before the first call. */
bool tap_set_offloads(int fd, unsigned offloads);

/* The address of the host's end. */
bool tap_address(int fd, uint8_t mac[6]);

/* Its MTU, or 0 where that is not known: it is in another network namespace. */
uint16_t tap_mtu(int fd);

#endif
