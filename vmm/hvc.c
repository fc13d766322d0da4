#include "vmm/hvc.h"

#include "board-pc/board.h"
#include "board-pc/virtio/console.h"
#include "vmm/io_loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A signalfd of SIGWINCH, where there is a terminal. */
static struct io_source resized = { .fd = -1 };

static bool ask_size(struct console_size *size)
{
	struct winsize found;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &found))
		return false;
	*size = (struct console_size){ found.ws_col, found.ws_row };
	return true;
}

static void tell_size(struct io_source *source, uint32_t events)
{
	struct signalfd_siginfo signal;
	struct console_size size;

	(void)events;
	if (read(source->fd, &signal, sizeof(signal)) > 0 && ask_size(&size))
		console_resize(&size);
}

/* A terminal whose changes cannot be watched keeps the size it had. */
static void attach(bool attached)
{
	struct reason why;

	board_attach_console(attached ? console_look : NULL);
	if (attached && resized.fd >= 0)
		io_watch(&resized, EPOLLIN, &why);
}

static bool catch_resizing(struct reason *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	resized.ready = tell_size;
	resized.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return resized.fd >= 0 ||
	       fail(why, "--console: signalfd: %s", strerror(errno));
}

bool hvc_open(struct reason *why)
{
	static const struct console_wires wires = {
		.write = board_console_write,
		.read = board_console_read,
		.attach = attach,
	};
	struct console_size size;
	bool is_terminal = ask_size(&size);

	if (is_terminal && !catch_resizing(why))
		return false;
	return console_plug(&wires, is_terminal ? &size : NULL) ||
	       fail(why, "--console: there is no slot for another device");
}

void hvc_descriptors(struct descriptors *ours)
{
	descriptors_add(ours, resized.fd);
}
