/*
 * What a random guest does, one act after the other.
 */
#ifndef RANDOM_GUESTS_ACTS_H
#define RANDOM_GUESTS_ACTS_H

#include "code.h"

/* Some act; needs 512 bytes of room. */
void act(struct code *code);

/* Virtio, by the way that drivers go, more or less; 1024 bytes. */
void act_virtio(struct code *code);

/* A DMA request of fw_cfg. */
void act_fw_cfg(struct code *code);

/* Interrupts: of the chips, and from CPU to CPU. */
void act_interrupts(struct code *code);

#endif
