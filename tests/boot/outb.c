/*
 * outb PORT VALUE: one byte to an I/O port, from the guest's userspace. Stock
 * kernels have no /dev/port. Numbers as in C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: outb PORT VALUE\n", stderr);
		return 2;
	}

	unsigned short port = (unsigned short)strtoul(argv[1], NULL, 0);

	if (ioperm(port, 1, 1)) {
		perror("outb: ioperm");
		return 1;
	}
	outb((unsigned char)strtoul(argv[2], NULL, 0), port);
	return 0;
}
