/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mcp_call.h: a tool call under way: a command of this program in a process of its own, so that a report made
 * here is the report that is made in a shell, in every respect, and is durable before it is answered.
 *
 *	mcp_call_start()
 *	mcp_call_wants()	what to poll for
 *	mcp_call_on_ready()	until it returns true: it has ended
 *	mcp_call_result()	what tools/call answers
 *	mcp_call_release()
 *
 * A lookup dies with us and may be ended by mcp_call_stop(); a report never is: it finishes by itself.
 */
#ifndef CLI_MCP_CALL_H
#define CLI_MCP_CALL_H

#include <poll.h>

#include "base/vec.h"
#include "codec/mcp_tool.h"

#define MCP_CALL_FDS 3

struct mcp_call {
	struct buf id; /* of the request, as JSON */
	enum mcp_manner manner;
	bool is_cancelled; /* nobody wants the answer any more */
	pid_t pid;         /* 0: none was started */
	int pidfd, out, errors;
	struct buf text, complaint;
	size_t dropped; /* bytes of output above the limit */
	int status;     /* as of waitpid, once it has ended */
};

/* argv: the command's name first.  ERR_LIMIT: no processes or descriptors. */
int
mcp_call_start(struct mcp_call *c, const struct strvec *argv, struct str input, struct err *err);
void mcp_call_wants(const struct mcp_call *c, struct pollfd ret[MCP_CALL_FDS]);
bool mcp_call_on_ready(struct mcp_call *c);
void mcp_call_stop(struct mcp_call *c);
json_t *mcp_call_result(const struct mcp_call *c);
void mcp_call_release(struct mcp_call *c);

/* The same for a call that could not begin. */
json_t *mcp_call_refusal(const char *why);

#endif
