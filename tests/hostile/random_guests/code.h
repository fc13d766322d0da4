/*
 * Machine code, written byte by byte, for one of the CPU's three sizes (Intel
 * SDM, volume 2). What a lane executes begins at its `start`; a lane is the
 * code of the boot CPU, or what all others share.
 */
#ifndef RANDOM_GUESTS_CODE_H
#define RANDOM_GUESTS_CODE_H

#include "draw.h"

struct code {
	struct draw *from;
	uint64_t memory;       /* of the guest, bytes */
	uint8_t *next, *end;   /* nothing is written past the end */
	uint32_t address;      /* the guest's, of `next` */
	unsigned bits;         /* 16, 32, 64 */
	uint32_t vector_table; /* the pointer to a good IDT, if bits > 16 */
	unsigned cpus, devices, theme;
	struct {
		uint64_t slot;  /* a virtio device's registers */
		uint32_t queue; /* one that it has been given */
		uint32_t number;
	} known[4];
	unsigned knows; /* how many there have been */
	unsigned wild;  /* one of so many instructions may be the last, or 0 */
};

/* Their numbers in instructions. */
enum reg { AX, CX, DX, BX, SP, BP, SI, DI };

/* Instructions as they are: a string, without its zero. */
#define emit(code, bytes) emit_bytes(code, bytes, sizeof(bytes) - 1)

void emit_bytes(struct code *code, const char *bytes, size_t count);
void emit_number(struct code *code, uint64_t value, unsigned bytes);

/* A register has the value, as far as it fits; 64 bits where there are such. */
void emit_load(struct code *code, enum reg reg, uint64_t value);

/*
 * An instruction for bytes, or the one behind it, with a prefix, for 2, 4 or 8.
 */
void emit_sized(struct code *code, unsigned size, uint8_t opcode);

/* Ports: BYTE, WORD, DWORD by `size`, 1, 2 or 4. Clobber AX and DX. */
void emit_out(struct code *code, uint16_t port, uint32_t value, unsigned size);
void emit_in(struct code *code, uint16_t port, unsigned size);

/* Memory, of any address that the size of code can name. Clobber AX and BX. */
void emit_write(struct code *code, uint64_t address, uint64_t value,
		unsigned size);
void emit_read(struct code *code, uint64_t address, unsigned size);

/* A doubleword of `value` goes to memory below 2 GiB. Clobbers nothing. */
void emit_store(struct code *code, uint32_t address, uint32_t value);

#endif
