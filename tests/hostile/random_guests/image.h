/*
 * A guest that a seed fixes: a file for --kernel or --firmware, and the options
 * that it is started with.
 */
#ifndef RANDOM_GUESTS_IMAGE_H
#define RANDOM_GUESTS_IMAGE_H

#include "draw.h"

/* Where its parts are in the guest's memory. */
#define IMAGE_BASE        UINT32_C(0x100000)
#define IMAGE_SIZE        UINT32_C(0x40000) /* some guests have no more */
#define IMAGE_GDT         (IMAGE_BASE + 0x000)
#define IMAGE_GDT_POINTER (IMAGE_BASE + 0x080)
#define IMAGE_IDT_POINTER (IMAGE_BASE + 0x090)  /* each lane's, 16 bytes */
#define IMAGE_CHECKPOINT  (IMAGE_BASE + 0x0C0)  /* each lane's, 16 bytes */
#define IMAGE_HANDLERS    (IMAGE_BASE + 0x100)  /* each lane's, 0x100 bytes */
#define IMAGE_IDT         (IMAGE_BASE + 0x1000) /* each lane's, a page */
#define IMAGE_PAGES       (IMAGE_BASE + 0x3000)
#define IMAGE_STACKS      (IMAGE_BASE + 0xB000) /* each lane's end, a page */
#define IMAGE_REAL        (IMAGE_BASE + 0xD000) /* copied to REAL_PLACE */
#define IMAGE_CODE        (IMAGE_BASE + 0x10000)
#define IMAGE_CODE_OTHERS (IMAGE_BASE + 0x18000)
#define IMAGE_ARENA       (IMAGE_BASE + 0x20000)
#define IMAGE_ARENA_SIZE  UINT32_C(0x20000)

/* 16-bit code for other CPUs, and for the boot CPU when it goes down there. */
#define REAL_PLACE     0x8000
#define REAL_DOWN      0x8800
#define REAL_SIZE      0x1000
#define REAL_DOWN_CODE (REAL_DOWN - REAL_PLACE)

/* Queues of any device, in the second half of the arena. */
#define IMAGE_QUEUES     8
#define IMAGE_QUEUE_SIZE 0x2000
#define IMAGE_QUEUE(n)   (IMAGE_ARENA + 0x10000 + IMAGE_QUEUE_SIZE * (n))
#define QUEUE_AVAIL      0x1000
#define QUEUE_USED       0x1400

#define SELECTOR_CODE   0x10 /* of the boot CPU's size */
#define SELECTOR_DATA   0x18
#define SELECTOR_CODE32 0x20
#define SELECTOR_CODE16 0x28
#define SELECTOR_DATA16 0x30

#define FIRMWARE_SIZE 0x10000

struct plan {
	struct draw from;
	uint64_t memory; /* bytes */
	unsigned cpus;
	unsigned devices; /* virtio: set between image_plan and image_make */
	unsigned theme;   /* see acts.c */
	unsigned bits;    /* the boot CPU's first instruction */
	bool is_firmware, is_multiboot;
	unsigned wild; /* see code.h */
};

struct image {
	uint8_t bytes[IMAGE_SIZE + 0x1000]; /* behind a page of ELF header */
	size_t size;
};

/* What the seed says of the machine. */
void image_plan(struct plan *plan, uint64_t seed);

/* And of its image; after the plan, once. */
void image_make(struct plan *plan, struct image *image);

#endif
