#include "vmm/disk_option.h"

#include "board-pc/virtio/block.h"
#include "board-pc/virtio/slots.h"
#include "vmm/cold.h"
#include "vmm/devices.h"
#include "vmm/ioctl.h"
#include "vmm/words.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define WANTED "want PATH[,ro][,serial=ID][,direct]"

/* The largest block: that of x86's pages, as Linux guests want it. */
#define BLOCK_MAX 4096U

COLD struct block disk_devices[DISKS_MAX];

static bool take_serial(const char *value, struct disk_option *disk,
			struct reason *why)
{
	size_t length = strlen(value);

	if (!length)
		return fail(why, "the serial is empty");
	if (length > DISK_SERIAL_MAX)
		return fail(why,
			    "serial=%.40s: has %zu characters; at most %d are "
			    "possible",
			    value, length, DISK_SERIAL_MAX);
	for (const char *at = value; *at; at++)
		if (!isgraph((unsigned char)*at))
			return fail(why, "the serial has a character that "
					 "cannot be printed, or a space");
	memcpy(disk->serial, value, length + 1);
	return true;
}

static bool take_word(const struct word *word, struct disk_option *disk,
		      struct reason *why)
{
	if (!strcmp(word->key, "serial") && word->value)
		return take_serial(word->value, disk, why);
	if (!strcmp(word->key, "ro") && !word->value)
		disk->read_only = true;
	else if (!strcmp(word->key, "direct") && !word->value)
		disk->direct = true;
	else
		return fail(why, "'%.60s%s%.60s' is not known; " WANTED,
			    word->key, word->value ? "=" : "",
			    word->value ? word->value : "");
	return true;
}

bool disk_option_parse(const char *text, struct disk_option *disk,
		       struct reason *why)
{
	struct word word;

	*disk = (struct disk_option){ .path = "" };
	if (!word_take_whole(&text, disk->path, sizeof(disk->path)))
		return fail(why, "the path is too long");
	if (!*disk->path)
		return fail(why, "the path is empty; " WANTED);
	while (text) {
		if (!word_take(&text, &word))
			return fail(why, "'%.40s...' is not known; " WANTED,
				    word.key);
		if (!take_word(&word, disk, why))
			return false;
	}
	return true;
}

/* errno says why it cannot be opened for writing. */
static bool fail_to_open(const char *path, bool read_only, struct reason *why)
{
	int error = errno;
	int fd = read_only ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail(why, "%s", strerror(error));
	close(fd);
	if (error == EBUSY)
		return fail(why, "is in use: another process has it, or the "
				 "host has it mounted");
	if (error == EISDIR)
		return fail(why, "is a directory; want a raw image or a block "
				 "device");
	return fail(why, "cannot be written to: %s; with ,ro it can be read",
		    strerror(error));
}

/* Of a file `size` is set already. */
static bool get_size(struct block_image *image, mode_t mode, struct reason *why)
{
	int block = SECTOR_SIZE;

	if (S_ISBLK(mode) &&
	    (ioctl_with(image->fd, BLKGETSIZE64, &image->size) ||
	     ioctl_with(image->fd, BLKSSZGET, &block)))
		return fail(why, "does not tell its size: %s", strerror(errno));
	image->block_size = (uint32_t)block;
	if (image->block_size > BLOCK_MAX)
		return fail(why,
			    "has blocks of %d bytes; at most %u are "
			    "possible",
			    block, BLOCK_MAX);
	if (!image->size)
		return fail(why, "is empty");
	if (image->size % SECTOR_SIZE)
		return fail(why,
			    "has %llu bytes, which is no multiple of %u; want "
			    "a raw image",
			    (unsigned long long)image->size, SECTOR_SIZE);
	return true;
}

/*
 * A lock of the open file, which goes when that is closed, by an end of mayfly
 * too. QEMU's own locks on an image are at odds with it, as they should be.
 */
