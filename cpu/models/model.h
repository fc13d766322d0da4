/*
 * A CPU model, in the terms of Intel's and AMD's manuals: what a file of this
 * folder describes, and the build turns into the tables of cpu/compiled.h.
 * Nothing here is in the monitor.
 */
#ifndef CPU_MODELS_MODEL_H
#define CPU_MODELS_MODEL_H

#include "cpu/features.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_CACHES_MAX   4
#define MODEL_VERSIONS_MAX 8

/* CPUID.4:EAX 4:0 and 0x8000001D:EAX 4:0. */
enum cache_type { CACHE_NONE, CACHE_DATA, CACHE_INSTRUCTION, CACHE_UNIFIED };

/* Who shares a cache. */
enum cache_scope { CACHE_PER_CORE, CACHE_PER_PACKAGE };

/* One row of leaf 4 (Intel) or 0x8000001D (AMD), and of what is older. */
struct cpu_cache {
	enum cache_type type;
	unsigned level;
	enum cache_scope scope;
	unsigned ways;       /* associativity */
	unsigned partitions; /* physical line partitions */
	unsigned line;       /* bytes */
	unsigned sets;
	bool is_inclusive; /* of the lower levels */
	bool has_complex_indexing;
	bool does_not_write_back_invalidate; /* CPUID.4:EDX bit 0 */
};

/*
 * A version is the one before with a change: "+this,-that" as CPU_FEATURES has
 * it, and what of the signature is not 0.
 */
struct cpu_version {
	unsigned number;
	const char *change;
	uint32_t model, stepping;
	const char *model_id;
};

struct cpu_model {
	const char *name; /* without version */
	const char *vendor;
	uint32_t level;  /* highest basic leaf */
	uint32_t xlevel; /* highest extended leaf */
	uint32_t family, model, stepping;
	uint32_t features[FEATURE_WORDS];
	struct cpu_cache caches[MODEL_CACHES_MAX];
	const char *model_id; /* the brand string, to 48 bytes */
	unsigned physical_address_bits;
	unsigned linear_address_bits; /* follows LA57, once that is known */
	/* From 2 on; version 1 is what stands above. Empty: it has none. */
	struct cpu_version versions[MODEL_VERSIONS_MAX];
};

#endif
