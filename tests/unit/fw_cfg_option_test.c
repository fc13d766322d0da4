/* The value of --fw-cfg. */
#include "vmm/fw_cfg_option.h"

#include "tests/unit/unit.h"

static struct fw_cfg_option option;
static struct reason why;

static bool parse(const char *text)
{
	why = (struct reason){ "" };
	memset(&option, 0xA5, sizeof(option));
	return fw_cfg_option_parse(text, &option, &why);
}

#define CHECK_REFUSED(value, words)                                            \
	do {                                                                   \
		CHECK(!parse(value));                                          \
		CHECK_SAYS(why.text, words);                                   \
	} while (0)

CASE(a_file_is_named)
{
	CHECK(parse("name=opt/a,file=/tmp/f"));
	CHECK(!strcmp(option.name, "opt/a"));
	CHECK(!strcmp(option.file, "/tmp/f"));
	CHECK(option.string == NULL);
}

CASE(a_string_is_taken_whole)
{
	CHECK(parse("name=opt/org.example/s,string=a,b=c,,d "));
	CHECK(!strcmp(option.name, "opt/org.example/s"));
	CHECK(!strcmp(option.string, "a,b=c,,d "));
	CHECK(option.file == NULL);
	CHECK(parse("name=s,string="));
	CHECK_EQ(option.string[0], '\0');
}

CASE(a_name_has_55_characters)
{
	char text[100] = "name=";

	memset(text + 5, 'n', 55);
	strcpy(text + 60, ",string=x");
	CHECK(parse(text));
	CHECK_EQ(strlen(option.name), 55);
	text[60] = 'n';
	strcpy(text + 61, ",string=x");
	CHECK_REFUSED(text, "56 characters; at most 55");
}

CASE(what_is_wrong_is_said)
{
	CHECK_REFUSED("", "want name=NAME");
	CHECK_REFUSED("opt/a", "'opt/a': want name=NAME");
	CHECK_REFUSED("name=opt/a", "want name=NAME");
	CHECK_REFUSED("name=opt/a,", "want name=NAME");
	CHECK_REFUSED("name=opt/a,string", "want name=NAME");
	CHECK_REFUSED("name=opt/a,value=3", "want name=NAME");
	CHECK_REFUSED("file=f,name=opt/a", "want name=NAME");
	CHECK_REFUSED("name=,string=x", "the name is empty");
	CHECK_REFUSED("name=opt/a,file=", "opt/a: the file's name is empty");
	CHECK_REFUSED("name=a b,string=x", "a space");
	CHECK_REFUSED("name=a\n,string=x", "cannot be printed");
}

RUN("fw_cfg_option", &a_file_is_named, &a_string_is_taken_whole,
    &a_name_has_55_characters, &what_is_wrong_is_said)
