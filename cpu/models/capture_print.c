#include "cpu/models/capture.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const word_names[FEATURE_WORDS] = {
#define WORD(NAME) [FEATURES_##NAME] = "FEATURES_" #NAME
	WORD(1_EDX),
	WORD(1_ECX),
	WORD(6_EAX),
	WORD(7_0_EBX),
	WORD(7_0_ECX),
	WORD(7_0_EDX),
	WORD(7_1_EAX),
	WORD(7_1_EDX),
	WORD(7_2_EDX),
	WORD(A_EAX),
	WORD(D_1_EAX),
	WORD(8000_0001_EDX),
	WORD(8000_0001_ECX),
	WORD(8000_0007_EBX),
	WORD(8000_0007_EDX),
	WORD(8000_0008_EBX),
	WORD(8000_0021_EAX),
	WORD(4000_0001_EAX),
	WORD(ARCH_CAPABILITIES),
};

static void print_text(const char *field, const char *text)
{
	printf("\t.%s = \"", field);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(isprint((unsigned char)*text) ? *text : '?');
	}
	puts("\",");
}

/* FEATURE(NAME): the names in capitals. */
static void print_feature(const char *name)
{
	printf("FEATURE(");
	for (; *name; name++)
		putchar(toupper((unsigned char)*name));
	putchar(')');
}

static void print_word(unsigned word, uint32_t bits)
{
	const char *between = "";

	if (!bits)
		return;
	printf("\t.features[%s] =\n\t    ", word_names[word]);
	for (unsigned bit = 0; bit < 32; bit++)
		if (bits >> bit & 1) {
			printf("%s", between);
			print_feature(feature_name(word, bit));
			between = " |\n\t    ";
		}
	puts(",");
}

static void print_flag(const char *name, bool value)
{
	if (value)
		printf("\t\t\t.%s = true,\n", name);
}

static void print_cache(const struct cpu_cache *cache)
{
	static const char *const types[] = { "CACHE_NONE", "CACHE_DATA",
					     "CACHE_INSTRUCTION",
					     "CACHE_UNIFIED" };

	printf("\t\t{\n\t\t\t.type = %s,\n\t\t\t.level = %u,\n"
	       "\t\t\t.scope = %s,\n\t\t\t.ways = %u,\n"
	       "\t\t\t.partitions = %u,\n\t\t\t.line = %u,\n"
	       "\t\t\t.sets = %u,\n",
	       types[cache->type], cache->level,
	       cache->scope == CACHE_PER_PACKAGE ? "CACHE_PER_PACKAGE"
						 : "CACHE_PER_CORE",
	       cache->ways, cache->partitions, cache->line, cache->sets);
	print_flag("is_inclusive", cache->is_inclusive);
	print_flag("has_complex_indexing", cache->has_complex_indexing);
	print_flag("does_not_write_back_invalidate",
		   cache->does_not_write_back_invalidate);
	puts("\t\t},");
}

void capture_print(const struct cpu_model *model)
{
	printf("/*\n * What a host's KVM supported when this was captured.\n"
	       " */\n#include \"cpu/models/model.h\"\n\n"
	       "extern const struct cpu_model captured;\n\n"
	       "const struct cpu_model captured = {\n");
	print_text("name", model->name);
	print_text("vendor", model->vendor);
	printf("\t.level = 0x%" PRIX32 ",\n\t.xlevel = 0x%" PRIX32 ",\n"
	       "\t.family = %" PRIu32 ",\n\t.model = %" PRIu32 ",\n"
	       "\t.stepping = %" PRIu32 ",\n",
	       model->level, model->xlevel, model->family, model->model,
	       model->stepping);
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		print_word(word, model->features[word]);
	if (model->caches[0].type) {
		puts("\t.caches = {");
		for (int i = 0; i < MODEL_CACHES_MAX; i++)
			if (model->caches[i].type)
				print_cache(&model->caches[i]);
		puts("\t},");
	}
	print_text("model_id", model->model_id);
	printf("\t.physical_address_bits = %u,\n"
	       "\t.linear_address_bits = %u,\n};\n",
	       model->physical_address_bits, model->linear_address_bits);
}
