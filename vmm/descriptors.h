/*
 * The descriptors that the VM still needs, so that all others can be closed:
 * what whoever started mayfly left open, and images once they are mapped.
 * --kernel /dev/fd/5 is no exception: that opens the file again.
 */
#ifndef VMM_DESCRIPTORS_H
#define VMM_DESCRIPTORS_H

/* A vCPU, a module and a device have one or two each. */
#define DESCRIPTORS_MAX 512

/* In ascending order, each once. All zero: none. */
struct descriptors {
	unsigned count;
	int fds[DESCRIPTORS_MAX];
};

/* One below 0 is none. */
void descriptors_add(struct descriptors *ours, int fd);

/* Closes what is not in the list. No other thread opens anything meanwhile. */
void descriptors_close_others(const struct descriptors *ours);

#endif
