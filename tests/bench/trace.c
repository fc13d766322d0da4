/*
 * Reads the ring buffers of a tracefs instance as the kernel wrote them:
 * nanoseconds, and no text to format while a run is timed. The layout is that
 * of events/header_page, header_event and the events' `format` in tracefs.
 *
 * A vCPU's thread is known to be its process's by task:task_newtask, which
 * costs a monitor some 0.1 us for a thread that it creates.
 */
#include "tests/bench/trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACEFS    "/sys/kernel/tracing"
#define INSTANCES  TRACEFS "/instances"
#define PIO        "events/kvm/kvm_pio"
#define NEW        "events/task/task_newtask"
#define PIO_FILTER "rw == 1 && (port == 0x3f0 || port == 0xf4)"
#define NEW_FILTER "clone_flags & 0x10000" /* CLONE_THREAD */

enum { CPUS_MAX = 256, EVENTS_MAX = 1024, THREADS_MAX = 512 };
enum { MARKER = 0x3F0, EXIT = 0xF4 };

/* Of a page's header, and of an event's: struct ring_buffer_event. */
enum { PAGE_HEADER = 16, LENGTH_MASK = 0xFFFFF, DELTA_BITS = 27 };
enum { TYPE_PADDING = 29, TYPE_EXTEND = 30, TYPE_STAMP = 31 };

/* The first 8 bytes are those of every event. */
struct common {
	uint16_t id;
	uint8_t flags, preempt_count;
	int32_t thread;
};
struct pio {
	struct common common;
	uint32_t rw, port, size, count, value;
};
struct new_task {
	struct common common;
	int32_t thread; /* the new one; the common one is its parent */
};

struct event {
	uint64_t ns;
	int32_t thread;
	int32_t new_thread; /* 0: it is a write */
	uint32_t port;
};

static char instance[128];
static unsigned pio_id;
static int buffers[CPUS_MAX];
static unsigned buffer_count;
static struct event events[EVENTS_MAX];
static size_t event_count;

static bool put(const char *file, const char *text, struct reason *why)
{
	char path[256];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = write(fd, text, strlen(text));
	if (done < 0)
		fail(why, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done > 0;
}

static bool read_id(struct reason *why)
{
	char text[16] = "";
	int fd = open(TRACEFS "/" PIO "/id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail(why, TRACEFS "/" PIO "/id: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	pio_id = (unsigned)strtoul(text, NULL, 10);
	return pio_id;
}

static bool open_buffers(struct reason *why)
{
	char path[256];
	int fd;

	for (unsigned i = 0; i < CPUS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw",
			 instance, i);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			buffers[buffer_count++] = fd;
	}
	return buffer_count || fail(why, "%s: no buffers", instance);
}

/* Of a process that was killed before it could. */
static void remove_stale(void)
{
	DIR *folder = opendir(INSTANCES);
	char path[64];
	int process;

	for (struct dirent *one; folder && (one = readdir(folder));)
		if (sscanf(one->d_name, "mayfly-%d", &process) == 1 &&
		    kill(process, 0) && errno == ESRCH) {
			snprintf(path, sizeof(path), INSTANCES "/mayfly-%d",
				 process);
			rmdir(path);
		}
	if (folder)
		closedir(folder);
}

bool trace_open(struct reason *why)
{
	remove_stale();
	snprintf(instance, sizeof(instance), INSTANCES "/mayfly-%d",
		 (int)getpid());
	if (mkdir(instance, 0700)) {
		fail(why, "%s: %s", instance, strerror(errno));
		instance[0] = 0;
		return false;
	}
	if (read_id(why) && put("buffer_size_kb", "64", why) &&
	    put("trace_clock", "mono", why) &&
	    put(PIO "/filter", PIO_FILTER, why) &&
	    put(NEW "/filter", NEW_FILTER, why) && open_buffers(why) &&
	    put(PIO "/enable", "1", why) && put(NEW "/enable", "1", why))
		return true;
	trace_close();
	return false;
}

void trace_close(void)
{
	while (buffer_count)
		close(buffers[--buffer_count]);
	if (instance[0])
		rmdir(instance);
	instance[0] = 0;
}

static void keep(const uint8_t *data, uint64_t ns)
{
	struct event *event = &events[event_count];
	struct new_task task;
	struct pio pio;

	memcpy(&pio, data, sizeof(pio));
	memcpy(&task, data, sizeof(task));
	if (event_count == EVENTS_MAX)
		return;
	*event = (struct event){ .ns = ns, .thread = pio.common.thread };
	if (pio.common.id == pio_id)
		event->port = pio.port;
	else
		event->new_thread = task.thread;
	event_count++;
}

/* The event at `data`, behind its first word; returns how long it is. */
static uint32_t read_event(const uint8_t *data, uint32_t first, uint64_t *ns)
{
	uint32_t type = first & 31, delta = first >> 5, word;

	memcpy(&word, data, sizeof(word));
	switch (type) {
	case TYPE_PADDING: /* with a delta; without, it is the page's end */
		*ns += delta;
		return delta ? word : UINT32_MAX;
	case TYPE_EXTEND:
		*ns += delta + ((uint64_t)word << DELTA_BITS);
		return 4;
	case TYPE_STAMP:
		*ns = delta + ((uint64_t)word << DELTA_BITS);
		return 4;
	case 0: /* too long for `type` */
		*ns += delta;
		keep(data + 4, *ns);
		return word;
	default:
		*ns += delta;
		keep(data, *ns);
		return type * 4;
	}
}

static void read_page(const uint8_t *page)
{
	uint64_t ns, commit, at = PAGE_HEADER;
	uint32_t first;

	memcpy(&ns, page, sizeof(ns));
	memcpy(&commit, page + sizeof(ns), sizeof(commit));
	commit = PAGE_HEADER + (commit & LENGTH_MASK);
	while (at + 8 <= commit) {
		memcpy(&first, page + at, sizeof(first));
		at += 4;
		at += read_event(page + at, first, &ns);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct event *first = a, *second = b;

	return (first->ns > second->ns) - (first->ns < second->ns);
}

/* The events of a process, in their order, each made by a known thread. */
static void follow(pid_t process, uint64_t since, struct trace_stamps *stamps)
{
	static int32_t threads[THREADS_MAX];
	size_t known = 0;

	threads[known++] = process;
	for (size_t i = 0; i < event_count; i++) {
		const struct event *event = &events[i];
		bool ours = false;

		for (size_t j = 0; j < known; j++)
			ours |= threads[j] == event->thread;
		if (!ours || event->ns < since)
			continue;
		if (event->new_thread && known < THREADS_MAX)
			threads[known++] = event->new_thread;
		else if (event->port == MARKER && !stamps->marker_ns)
			stamps->marker_ns = event->ns;
		else if (event->port == EXIT && stamps->marker_ns &&
			 !stamps->exit_ns)
			stamps->exit_ns = event->ns;
	}
}

void trace_take(pid_t process, uint64_t since_ns, struct trace_stamps *stamps)
{
	static uint8_t page[65536 + sizeof(struct pio)];

	event_count = 0;
	for (unsigned i = 0; i < buffer_count; i++)
		while (read(buffers[i], page, 65536) > PAGE_HEADER)
			read_page(page);
	qsort(events, event_count, sizeof(*events), by_time);
	*stamps = (struct trace_stamps){ 0 };
	follow(process, since_ns, stamps);
}
