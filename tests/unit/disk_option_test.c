/* The value of --disk, and the images that it names. */
#include "vmm/disk_option.h"

#include "tests/unit/unit.h"
#include "tests/virtio_device.h"

#include "board-pc/virtio/block.h"
#include "vmm/devices.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct disk_option disk;
static struct reason why;
static char folder[] = "/var/tmp/disk_option_test.XXXXXX";
static char path[sizeof(folder) + 10];

extern struct block disk_devices[DISKS_MAX];

static bool parse(const char *text)
{
	why = (struct reason){ "" };
	memset(&disk, 0xA5, sizeof(disk));
	return disk_option_parse(text, &disk, &why);
}

#define CHECK_REFUSED(value, words)                                            \
	do {                                                                   \
		CHECK(!parse(value));                                          \
		CHECK_SAYS(why.text, words);                                   \
	} while (0)

CASE(a_path_alone)
{
	CHECK(parse("/srv/a=b.img"));
	CHECK(!strcmp(disk.path, "/srv/a=b.img"));
	CHECK(!disk.read_only && !disk.direct);
	CHECK_EQ(disk.serial[0], 0);
}

CASE(words_follow_in_any_order)
{
	CHECK(parse("a,,b,direct,serial=4711,ro"));
	CHECK(!strcmp(disk.path, "a,b"));
	CHECK(disk.read_only && disk.direct);
	CHECK(!strcmp(disk.serial, "4711"));
	CHECK(parse("ro,serial=12345678901234567890"));
	CHECK(!strcmp(disk.path, "ro"));
	CHECK(!disk.read_only);
	CHECK(!strcmp(disk.serial, "12345678901234567890"));
}

CASE(what_is_wrong_is_said)
{
	CHECK_REFUSED("", "the path is empty");
	CHECK_REFUSED(",ro", "the path is empty");
	CHECK_REFUSED("a,", "'' is not known; want PATH");
	CHECK_REFUSED("a,rw", "'rw' is not known");
	CHECK_REFUSED("a,ro=1", "'ro=1' is not known");
	CHECK_REFUSED("a,direct=on", "'direct=on' is not known");
	CHECK_REFUSED("a,serial", "'serial' is not known");
	CHECK_REFUSED("a,serial=", "the serial is empty");
	CHECK_REFUSED("a,serial=123456789012345678901",
		      "21 characters; at most 20");
	CHECK_REFUSED("a,serial=a b", "a space");
}

CASE(a_path_has_a_length)
{
	static char text[2 * 4096];

	memset(text, 'p', 4095);
	CHECK(parse(text));
	text[4095] = 'p';
	CHECK_REFUSED(text, "the path is too long");
	strcpy(text, "a,");
	memset(text + 2, 'w', 5000);
	CHECK_REFUSED(text, "is not known");
}

/* A file of `size` bytes at `path`. */
static void make_file(off_t size)
{
	static bool made; /* its name may have an X of its own then */
	int fd;

	if (!made)
		CHECK(mkdtemp(folder) != NULL);
	made = true;
	snprintf(path, sizeof(path), "%s/image", folder);
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && !ftruncate(fd, size));
	close(fd);
}

/* Into slot 0, from which what was there before is taken. */
static bool open_disk(const char *words)
{
	char text[200];

	if (disk_devices[0].device.kind)
		close(disk_devices[0].io.image.fd);
	disk_devices[0].device.kind = NULL;
	snprintf(text, sizeof(text), "%s%s", path, words);
	CHECK(parse(text));
	return disk_open(&disk, 0, &why);
}

#define CHECK_FAILS(words, says)                                               \
	do {                                                                   \
		CHECK(!open_disk(words));                                      \
		CHECK_SAYS(why.text, says);                                    \
	} while (0)

