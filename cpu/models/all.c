#include "cpu/models/all.h"

#include <stddef.h>

/* Each in a file of its name; here in the order of `make cpus`. */
extern const struct cpu_model x86_64_v1;

/* Only there when the build has captured the host (make CPU=captured). */
extern const struct cpu_model captured __attribute__((weak));

const struct cpu_model *const cpu_models[] = {
	&x86_64_v1,
	&captured, /* last: NULL when it is not there */
	NULL,
};
