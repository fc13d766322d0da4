/*
 * What the guests in C share (those in assembler have guest.inc). 32 bits, no
 * paging: a pointer is a guest address. No library, and no SSE: ring 0 may be
 * emulated. Device registers are accessed by exactly the instruction meant.
 */
#ifndef TESTS_GUESTS_GUEST_H
#define TESTS_GUESTS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The guest: `words` is its command line. Returns the exit status: 0 is PASS, n
 * (1 to 122) the number of the check that failed.
 */
uint8_t guest_main(const char *words);

/* Has the CPU with APIC id 1 call guest_other, which the guest has then. */
void guest_start_other(void);
void guest_other(void);

/* How often an interrupt of this vector came; it is at its EOI by then. */
#define GUEST_VECTOR 0x50
extern volatile uint32_t guest_interrupts;

#define ACCESSORS(bits, letter)                                                \
	static inline uint##bits##_t read##bits(uint32_t address)              \
	{                                                                      \
		uint##bits##_t value;                                          \
                                                                               \
		__asm__ volatile("mov" letter " %1, %0"                        \
				 : "=q"(value)                                 \
				 : "m"(*(uint##bits##_t *)address)             \
				 : "memory");                                  \
		return value;                                                  \
	}                                                                      \
	static inline void write##bits(uint32_t address, uint##bits##_t value) \
	{                                                                      \
		__asm__ volatile("mov" letter " %1, %0"                        \
				 : "=m"(*(uint##bits##_t *)address)            \
				 : "q"(value)                                  \
				 : "memory");                                  \
	}

ACCESSORS(8, "b")
ACCESSORS(16, "w")
ACCESSORS(32, "l")

static inline void barrier(void)
{
	__asm__ volatile("" ::: "memory");
}

/* As many host accesses as let other threads of the monitor run. */
static inline void pause_a_bit(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void allow_interrupts(bool on)
{
	if (on)
		__asm__ volatile("sti" ::: "memory");
	else
		__asm__ volatile("cli" ::: "memory");
}

#define IOAPIC        0xFEC00000
#define IOAPIC_WINDOW 0xFEC00010
#define PIN_MASKED    0x10000

/* The low half of a pin's entry: an edge to GUEST_VECTOR, or masked. */
static inline void set_pin(unsigned pin, bool on)
{
	write32(IOAPIC, 0x10 + 2 * pin);
	write32(IOAPIC_WINDOW, on ? GUEST_VECTOR : PIN_MASKED);
}

#endif
