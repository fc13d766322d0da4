/*
 * The list of all models.
 */
#ifndef CPU_MODELS_ALL_H
#define CPU_MODELS_ALL_H

#include "cpu/models/model.h"

/* Ends with NULL. */
extern const struct cpu_model *const cpu_models[];

#endif
