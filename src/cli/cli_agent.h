/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_agent.h: the program of an agent, as the configuration has it. */
#ifndef CLI_CLI_AGENT_H
#define CLI_CLI_AGENT_H

#include "codec/config_text.h"

/* Adds the name of what it runs.  One that starts as its profile does runs the program of the profile's name, whatever
 * shell is around it. */
void agent_program(const struct config_agent *a, struct buf *ret);

/* Adds its path; ERR_NOTFOUND: it is not on this PATH. */
int agent_find(const struct config_agent *a, struct buf *ret, struct err *err);

#endif
