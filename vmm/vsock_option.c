#include "vmm/vsock_option.h"

#include "board-pc/virtio/slots.h"
#include "board-pc/virtio/vsock.h"
#include "vmm/words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define WANTED "want cid=N,path=SOCKET"
#define CID_MIN                                                                \
	3 /* 0 and 1 are reserved, 2 is the host: VIRTIO 1.2, 5.10.4           \
	   */
#define CID_MAX (UINT32_MAX - UINT64_C(1)) /* the last one is nobody's */

static_assert(sizeof(((struct vsock_option *)0)->path) == VSOCK_PATH_SIZE,
	      "the device has room for the path");

/* What this process has made. */
static char made[VSOCK_PATH_SIZE];
static dev_t made_device;
static ino_t made_inode;

static bool parse_number(const char *text, uint64_t *value)
{
	*value = 0;
	for (; isdigit((unsigned char)*text); text++) {
		*value = *value * 10 + (uint64_t)(*text - '0');
		if (*value > UINT32_MAX)
			return false;
	}
	return !*text;
}

static bool take_cid(const char *text, uint64_t *cid, struct reason *why)
{
	if (*text && parse_number(text, cid) && *cid >= CID_MIN &&
	    *cid <= CID_MAX)
		return true;
	return fail(why, "cid=%.40s: want a number from %d to %llu", text,
		    CID_MIN, (unsigned long long)CID_MAX);
}

static bool take_path(const char *text, char *path, struct reason *why)
{
	size_t length = strlen(text);

	if (!length)
		return fail(why, "path= is empty");
	if (length >= VSOCK_PATH_SIZE)
		return fail(why,
			    "path=%.40s...: has %zu characters; a socket's "
			    "path can have %zu here",
			    text, length, VSOCK_PATH_SIZE - 1);
	memcpy(path, text, length + 1);
	return true;
}

static bool take_word(const struct word *word, struct vsock_option *option,
		      struct reason *why)
{
	if (word->value && !strcmp(word->key, "cid"))
		return take_cid(word->value, &option->cid, why);
	if (word->value && !strcmp(word->key, "path"))
		return take_path(word->value, option->path, why);
	return fail(why, "'%.60s': " WANTED, word->key);
}

bool vsock_option_parse(const char *text, struct vsock_option *option,
			struct reason *why)
{
	struct word word;

	*option = (struct vsock_option){ 0 };
	while (text) {
		if (!word_take(&text, &word))
			return fail(why, "'%.40s...' is too long; " WANTED,
				    word.key);
		if (!take_word(&word, option, why))
			return false;
	}
	if (!option->cid)
		return fail(why, "no cid=; " WANTED);
	return *option->path || fail(why, "no path=; " WANTED);
}

/* Else it could not be removed at the end. */
static bool note_made(const char *path, struct reason *why)
{
	struct stat st;

	if (lstat(path, &st)) {
		fail(why, "%s: %s", path, strerror(errno));
		unlink(path);
		return false;
	}
	made_device = st.st_dev;
	made_inode = st.st_ino;
	memcpy(made, path, strlen(path) + 1);
	return true;
}

bool vsock_open(const struct vsock_option *option, struct reason *why)
{
	int timer, listener = vsock_listen(option->path, why);

	if (listener < 0 || !note_made(option->path, why))
		return false;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0)
		return fail(why, "timerfd: %s", strerror(errno));
	vsock_init(option->cid, option->path, listener, timer);
	return virtio_plug(&vsock.device) ||
	       fail(why, "the guest has no place for one more device");
}

const char *vsock_path(void)
{
	return vsock.path;
}

static void cut_off(char *path, size_t length)
{
	memmove(path, path + length, strlen(path + length) + 1);
}

void vsock_chrooted(size_t length)
{
	cut_off(vsock.path, length);
	if (*made)
		cut_off(made, length);
}

void vsock_descriptors(struct descriptors *ours)
{
	descriptors_add(ours, vsock.listener.fd);
	descriptors_add(ours, vsock.timer.fd);
}

/* It may be another process's by now, if somebody has removed ours. */
void vsock_close(void)
{
	struct stat st;

	if (*made && !lstat(made, &st) && st.st_dev == made_device &&
	    st.st_ino == made_inode)
		unlink(made);
	*made = '\0';
}
