#include "vmm/syscall_names.h"

#include <stdint.h>

/* In 5 bits a character: scripts/list-syscalls, by the Makefile. */
static const uint8_t names[] = {
#include <syscall_names.inc>
};

static unsigned code_at(unsigned index)
{
	unsigned bit = index * 5;
	unsigned both = names[bit / 8];

	if (bit / 8 + 1 < sizeof(names))
		both |= (unsigned)names[bit / 8 + 1] << 8;
	return both >> bit % 8 & 31;
}

void syscall_name(unsigned number, char name[SYSCALL_NAME_SIZE])
{
	static const char letters[] = "\0abcdefghijklmnopqrstuvwxyz_246";
	const unsigned end = sizeof(names) * 8 / 5;
	unsigned at = 0, length = 0, code;

	for (; number && at < end; at++)
		number -= !code_at(at);
	while (at < end && (code = code_at(at++)) &&
	       length < SYSCALL_NAME_SIZE - 1)
		name[length++] = (char)(code < 31 ? (unsigned)letters[code]
						  : '0' + code_at(at++));
	name[length] = '\0';
}
