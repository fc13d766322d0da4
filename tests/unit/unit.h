/*
 * What a unit test needs. A case is a function; a failed CHECK ends its case,
 * not the program. Results are printed one line a case, in TAP's words:
 * "ok - part: case" or "not ok - part: case".
 *
 *	CASE(counts_down) { CHECK_EQ(read(), 41); }
 *	RUN("i8254", counts_down, ...)
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_case {
	const char *name;
	void (*run)(void);
};

static jmp_buf unit_failed;

#define CASE(name)                                                             \
	static void name##_body(void);                                         \
	static const struct unit_case name = { #name, name##_body };           \
	static void name##_body(void)

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__,    \
			       #condition);                                    \
			longjmp(unit_failed, 1);                               \
		}                                                              \
	} while (0)

#define CHECK_EQ(found, wanted)                                                \
	do {                                                                   \
		unsigned long long found_ = (unsigned long long)(found);       \
		unsigned long long wanted_ = (unsigned long long)(wanted);     \
		if (found_ != wanted_) {                                       \
			printf("# %s:%d: %s is 0x%llx, want 0x%llx\n",         \
			       __FILE__, __LINE__, #found, found_, wanted_);   \
			longjmp(unit_failed, 1);                               \
		}                                                              \
	} while (0)

/* The text contains the words. */
#define CHECK_SAYS(text, words)                                                \
	do {                                                                   \
		if (!strstr((text), (words))) {                                \
			printf("# %s:%d: \"%s\" does not say \"%s\"\n",        \
			       __FILE__, __LINE__, (text), (words));           \
			longjmp(unit_failed, 1);                               \
		}                                                              \
	} while (0)

static inline bool unit_passes(const struct unit_case *it)
{
	if (setjmp(unit_failed))
		return false;
	it->run();
	return true;
}

static inline int unit_run(const char *part,
			   const struct unit_case *const *cases, size_t count)
{
	int failures = 0;

	for (size_t i = 0; i < count; i++) {
		bool passed = unit_passes(cases[i]);

		printf("%s - %s: %s\n", passed ? "ok" : "not ok", part,
		       cases[i]->name);
		failures += !passed;
	}
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define RUN(part, ...)                                                         \
	int main(void)                                                         \
	{                                                                      \
		static const struct unit_case *const all[] = { __VA_ARGS__ };  \
		setvbuf(stdout, NULL, _IONBF, 0);                              \
		return unit_run(part, all, sizeof(all) / sizeof(*all));        \
	}

#endif
