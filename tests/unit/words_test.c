/* Words between commas. */
#include "vmm/words.h"

#include "tests/unit/unit.h"

static struct word word;
static const char *text;

/* Takes a word, which has to be this one; NULL: without a value. */
static void take(const char *key, const char *value)
{
	memset(&word, 0xA5, sizeof(word));
	CHECK(text != NULL);
	CHECK(word_take(&text, &word));
	CHECK_EQ(strcmp(word.key, key), 0);
	CHECK_EQ(word.value != NULL, value != NULL);
	CHECK(!value || !strcmp(word.value, value));
}

CASE(words_are_keys_or_keys_and_values)
{
	text = "tap=tap0,ro,mac=";
	take("tap", "tap0");
	take("ro", NULL);
	take("mac", "");
	CHECK(text == NULL);
}

CASE(the_first_equals_sign_counts)
{
	text = "path=a=b=,=,=c";
	take("path", "a=b=");
	take("", "");
	take("", "c");
	CHECK(text == NULL);
}

CASE(an_empty_word_has_an_empty_key)
{
	text = "";
	take("", NULL);
	CHECK(text == NULL);
	text = ", ,";
	take("", NULL);
	take(" ", NULL);
	take("", NULL);
	CHECK(text == NULL);
}

CASE(two_commas_are_one_that_is_meant)
{
	text = ",,a,,b=,,,,c,,,d=,,";
	take(",a,b", ",,c,");
	take("d", ",");
	CHECK(text == NULL);
}

CASE(a_whole_word_keeps_its_equals_signs)
{
	char path[8];

	text = "/a=b,,c,ro";
	CHECK(word_take_whole(&text, path, sizeof(path)));
	CHECK(!strcmp(path, "/a=b,c"));
	take("ro", NULL);
	CHECK(text == NULL);
}

CASE(a_word_that_is_too_long_is_passed)
{
	char path[8];

	text = "1234567,12345678,,9,x";
	CHECK(word_take_whole(&text, path, sizeof(path)));
	CHECK(!strcmp(path, "1234567"));
	CHECK(!word_take_whole(&text, path, sizeof(path)));
	CHECK_EQ(path[7], '\0');
	take("x", NULL);
}

CASE(a_word_has_a_size)
{
	static char longest[WORD_SIZE + 1];

	memset(longest, 'x', WORD_SIZE);
	longest[3] = '=';
	text = longest;
	CHECK(!word_take(&text, &word));
	CHECK(text == NULL);
	longest[WORD_SIZE - 1] = '\0';
	text = longest;
	take("xxx", longest + 4);
	CHECK_EQ(strlen(word.value), WORD_SIZE - 5);
}

RUN("words", &words_are_keys_or_keys_and_values, &the_first_equals_sign_counts,
    &an_empty_word_has_an_empty_key, &two_commas_are_one_that_is_meant,
    &a_whole_word_keeps_its_equals_signs, &a_word_that_is_too_long_is_passed,
    &a_word_has_a_size)
