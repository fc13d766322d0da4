/*
 * The vCPUs of a test, whose own thread does what the event loop's does: the
 * boot vCPU has a thread, too.
 */
#ifndef TESTS_VCPU_THREADS_H
#define TESTS_VCPU_THREADS_H

#include "cpu/vcpu.h"

#include <pthread.h>
#include <stddef.h>

static pthread_t boot_thread;

static void *run_boot(void *unused)
{
	(void)unused;
	vcpus_run_boot();
	return NULL;
}

/* Configures and starts what vcpus_create has made. */
static bool start_vcpus(const struct entry *entry, const struct ram *ram,
			struct ending *ending, struct reason *why)
{
	if (!vcpus_configure(entry, ram, ending, why))
		return false;
	if (pthread_create(&boot_thread, NULL, run_boot, NULL))
		return fail(why, "no thread for the boot vCPU");
	return vcpus_start_others(why);
}

static void stop_vcpus(void)
{
	vcpus_stop();
	pthread_join(boot_thread, NULL);
	vcpus_destroy();
}

#endif
