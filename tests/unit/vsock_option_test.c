/* --vsock: what it says, and the socket that is made and removed for it. */
#include "tests/virtio_device.h"

#include "board-pc/virtio/vsock.h"
#include "vmm/vsock_option.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

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

/* A path of this process's own, with nothing there. */
static void choose_path(void)
{
	option.cid = 3;
	snprintf(option.path, sizeof(option.path), "/tmp/vsock-option-test.%d",
		 (int)getpid());
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
	/* And what a killed one leaves. */
	CHECK(!vsock_open(&option, &why));
	CHECK_SAYS(why.text, "left behind by a process that was killed");
	vsock_close();
	CHECK(is_there());
	unlink(option.path);
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
    &a_path_that_is_no_socket, &a_path_where_nothing_can_be,
    &anothers_socket_at_the_same_path_stays)
