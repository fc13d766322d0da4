/*
 * The virtio console's side of the host: the terminal's size, as it is and as
 * it changes. The board is played by this test.
 */
#include "vmm/hvc.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "board-pc/board.h"
#include "tests/virtio_device.h"
#include "vmm/io_loop.h"

#include "tests/unit/unit.h"

static struct driver driver;
static struct reason why;
static void (*attached)(void);

void board_attach_console(void (*look)(void))
{
	attached = look;
}

uint32_t board_console_read(uint8_t *bytes, uint32_t count)
{
	(void)bytes;
	(void)count;
	return 0;
}

uint32_t board_console_write(const uint8_t *bytes, uint32_t count)
{
	(void)bytes;
	return count;
}

static void resize(unsigned short columns, unsigned short rows)
{
	const struct winsize size = { .ws_col = columns, .ws_row = rows };

	CHECK(!ioctl(STDIN_FILENO, TIOCSWINSZ, &size));
}

/* A terminal as standard input. */
static void sit_down(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0);
	CHECK_EQ(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	resize(80, 25);
}

static unsigned columns(void)
{
	unsigned found;

	virtio_lock(plugged.device);
	found = get_le16(plugged.device->config);
	virtio_unlock(plugged.device);
	return found;
}

CASE(without_a_terminal_there_is_no_size)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t blocked;

	CHECK_EQ(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	CHECK(hvc_open(&why));
	CHECK_EQ(plugged.device->kind->id, 3);
	CHECK_EQ(plugged.device->offered, 0);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	CHECK(!sigismember(&blocked, SIGWINCH));
}

CASE(a_terminal_has_one_that_changes)
{
	struct ending ending = { .wake_fd = -1 };
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct io_source first = { .fd = eventfd(0, 0) };

	sit_down();
	CHECK(hvc_open(&why));
	CHECK_EQ(plugged.device->offered, 1);
	CHECK_EQ(columns(), 80);
	/* As the transport does for the device's kicks. */
	ending.wake_fd = eventfd(0, 0);
	io_loop_init(&ending);
	CHECK(io_watch(&first, 0, &why));
	CHECK(driver_start(&driver, plugged.device, 1));
	CHECK(attached != NULL);
	CHECK(io_loop_serve(&why));
	resize(132, 50);
	kill(getpid(), SIGWINCH);
	while (columns() != 132)
		nanosleep(&moment, NULL);
	CHECK_EQ(get_le16(plugged.device->config + 2), 50);
	CHECK_EQ(plugged.device->interrupt_status, VIRTIO_INTERRUPT_CONFIG);
	driver_reset(&driver);
	CHECK(attached == NULL);
	io_loop_stop();
}

RUN("hvc", &without_a_terminal_there_is_no_size,
    &a_terminal_has_one_that_changes)
