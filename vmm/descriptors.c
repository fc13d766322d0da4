#include "vmm/descriptors.h"

#include <assert.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range /* Linux 5.9 */
#define SYS_close_range 436
#endif

void descriptors_add(struct descriptors *ours, int fd)
{
	unsigned at = ours->count;

	if (fd < 0)
		return;
	while (at && ours->fds[at - 1] > fd)
		at--;
	if (at && ours->fds[at - 1] == fd)
		return;
	assert(ours->count < DESCRIPTORS_MAX);
	for (unsigned i = ours->count++; i > at; i--)
		ours->fds[i] = ours->fds[i - 1];
	ours->fds[at] = fd;
}

/* Both ends are closed too. */
static void close_all(unsigned first, unsigned last)
{
	struct rlimit limit = { .rlim_cur = 0 };

	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	/* A limit that was lowered since may hide some, on an old kernel. */
	getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

void descriptors_close_others(const struct descriptors *ours)
{
	unsigned next = 0;

	for (unsigned i = 0; i < ours->count; i++) {
		unsigned fd = (unsigned)ours->fds[i];

		if (fd)
			close_all(next, fd - 1);
		next = fd + 1;
	}
	close_all(next, INT_MAX);
}