static bool lock(const struct block_image *image, struct reason *why)
{
	struct flock all = { .l_type = image->read_only ? F_RDLCK : F_WRLCK,
			     .l_whence = SEEK_SET };

	if (!fcntl(image->fd, F_OFD_SETLK, &all))
		return true;
	if (errno != EAGAIN && errno != EACCES)
		return fail(why, "cannot be locked: %s", strerror(errno));
	if (!fcntl(image->fd, F_OFD_GETLK, &all) && all.l_type != F_UNLCK &&
	    all.l_pid > 0)
		return fail(why, "is locked by process %d", (int)all.l_pid);
	return fail(why, "is locked by another process%s",
		    image->read_only ? ", which writes to it" : "");
}

/*
 * Direct I/O is done in blocks of the disk below. Not every host tells their
 * size, so they are tried.
 */
static bool find_direct_block(struct block_image *image, struct reason *why)
{
	_Alignas(BLOCK_MAX) uint8_t bytes[BLOCK_MAX];
	uint32_t block = image->block_size;

	while (pread(image->fd, bytes, block, 0) < 0) {
		if (errno != EINVAL || block == BLOCK_MAX)
			return fail(why, "cannot be read directly: %s",
				    strerror(errno));
		block *= 2;
	}
	image->block_size = block;
	return image->size % block == 0 ||
	       fail(why,
		    "has %llu bytes, and direct I/O there is for multiples of "
		    "%u; leave out direct",
		    (unsigned long long)image->size, block);
}

/*
 * Also undoes O_NONBLOCK, which would have io_uring give up where it should
 * wait.
 */
static bool set_flags(struct block_image *image, struct reason *why)
{
	if (fcntl(image->fd, F_SETFL, image->direct ? O_DIRECT : 0))
		return fail(why,
			    image->direct ? "has no direct I/O (%s); "
					    "leave out direct"
					  : "%s",
			    strerror(errno));
	return !image->direct || find_direct_block(image, why);
}

static bool look(struct block_image *image, struct stat *st, struct reason *why)
{
	if (fstat(image->fd, st))
		return fail(why, "%s", strerror(errno));
	image->size = (uint64_t)st->st_size;
	return true;
}

/*
 * An image that is in memory is there at once, and io_uring, which does not
 * know that, would give each request to a thread of the kernel's.
 */
static bool is_in_memory(const struct block_image *image, mode_t mode)
{
	struct statfs fs;

	/* A device's is that of its name, which is no matter. */
	return S_ISREG(mode) && !fstatfs(image->fd, &fs) &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* The size is that of an image to which nobody else writes any more. */
static bool examine(struct block_image *image, struct reason *why)
{
	struct stat st;

	if (!look(image, &st, why))
		return false;
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(why, "is %s; want a raw image or a block device",
			    S_ISDIR(st.st_mode) ? "a directory"
						: "not a regular file");
	image->without_uring = is_in_memory(image, st.st_mode);
	return lock(image, why) && look(image, &st, why) &&
	       get_size(image, st.st_mode, why) && set_flags(image, why);
}

/*
 * O_EXCL: a block device that the host has mounted is not written to.
 * O_NONBLOCK: a pipe is an error, not a wait.
 */
static bool open_image(const char *path, struct block_image *image,
		       struct reason *why)
{
	int mode = image->read_only ? O_RDONLY : O_RDWR | O_EXCL;

	image->fd = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (image->fd < 0)
		return fail_to_open(path, image->read_only, why);
	if (examine(image, why))
		return true;
	close(image->fd);
	return false;
}

bool disk_open(const struct disk_option *disk, unsigned index,
	       struct reason *why)
{
	struct block_image image = { .read_only = disk->read_only,
				     .direct = disk->direct };

	assert(index < DISKS_MAX);
	memcpy(image.id, disk->serial, sizeof(image.id));
	if (!open_image(disk->path, &image, why))
		return false;
	block_init(&disk_devices[index], &image);
	if (virtio_plug(&disk_devices[index].device))
		return true;
	close(image.fd);
	return fail(why, "there is no room for more devices");
}

void disk_descriptors(unsigned index, struct descriptors *ours)
{
	descriptors_add(ours, disk_devices[index].io.image.fd);
}
