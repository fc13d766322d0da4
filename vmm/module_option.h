/*
 * --initrd FILE[ WORDS][,FILE[ WORDS]]...: the guest's modules. A comma that is
 * meant is written twice.
 */
#ifndef VMM_MODULE_OPTION_H
#define VMM_MODULE_OPTION_H

#include "boot/loader.h"
#include "vmm/reason.h"

#include <stdbool.h>

/* What --initrd says, and half as much of it in names. */
#define MODULE_TEXT_SIZE 16384

/*
 * Sets the modules' names and strings, which are in `room` then, and how many
 * there are. The reason is without the option's name.
 */
bool module_option_parse(const char *text, char room[MODULE_TEXT_SIZE],
			 struct module modules[MODULES_MAX], unsigned *count,
			 struct reason *why);

#endif
