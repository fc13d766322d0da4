#include "vmm/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	case S_IFSOCK:
		return "a socket";
	default:
		return "something else";
	}
}

static bool map(int fd, struct image *image, struct reason *why)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st))
		return fail(why, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(why, "is %s; want a regular file",
			    kind(st.st_mode));
	if (!st.st_size)
		return fail(why, "is empty");
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail(why, "cannot be mapped: %s", strerror(errno));
	image->bytes = bytes;
	image->size = (uint64_t)st.st_size;
	image->fd = fd;
	return true;
}

bool image_file_map(const char *path, struct image *image, struct reason *why)
{
	/*
	 * O_NONBLOCK: a pipe without a writer is an error, not a wait. No
	 * O_CLOEXEC: nothing is executed here, and musl makes it two calls.
	 */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail(why, "%s", strerror(errno));
	if (map(fd, image, why))
		return true;
	close(fd);
	return false;
}

void image_file_unmap(struct image *image)
{
	if (!image->size)
		return;
	munmap((void *)image->bytes, image->size);
	*image = (struct image){ 0 };
}
