#include "cpu/models/all.h"

#include <stddef.h>

/* Each in a file of its name; here in the order of `make cpus`. */
extern const struct cpu_model x86_64_v1, x86_64_v2, x86_64_v3, x86_64_v4,
    haswell, broadwell, skylake_server, cascadelake_server, icelake_server,
    sapphire_rapids, epyc, epyc_rome, epyc_milan, epyc_genoa;

/* Only there when the build has captured the host (make CPU=captured). */
extern const struct cpu_model captured __attribute__((weak));

const struct cpu_model *const cpu_models[] = {
	&x86_64_v1,
	&x86_64_v2,
	&x86_64_v3,
	&x86_64_v4,
	&haswell,
	&broadwell,
	&skylake_server,
	&cascadelake_server,
	&icelake_server,
	&sapphire_rapids,
	&epyc,
	&epyc_rome,
	&epyc_milan,
	&epyc_genoa,
	&captured, /* last: NULL when it is not there */
	NULL,
};
