/*
 * The command that looks at the host: `mayfly doctor`.
 */
#ifndef VMM_DOCTOR_H
#define VMM_DOCTOR_H

enum {
	DOCTOR_WELL = 0,     /* nothing to mend */
	DOCTOR_COSTS = 1,    /* guests run, but something is slow or missing */
	DOCTOR_BROKEN = 125, /* no guest can run */
};

/*
 * Prints one line a check to standard output ("ok", "cost" or "bad", what was
 * found, what to do) and returns one of the above.
 */
int doctor(void);

#endif
