/* --vsock: what it says, and the socket that is made and removed for it. */
#include "tests/virtio_device.h"

#include "board-pc/virtio/vsock.h"
#include "vmm/vsock_option.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/unit/unit.h"

static struct vsock_option option;
static struct reason why;

#define REFUSED(value, words)                                                  \
	do {                                                                   \
		why.text[0] = '\0';                                            \
		CHECK(!vsock_option_parse(value, &option, &why));              \
		CHECK_SAYS(why.text, words);                                   \
	} while (0)

CASE(a_cid_and_a_path)
{
	CHECK(vsock_option_parse("cid=3,path=/run/a.sock", &option, &why));
	CHECK_EQ(option.cid, 3);
	CHECK(!strcmp(option.path, "/run/a.sock"));
	CHECK(vsock_option_parse("path=x=1,,y,cid=4294967294", &option, &why));
	CHECK_EQ(option.cid, 4294967294);
	CHECK(!strcmp(option.path, "x=1,y"));
}

CASE(cids_that_cannot_be)
{
	static const char *const bad[] = {
		"",    "0",          "1",
		"2",   "4294967295", "-3",
		"0x5", "3 ",         "18446744073709551619"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[80];

		snprintf(text, sizeof(text), "cid=%s,path=p", bad[i]);
		REFUSED(text, "want a number from 3 to 4294967294");
	}
}

CASE(words_that_are_not_there_or_not_known)
{
	REFUSED("", "want cid=N,path=SOCKET");
	REFUSED("cid=3", "no path=");
	REFUSED("path=p", "no cid=");
	REFUSED("cid=3,path=", "path= is empty");
	REFUSED("cid=3,path=p,", "want cid=N,path=SOCKET");
	REFUSED("cid=3,path=p,port=4", "'port'");
	REFUSED("cid,path=p", "'cid'");
}

CASE(a_path_that_is_too_long)
{
	char text[200] = "cid=3,path=";

	memset(text + strlen(text), 'x', VSOCK_PATH_SIZE - 1);
	CHECK(vsock_option_parse(text, &option, &why));
	strcat(text, "x");
	REFUSED(text, "has 97 characters; a socket's path can have 96");
}

static char folder[40];

static void remove_folder(void)
{
	rmdir(folder);
}

/* A path in a folder of this process's own, with nothing there. */
static void choose_path(void)
{
	option.cid = 3;
	if (!*folder) {
		snprintf(folder, sizeof(folder), "/tmp/vsock-option-test.%d",
			 (int)getpid());
		CHECK(!mkdir(folder, 0700));
		atexit(remove_folder);
	}
	snprintf(option.path, sizeof(option.path), "%s/socket", folder);
	unlink(option.path);
}

static bool is_there(void)
{
	return !access(option.path, F_OK);
}

static struct sockaddr_un address(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strcpy(at.sun_path, option.path);
	return at;
}

/* Whether there is somebody at the path. */
static bool is_answered(void)
{
	struct sockaddr_un at = address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool done = !connect(fd, (struct sockaddr *)&at, sizeof(at));

	close(fd);
	return done;
}

CASE(the_socket_is_there_until_the_end)
{
	choose_path();
	CHECK(vsock_open(&option, &why));
	CHECK(plugged.device == &vsock.device);
	CHECK_EQ(get_le64(vsock.device.config), 3);
	CHECK(is_answered());
	vsock_close();
	CHECK(!is_there());
	vsock_close();
	close(vsock.listener.fd);
}

CASE(a_path_in_use)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	choose_path();
	at = address();
	CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	CHECK(!listen(fd, 1));
	CHECK(!vsock_open(&option, &why));
	CHECK_SAYS(why.text, option.path);
	CHECK_SAYS(why.text, "in use by another process");
	vsock_close();
	CHECK(is_there());
	close(fd);
	unlink(option.path);
}

/* Bound, and listened at no more. */
static void leave_behind(void)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	choose_path();
	at = address();
	CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	close(fd);
	CHECK(is_there());
	CHECK(!is_answered());
}

CASE(what_a_killed_one_leaves_is_replaced)
{
	leave_behind();
	CHECK(vsock_open(&option, &why));
	CHECK(is_answered());
	vsock_close();
	CHECK(!is_there());
	close(vsock.listener.fd);
}

/* Another start could be about to listen there. */
CASE(nothing_is_replaced_in_a_folder_that_is_locked)
{
	int stranger;

	leave_behind();
	stranger = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK(!flock(stranger, LOCK_EX));
	CHECK(!vsock_open(&option, &why));
	CHECK_SAYS(why.text, "its folder cannot be locked");
	vsock_close();
	CHECK(is_there());
	close(stranger);
	unlink(option.path);
}

#define STARTS 20
#define ROUNDS 10

/* Begins with all the others, and keeps what it has until all have tried. */
static void start_one(int begin, int tells, int end)
{
	char has, none;

	if (read(begin, &none, 1) != 0)
		_exit(1);
	has = (char)vsock_open(&option, &why);
	_exit(write(tells, &has, 1) != 1 || read(end, &none, 1) != 0);
}

static int race(void)
{
	int begin[2], results[2], end[2], count = 0;
	char has;

	leave_behind();
	CHECK(!pipe(begin) && !pipe(results) && !pipe(end));
	for (int i = 0; i < STARTS; i++) {
		if (fork())
			continue;
		close(begin[1]);
		close(end[1]);
		start_one(begin[0], results[1], end[0]);
	}
	close(begin[1]);
	for (int i = 0; i < STARTS; i++) {
		CHECK_EQ(read(results[0], &has, 1), 1);
		count += has;
	}
	close(end[1]);
	for (int i = 0; i < STARTS; i++)
		wait(NULL);
	close(begin[0]);
	close(results[0]);
	close(results[1]);
	close(end[0]);
	unlink(option.path);
	return count;
}

CASE(of_many_one_replaces_it)
{
	for (int i = 0; i < ROUNDS; i++)
		CHECK_EQ(race(), 1);
}

CASE(a_path_that_is_no_socket)
{
	int fd;

	choose_path();
	fd = open(option.path, O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0);
	close(fd);
	CHECK(!vsock_open(&option, &why));
	CHECK_SAYS(why.text, "exists, and is no socket");
	CHECK(is_there());
	unlink(option.path);
}

CASE(a_path_where_nothing_can_be)
{
	choose_path();
	strcpy(option.path, "/nowhere/at/all");
	CHECK(!vsock_open(&option, &why));
	CHECK_SAYS(why.text, "/nowhere/at/all: No such file or directory");
}

CASE(anothers_socket_at_the_same_path_stays)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	choose_path();
	at = address();
	CHECK(vsock_open(&option, &why));
	unlink(option.path);
	CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	vsock_close();
	CHECK(is_there());
	unlink(option.path);
	close(fd);
	close(vsock.listener.fd);
}

RUN("vsock_option", &a_cid_and_a_path, &cids_that_cannot_be,
    &words_that_are_not_there_or_not_known, &a_path_that_is_too_long,
    &the_socket_is_there_until_the_end, &a_path_in_use,
    &what_a_killed_one_leaves_is_replaced,
    &nothing_is_replaced_in_a_folder_that_is_locked, &of_many_one_replaces_it,
    &a_path_that_is_no_socket, &a_path_where_nothing_can_be,
    &anothers_socket_at_the_same_path_stays)
