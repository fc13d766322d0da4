#include "vmm/ram.h"

#include "board-pc/map.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifndef PR_SET_VMA /* Linux 5.17 */
#define PR_SET_VMA           0x53564D41
#define PR_SET_VMA_ANON_NAME 0
#endif

/*
 * KVM can use huge pages for the guest only where guest and host addresses are
 * equal modulo their size, and kernels before 6.7 do not align a mapping so.
 */
#define HUGE_PAGE MIB(2)

#define PAGE UINT64_C(4096)

/*
 * Fewer bytes are copied sooner than they are mapped: a copied page costs 1.5
 * microseconds, a mapping 5 and each page that the guest touches a little more.
 */
#define MAPPED_MIN KIB(16)

/*
 * Of the first RAM, which every start touches, by a few pages: where the host
 * gives huge pages unasked, the first touch would clear two MiB, and take twice
 * as long as all the rest of a start (tests/bench/README.md).
 */
#define SMALL_PAGES MIB(4)

/* No more than a help: a kernel without it refuses, which is fine. */
static void keep_first_pages_small(const struct ram *ram)
{
	madvise(ram->host, ram->size < SMALL_PAGES ? ram->size : SMALL_PAGES,
		MADV_NOHUGEPAGE);
}

void ram_name(const struct ram *ram)
{
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ram->host, ram->size, RAM_NAME);
}

/* What is set aside: at each end of the memory is a page at least of it. */
static uint64_t reserved(uint64_t size)
{
	return PAGE + size + HUGE_PAGE;
}

static void *map_memory(void *at, uint64_t size, int protection, int flags)
{
	void *mapped =
	    mmap(at, size, protection,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

/* The memory between its guards, where huge pages begin; or NULL. */
static uint8_t *map_guarded(uint64_t size, void **all)
{
	uint8_t *host = *all = map_memory(NULL, reserved(size), PROT_NONE, 0);

	if (!host)
		return NULL;
	host += PAGE;
	host += -(uintptr_t)host & (HUGE_PAGE - 1);
	return map_memory(host, size, PROT_READ | PROT_WRITE, MAP_FIXED);
}

bool ram_map(struct ram *ram, uint64_t size, struct reason *why)
{
	uint8_t *host = map_guarded(size, &ram->mapping);

	if (!host)
		return fail(why,
			    "cannot reserve %llu MiB of address space (%s); "
			    "ask for less, or raise the limit (ulimit -v)",
			    (unsigned long long)(size >> 20), strerror(errno));
	ram->host = host;
	ram->size = size;
	keep_first_pages_small(ram);
	return true;
}

void ram_unmap(struct ram *ram)
{
	munmap(ram->mapping, reserved(ram->size));
	*ram = (struct ram){ 0 };
}

uint64_t ram_low_size(const struct ram *ram)
{
	return ram->size < MAP_GAP ? ram->size : MAP_GAP;
}

uint64_t ram_high_size(const struct ram *ram)
{
	return ram->size - ram_low_size(ram);
}

/* Is [at, at + length) inside [base, base + size)? Nothing here can wrap. */
static bool contains(uint64_t base, uint64_t size, uint64_t at, uint64_t length)
{
	return at >= base && at - base < size && length <= size - (at - base);
}

void *ram_span(const struct ram *ram, uint64_t gpa, uint64_t length)
{
	if (!length)
		return NULL;
	if (contains(0, ram_low_size(ram), gpa, length))
		return ram->host + gpa;
	if (contains(MAP_ABOVE_4G, ram_high_size(ram), gpa, length))
		return ram->host + MAP_GAP + (gpa - MAP_ABOVE_4G);
	return NULL;
}

static bool map_pages(uint8_t *host, int fd, uint64_t offset, uint64_t length,
		      struct reason *why)
{
	void *at =
	    mmap(host, length, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, (off_t)offset);

	return at == host ||
	       fail(why,
		    "%llu bytes of the file cannot be mapped as guest memory: "
		    "%s",
		    (unsigned long long)length, strerror(errno));
}

bool ram_place(const struct ram *ram, uint64_t gpa, const struct image *file,
	       uint64_t offset, uint64_t length, struct reason *why)
{
	const uint8_t *bytes = file->bytes + offset;
	uint8_t *host = ram_span(ram, gpa, length);
	uint64_t head = -gpa % PAGE, pages = 0;

	if (!length)
		return true;
	assert(host && contains(0, file->size, offset, length));
	if (file->fd && (gpa - offset) % PAGE == 0 && length > head)
		pages = (length - head) / PAGE * PAGE;
	if (pages < MAPPED_MIN) {
		memcpy(host, bytes, length);
		return true;
	}
	memcpy(host, bytes, head);
	memcpy(host + head + pages, bytes + head + pages,
	       length - head - pages);
	return map_pages(host + head, file->fd, offset + head, pages, why);
}

bool ram_address_of(const struct ram *ram, const void *host, uint64_t *gpa)
{
	uint64_t offset = (uintptr_t)host - (uintptr_t)ram->host;

	if ((uintptr_t)host < (uintptr_t)ram->host || offset >= ram->size)
		return false;
	*gpa = offset < MAP_GAP ? offset : MAP_ABOVE_4G + (offset - MAP_GAP);
	return true;
}
