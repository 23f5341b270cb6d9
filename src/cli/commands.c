/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/commands.h"

const struct command *
command_at(size_t i)
{
	static const struct command *const parts[] = { commands_setup, commands_look,
		commands_decide, commands_run, commands_worker, commands_other };

	for (size_t part = 0; part < ARRAY_LEN(parts); part++)
		for (const struct command *c = parts[part]; c->name != NULL; c++)
			if (i-- == 0)
				return c;
	return NULL;
}