CASE(an_image_is_opened)
{
	const struct block_image *image = &disk_devices[0].io.image;

	make_file(1 << 20);
	CHECK(open_disk(",serial=abc"));
	CHECK_EQ(image->size, 1 << 20);
	CHECK_EQ(image->block_size, 512);
	CHECK(!strcmp(image->id, "abc"));
	CHECK_EQ(fcntl(image->fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	CHECK(fcntl(image->fd, F_GETFD) & FD_CLOEXEC);
	CHECK(plugged.device == &disk_devices[0].device);
	CHECK(open_disk(",ro"));
	CHECK(image->read_only);
	CHECK_EQ(fcntl(image->fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK),
		 O_RDONLY);
}

CASE(direct_io_is_the_file_systems_to_have)
{
	const struct block_image *image = &disk_devices[0].io.image;
	int fd;

	make_file(1 << 20);
	fd = open(path, O_RDONLY | O_DIRECT);
	if (fd < 0)
		CHECK_FAILS(",direct", "leave out direct");
	else
		close(fd);
	if (fd < 0)
		return;
	CHECK(open_disk(",direct"));
	CHECK(image->direct);
	CHECK(fcntl(image->fd, F_GETFL) & O_DIRECT);
	CHECK(image->block_size >= 512 && image->block_size <= 4096);
}

CASE(what_is_no_image_is_named)
{
	make_file(0);
	CHECK_FAILS("", "is empty");
	make_file(1000);
	CHECK_FAILS("", "has 1000 bytes, which is no multiple of 512");
	unlink(path);
	CHECK_FAILS("", "No such file");
	CHECK(!mkdir(path, 0700));
	CHECK_FAILS("", "is a directory; want a raw image");
	CHECK_FAILS(",ro", "is a directory; want a raw image");
	CHECK(!rmdir(path) && !mkfifo(path, 0600));
	CHECK_FAILS("", "is not a regular file");
	CHECK_FAILS(",ro", "is not a regular file");
}

/* In a process of its own, since root may write to anything. */
CASE(read_only_is_suggested_where_it_helps)
{
	make_file(4096);
	chmod(folder, 0755);
	chmod(path, 0444);
	CHECK(getuid() || !seteuid(65534));
	CHECK_FAILS("", "Permission denied; with ,ro it can be read");
	CHECK(open_disk(",ro"));
	CHECK(getuid() || !seteuid(0));
	chmod(path, 0);
	CHECK(getuid() || !seteuid(65534));
	CHECK_FAILS("", "Permission denied");
	CHECK(!strstr(why.text, ",ro"));
	CHECK(getuid() || !seteuid(0));
}

static void lock(int fd, short type, int command)
{
	struct flock all = { .l_type = type };

	CHECK(!fcntl(fd, command, &all));
}

CASE(one_writes_or_several_read)
{
	int other;

	make_file(4096);
	other = open(path, O_RDWR);
	lock(other, F_RDLCK, F_OFD_SETLK);
	CHECK_FAILS("", "is locked by another process");
	CHECK(open_disk(",ro"));
	CHECK(fcntl(other, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK }) <
	      0);
	open_disk(",ro");
	lock(other, F_UNLCK, F_OFD_SETLK);
	CHECK(open_disk(""));
	CHECK(fcntl(other, F_OFD_SETLK, &(struct flock){ .l_type = F_RDLCK }) <
	      0);
	CHECK(open_disk(",ro"));
	close(disk_devices[0].io.image.fd);
	disk_devices[0].device.kind = NULL;
	lock(other, F_WRLCK, F_OFD_SETLK);
	CHECK_FAILS(",ro", "is locked by another process, which writes to it");
	close(other);
}

CASE(all_is_cleaned_up)
{
	unlink(path);
	CHECK(!rmdir(folder));
}

RUN("disk_option", &a_path_alone, &words_follow_in_any_order,
    &what_is_wrong_is_said, &a_path_has_a_length, &an_image_is_opened,
    &direct_io_is_the_file_systems_to_have, &what_is_no_image_is_named,
    &read_only_is_suggested_where_it_helps, &one_writes_or_several_read,
    &all_is_cleaned_up)
