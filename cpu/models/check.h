/*
 * Whether a model's features can be together in one CPU.
 */
#ifndef CPU_MODELS_CHECK_H
#define CPU_MODELS_CHECK_H

#include "cpu/models/model.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Every feature has what it needs, its leaves are made and not above the
 * model's highest one, and the model's own figures fit their fields.
 */
bool model_check(const struct cpu_model *model, struct reason *why);

/* A feature and one that it needs, by name; the table ends with NULLs. */
struct prerequisite {
	const char *feature, *needs;
};
extern const struct prerequisite model_prerequisites[];

#endif
