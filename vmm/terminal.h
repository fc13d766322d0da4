/*
 * The user's terminal: raw while a guest runs, and put back whatever happens.
 */
#ifndef VMM_TERMINAL_H
#define VMM_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes the terminal at standard input raw, and sees to it that a signal that
 * kills mayfly puts it back first, but SIGBUS and SIGUSR1, which are caught
 * already (vmm/memory_failure.h, cpu/vcpu.h). Once is enough; more does no
 * harm. False when standard input is no terminal; then nothing was done. Nor is
 * with one that has been hung up, whose input ends at once.
 */
bool terminal_raw(void);

/* Puts the terminal back; may be called twice, and in a signal handler. */
void terminal_restore(void);

/*
 * The same, in a thread that is about to end the process, whatever the others
 * do: it is not made raw any more.
 */
void terminal_restore_at_death(void);

/* What a byte that the user typed means. */
enum key_action { KEY_SEND, KEY_NOTHING, KEY_QUIT, KEY_HELP };

/*
 * Ctrl-A begins a command: x quits, h helps, Ctrl-A sends itself. Anything
 * else after it is dropped. `*prefixed` is the state between two bytes.
 */
enum key_action key_action(uint8_t byte, bool *prefixed);

extern const char terminal_help[];

#endif
