/*
 * Leaf 0xD: Intel SDM vol. 1, 13.2 and vol. 2 (CPUID); AMD APM vol. 2, 11.5.
 * The parts of an XSAVE area follow from the model's features.
 */
#include "cpu/models/rows_add.h"

#include "cpu/cpuid_xsave.h"

#define X87_AND_SSE 3

enum { SUPERVISOR = 1, ALIGNED = 2, XFD = 4 }; /* CPUID.0DH.n:ECX */

static const struct part {
	unsigned number;
	enum feature_word word;
	uint32_t features; /* it is there when one of these is */
	uint32_t size;
	uint32_t offset; /* on Intel; AMD has them one after another */
	uint32_t flags;
} parts[] = {
	{ 2, FEATURES_1_ECX, FEATURE(AVX), 256, 576, 0 },
	{ 3, FEATURES_7_0_EBX, FEATURE(MPX), 64, 960, 0 },
	{ 4, FEATURES_7_0_EBX, FEATURE(MPX), 64, 1024, 0 },
	{ 5, FEATURES_7_0_EBX, FEATURE(AVX512F), 64, 1088, 0 },
	{ 6, FEATURES_7_0_EBX, FEATURE(AVX512F), 512, 1152, 0 },
	{ 7, FEATURES_7_0_EBX, FEATURE(AVX512F), 1024, 1664, 0 },
	{ 9, FEATURES_7_0_ECX, FEATURE(PKU), 8, 2688, 0 },
	{ 11, FEATURES_7_0_ECX, FEATURE(CET_SS), 16, 0, SUPERVISOR },
	{ 11, FEATURES_7_0_EDX, FEATURE(CET_IBT), 16, 0, SUPERVISOR },
	{ 12, FEATURES_7_0_ECX, FEATURE(CET_SS), 24, 0, SUPERVISOR },
	{ 15, FEATURES_7_0_EDX, FEATURE(ARCH_LBR), 808, 0, SUPERVISOR },
	{ 17, FEATURES_7_0_EDX, FEATURE(AMX_TILE), 64, 2752, ALIGNED },
	{ 18, FEATURES_7_0_EDX, FEATURE(AMX_TILE), 8192, 2816, ALIGNED | XFD },
};

enum { PARTS = sizeof(parts) / sizeof(*parts) };

static bool is_there(const struct cpu_model *model, const struct part *part)
{
	return model->features[part->word] & part->features;
}

/* XCR0 (of user parts) or IA32_XSS: the parts that have these flags. */
static uint32_t mask(const struct cpu_model *model, uint32_t flags)
{
	uint32_t bits = 0;

	for (int i = 0; i < PARTS; i++)
		if ((parts[i].flags & SUPERVISOR) == flags &&
		    is_there(model, &parts[i]))
			bits |= UINT32_C(1) << parts[i].number;
	return bits;
}

static bool is_twice(const struct cpuid_table *table, unsigned number)
{
	return cpuid_row(table, 0xD, number);
}

static void add_parts(const struct cpu_model *model, struct cpuid_table *table)
{
	uint32_t end = XSAVE_LEGACY_SIZE, offset;

	for (int i = 0; i < PARTS; i++) {
		const struct part *part = &parts[i];

		if (!is_there(model, part) || is_twice(table, part->number))
			continue;
		if (part->flags & SUPERVISOR) {
			offset = 0;
		} else {
			offset = model_is_amd(model) ? end : part->offset;
			end = offset + part->size;
		}
		rows_add(table, 0xD, (int)part->number, part->size, offset,
			 part->flags, 0);
	}
}

/*
 * The sizes that follow XCR0 and IA32_XSS as they are at the moment (EBX of 0
 * and 1) KVM keeps up to date; here they are as at reset.
 */
void rows_xsave(const struct cpu_model *model, struct cpuid_table *table)
{
	uint32_t ways = model->features[FEATURES_D_1_EAX], first = table->count;
	bool is_compact = ways & (FEATURE(XSAVEC) | FEATURE(XSAVES));

	if (!(model->features[FEATURES_1_ECX] & FEATURE(XSAVE)))
		return;
	rows_add(table, 0xD, 0, mask(model, 0) | X87_AND_SSE, XSAVE_LEGACY_SIZE,
		 0, 0);
	rows_add_if_any(table, 0xD, 1, ways, is_compact ? XSAVE_LEGACY_SIZE : 0,
			ways & FEATURE(XSAVES) ? mask(model, SUPERVISOR) : 0,
			0);
	add_parts(model, table);
	table->rows[first].ecx = cpuid_xstate_size(table);
}
