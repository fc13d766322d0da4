/*
 * Where the kernel enters mayfly: a static PIE, that nobody has relocated.
 *
 * musl's rcrt1.o would do, but before 1.2.4 it does not know DT_RELR: a word
 * for 63 pointers, where DT_RELA takes 24 bytes for each, 16 KiB in all. Nor
 * does musl protect a static program's RELRO. No relocation but relative ones
 * is left (mayfly.ld makes sure), no constructor, no libgcc.
 *
 * Nothing here may need what it is about to do: no static data with pointers,
 * no call through a table, no stack protector (the thread pointer comes later).
 *
 * System V ABI, AMD64 supplement, 3.4.1 (process initialization); generic
 * ABI, DT_RELR.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Of mayfly.ld. */
#define LINKED __attribute__((visibility("hidden")))
extern char image_start[] LINKED;
extern const uintptr_t relr_start[] LINKED, relr_end[] LINKED;
extern char relro_start[] LINKED, relro_end[] LINKED;
extern char bss_start[] LINKED, bss_end[] LINKED;

#define PAGE 4096

int main(int argc, char **argv);

/* musl's: the last three are there for older programs. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier): that is its name. */
_Noreturn void __libc_start_main(int (*main)(int, char **), int argc,
				 char **argv, void (*init)(void),
				 void (*fini)(void), void (*ld_fini)(void));

_Noreturn void start(uintptr_t *stack) LINKED;

/*
 * An even entry is the address of a pointer; the bits of an odd one but the
 * lowest say which of the next 63 words are pointers.
 */
static inline void relocate(void)
{
	uintptr_t base = (uintptr_t)image_start;
	uintptr_t *next = (uintptr_t *)base; /* the first entry is even */
	size_t size = (uintptr_t)relr_end - (uintptr_t)relr_start;
	size_t count = size / sizeof(*relr_start);

	for (const uintptr_t *entry = relr_start; count; entry++, count--) {
		uintptr_t *word = next;

		if (!(*entry & 1)) {
			next = (uintptr_t *)(base + *entry);
			*next++ += base;
			continue;
		}
		for (uintptr_t bits = *entry >> 1; bits; bits >>= 1, word++)
			if (bits & 1)
				*word += base;
		next += 63;
	}
}

/* The C library may not be called yet; a failure is harmless. */
static inline void call(long number, uintptr_t from, uintptr_t to, long what)
{
	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(from), "S"(to - from), "d"(what)
			 : "rcx", "r11", "memory");
}

static inline void protect_relro(void)
{
	call(SYS_mprotect, (uintptr_t)relro_start, (uintptr_t)relro_end,
	     PROT_READ);
}

/*
 * Where the host gives huge pages unasked, the first touch of the static data,
 * most of which few VMs use, would take and clear two MiB.
 */
static inline void keep_pages_small(void)
{
	uintptr_t first = ((uintptr_t)bss_start + PAGE - 1) & -(uintptr_t)PAGE;

	call(SYS_madvise, first, (uintptr_t)bss_end, MADV_NOHUGEPAGE);
}

void start(uintptr_t *stack)
{
	relocate();
	protect_relro();
	keep_pages_small();
	__libc_start_main(main, (int)stack[0], (char **)(stack + 1), NULL, NULL,
			  NULL);
}

__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	endbr64\n"
	"	xor	%ebp, %ebp\n"
	"	mov	%rsp, %rdi\n"
	"	and	$-16, %rsp\n"
	"	call	start\n");
