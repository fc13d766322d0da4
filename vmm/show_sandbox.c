#include "vmm/show_sandbox.h"

#include "vmm/doctor.h"
#include "vmm/seccomp_filter.h"
#include "vmm/syscall_names.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Of each row the check and what the call is for, as the table has them. */
static const char words[] =
#define ROW(name, who, which, what, why) #what "\0" why "\0"
#include "vmm/seccomp_rows.h"
#undef ROW
    ;

static const char *next_word(const char **at)
{
	const char *word = *at;

	*at += strlen(word) + 1;
	return word;
}

/* The names of the bits that are set, with `+` between them. */
static void join(char *text, size_t size, unsigned bits,
		 const char *const *names, unsigned count)
{
	size_t at = 0;

	*text = '\0';
	for (unsigned i = 0; i < count; i++)
		if (bits >> i & 1)
			at += (size_t)snprintf(text + at, size - at, "%s%s",
					       at ? "+" : "", names[i]);
}

static void column(const char *text, size_t width)
{
	fputs(text, stdout);
	for (size_t at = strlen(text); at < width; at++)
		putchar(' ');
}

static void show_row(const struct seccomp_row *row, const char **at)
{
	static const char *const threads[] = { "main", "vcpu", "io" };
	static const char *const parts[] = { "device", "disk", "net",
					     "vsock",  "smp",  "restart",
					     "testdev" };
	char name[SYSCALL_NAME_SIZE], who[16], which[64];
	const char *check = next_word(at), *why = next_word(at);

	syscall_name(row->call, name);
	join(who, sizeof(who), row->threads, threads, COUNT(threads));
	join(which, sizeof(which), row->parts, parts, COUNT(parts));
	column(name, 16);
	column(who, 13);
	column(*which ? which : "always", 13);
	column(strcmp(check, "ANY") ? check : "-", 38);
	puts(why);
}

static void show_host(void)
{
	uint32_t action = SECCOMP_RET_TRAP;
	long abi = syscall(444 /* landlock_create_ruleset */, NULL, (size_t)0,
			   1 /* which ABI is it? */);
	bool has_seccomp =
	    !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);

	printf("%s seccomp: %s\n", has_seccomp ? "ok   " : "cost ",
	       !has_seccomp ? "this host has none"
	       : SECCOMP_HAS_TABLE
		   ? "filters are in force while a guest runs"
		   : "this build has no filters, a release has");
	if (abi > 0)
		printf("ok    Landlock: ABI %d\n", (int)abi);
	else
		puts("cost  Landlock: this host has none: --chroot keeps files "
		     "away");
}

int show_sandbox(void)
{
	const char *at = words;

	show_host();
	puts("\nOnce a VM is set up each thread has these system calls alone, "
	     "and with\nthese arguments; any other ends it with status 126. "
	     "Of an ioctl the\ndescriptor and the request are checked.\n");
	puts("call            threads      in VMs with  check                  "
	     "               what for");
	for (unsigned i = 0; i < seccomp_row_count; i++)
		show_row(&seccomp_rows[i], &at);
	return DOCTOR_WELL;
}
