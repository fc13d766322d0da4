/* Files that the user named: which become bytes, and why others do not. */
#include "vmm/image_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char directory[] = "/tmp/mayfly-image-XXXXXX";
static char path[sizeof(directory) + 8];
static struct image image;
static struct reason why;

/* A path that names nothing, in a directory of this test alone. */
static void begin(void)
{
	static bool made;

	if (!made)
		CHECK(mkdtemp(directory) != NULL);
	made = true;
	snprintf(path, sizeof(path), "%s/file", directory);
	unlink(path);
	image = (struct image){ 0 };
	why = (struct reason){ "" };
}

static void write_file(const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, bytes, size) == (ssize_t)size);
	CHECK(!close(fd));
}

/* The next descriptor, as long as none that is below it is closed. */
static int next_fd(void)
{
	int fd = dup(STDOUT_FILENO);

	close(fd);
	return fd;
}

static void check_refused(const char *name, const char *words)
{
	int fd = next_fd();

	CHECK(!image_file_map(name, &image, &why));
	CHECK_SAYS(why.text, words);
	CHECK(strstr(why.text, name) == NULL);
	CHECK_EQ(next_fd(), fd);
	CHECK_EQ(image.size, 0);
	CHECK_EQ(image.fd, 0);
}

CASE(a_regular_file_is_its_bytes)
{
	char bytes[8];
	int fd;

	begin();
	write_file("HdrS", 4);
	fd = next_fd();
	CHECK(image_file_map(path, &image, &why));
	CHECK_EQ(image.size, 4);
	CHECK(!memcmp(image.bytes, "HdrS", 4));
	CHECK_EQ(image.fd, fd);
	CHECK_EQ(pread(image.fd, bytes, sizeof(bytes), 0), 4);
	CHECK(!strcmp(why.text, ""));
}

CASE(the_file_may_lose_its_name)
{
	begin();
	write_file("abc", 3);
	CHECK(image_file_map(path, &image, &why));
	CHECK(!unlink(path));
	CHECK(!memcmp(image.bytes, "abc", 3));
}

CASE(a_link_is_followed)
{
	char to[sizeof(directory) + 8];

	begin();
	write_file("abc", 3);
	snprintf(to, sizeof(to), "%s/link", directory);
	CHECK(!symlink(path, to));
	CHECK(image_file_map(to, &image, &why));
	CHECK_EQ(image.size, 3);
	CHECK(!unlink(to));
}

CASE(an_empty_file_is_refused)
{
	begin();
	write_file("", 0);
	check_refused(path, "is empty");
}

CASE(a_missing_file_is_refused)
{
	begin();
	check_refused(path, "No such file");
}

CASE(a_directory_is_refused)
{
	begin();
	check_refused(directory, "is a directory; want a regular file");
}

CASE(a_pipe_without_a_writer_is_no_wait)
{
	begin();
	CHECK(!mkfifo(path, 0600));
	check_refused(path, "is a pipe; want a regular file");
}

CASE(a_character_device_is_refused)
{
	begin();
	check_refused("/dev/null", "is a character device");
}

CASE(a_socket_is_refused)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	begin();
	CHECK(fd >= 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	CHECK(!bind(fd, (void *)&name, sizeof(name)));
	/* The kernel refuses to open one, and says only ENXIO. */
	CHECK(!image_file_map(path, &image, &why));
	CHECK(why.text[0] != '\0');
	close(fd);
}

CASE(a_file_that_may_not_be_read_is_refused)
{
	uid_t user = geteuid();
	bool mapped;

	begin();
	write_file("abc", 3);
	CHECK(!chmod(path, 0) && !chmod(directory, 0711));
	/* Root may read everything. */
	CHECK(user || !seteuid(65534));
	mapped = image_file_map(path, &image, &why);
	CHECK(!seteuid(user));
	CHECK(!mapped);
	CHECK_SAYS(why.text, "Permission denied");
}

CASE(nothing_is_left_behind)
{
	begin();
	CHECK(!rmdir(directory));
}

RUN("image_file", &a_regular_file_is_its_bytes, &the_file_may_lose_its_name,
    &a_link_is_followed, &an_empty_file_is_refused, &a_missing_file_is_refused,
    &a_directory_is_refused, &a_pipe_without_a_writer_is_no_wait,
    &a_character_device_is_refused, &a_socket_is_refused,
    &a_file_that_may_not_be_read_is_refused, &nothing_is_left_behind)
