/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_agent.h"

#include "codec/words.h"
#include "sys/proc.h"

void
agent_program(const struct config_agent *a, struct buf *ret)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	if (words_split(str_of(a->start), &words, NULL) < 0)
		return; /* the configuration would not have loaded */
	buf_adds(ret, a->starts_profile ? a->profile : words.v[0]);
}

int
agent_find(const struct config_agent *a, struct buf *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	agent_program(a, &name);
	return proc_find_program(name.p, getenv("PATH"), ret, err);
}
