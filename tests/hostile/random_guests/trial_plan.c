/*
 * The machine of a random guest: what the seed says of the command line, and
 * the files that it names.
 */
#include "trial.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_SIZE (1 << 20)

__attribute__((format(printf, 2, 3))) static void word(struct trial *trial,
						       const char *format, ...)
{
	char *text = trial->texts + trial->text_size;
	size_t room = sizeof(trial->texts) - trial->text_size;
	va_list values;

	va_start(values, format);
	trial->text_size += (size_t)vsnprintf(text, room, format, values) + 1;
	va_end(values);
	trial->words[trial->word_count++] = text;
	trial->words[trial->word_count] = NULL;
}

static void make_file(const struct trial *trial, const char *name,
		      const void *bytes, size_t size, off_t length)
{
	char path[256];
	int file;

	snprintf(path, sizeof(path), "%s/%s", trial->folder, name);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || write(file, bytes, size) != (ssize_t)size ||
	    ftruncate(file, length)) {
		perror(path);
		_exit(125);
	}
	close(file);
}

/* Not every file system has direct I/O. */
static bool can_have(const struct trial *trial, const char *name,
		     const char *kind)
{
	char path[256];
	int file;

	if (strcmp(kind, ",direct"))
		return true;
	snprintf(path, sizeof(path), "%s/%s", trial->folder, name);
	file = open(path, O_RDWR | O_DIRECT);
	if (file >= 0)
		close(file);
	return file >= 0;
}

static void add_disks(struct trial *trial)
{
	static const char *const kinds[] = { "", "", ",ro", ",direct",
					     ",serial=random" };
	struct draw *from = &trial->plan.from;

	for (unsigned i = 1 + pick(from, 3); i; i--) {
		trial->plan.devices++;
		const char *kind;
		char name[8] = { 'd', 'i', 's', 'k', (char)('0' + i) };

		make_file(trial, name, "", 0, DISK_SIZE);
		word(trial, "--disk");
		kind = PICK_FROM(from, kinds);
		word(trial, "%s/%s%s", trial->folder, name,
		     can_have(trial, name, kind) ? kind : "");
	}
}

static void add_devices(struct trial *trial)
{
	struct draw *from = &trial->plan.from;
	bool has_hvc = one_in(from, 3), has_balloon = one_in(from, 3);
	bool has_rng = !one_in(from, 4);

	if (one_in(from, 2))
		add_disks(trial);
	trial->has_socket = one_in(from, 3);
	if (trial->has_socket) {
		word(trial, "--vsock");
		word(trial, "cid=3,path=%s/vsock", trial->folder);
	}
	if (has_hvc)
		word(trial, "--console=virtio");
	if (has_balloon)
		word(trial, "--balloon");
	if (!has_rng)
		word(trial, "--rng=off");
	trial->plan.devices +=
	    (unsigned)(trial->has_socket + has_hvc + has_balloon + has_rng);
	if (one_in(from, 6))
		word(trial, "--testdev");
}

static void add_rest(struct trial *trial)
{
	struct draw *from = &trial->plan.from;

	if (one_in(from, 4))
		word(trial, "--on-reset=restart");
	if (one_in(from, 4)) {
		word(trial, "--fw-cfg");
		word(trial, "name=opt/random,string=%u",
		     (unsigned)pick(from, 1000000));
	}
	trial->is_loud = one_in(from, 6);
	if (trial->is_loud)
		word(trial, "--debugcon");
}

/* So many times the usual time, on a machine that is slow. */
static double patience(void)
{
	const char *times = getenv("PATIENCE");

	return times ? atof(times) : 1;
}

void trial_prepare(struct trial *trial)
{
	struct plan *plan = &trial->plan;

	trial->word_count = 0;
	trial->text_size = 0;
	mkdir(trial->folder, 0700);
	image_plan(plan, trial->seed);
	plan->devices = 0;
	word(trial, "%s", trial->mayfly);
	word(trial, "run");
	word(trial, plan->is_firmware ? "--firmware" : "--kernel");
	word(trial, "%s/guest", trial->folder);
	word(trial, "--mem=%lluK", (unsigned long long)(plan->memory >> 10));
	word(trial, "--cpus=%u", plan->cpus);
	word(trial, "--timeout=%g",
	     0.01 * (2 + pick(&plan->from, 3)) * patience());
	add_devices(trial);
	add_rest(trial);
	trial->input = pick(&plan->from, STREAMS);
	trial->output = pick(&plan->from, STREAMS);
	image_make(plan, &trial->image);
	make_file(trial, "guest", trial->image.bytes, trial->image.size,
		  (off_t)trial->image.size);
}
