/*
 * The value of --fw-cfg: name=NAME,file=FILE or name=NAME,string=TEXT.
 */
#ifndef VMM_FW_CFG_OPTION_H
#define VMM_FW_CFG_OPTION_H

#include "board-pc/fw_cfg.h"
#include "vmm/reason.h"

/* One of `file` and `string` is NULL; the other is inside the option's text. */
struct fw_cfg_option {
	char name[FW_CFG_NAME_SIZE];
	const char *file;   /* not empty */
	const char *string; /* may be empty; its zero is no part of the item */
};

/*
 * The name comes first, has no comma and at most 55 printable characters. What
 * follows file= or string= is taken whole, commas too. The reason is without
 * the option's name.
 */
bool fw_cfg_option_parse(const char *text, struct fw_cfg_option *option,
			 struct reason *why);

#endif
