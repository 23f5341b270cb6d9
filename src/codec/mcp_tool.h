/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mcp_tool.h: what a Model Context Protocol client can call: commands of reeve, with their arguments as JSON.
 *
 *	mcp_tools_list()	the answer to tools/list
 *	mcp_tool_find()		which one does tools/call name?
 *	mcp_tool_read()		its arguments become a command line and what it reads from stdin
 *
 * One table holds the names, schemas and options, so a tool can do what its command can and no more, and
 * says the same words.  Values are words of an argument list, never of a shell; operands stand behind
 * "--", texts go through stdin.
 *
 * Who calls decides what is offered: an author, a reviewer, or somebody who is no worker.
 */
#ifndef CODEC_MCP_TOOL_H
#define CODEC_MCP_TOOL_H

#include "codec/json.h"

enum mcp_side { MCP_AUTHOR = 1, MCP_REVIEWER = 2, MCP_OPERATOR = 4 };

struct mcp_tool;

/* {"tools":[...]}; the caller owns it. */
json_t *mcp_tools_list(unsigned sides);

/* NULL: nobody on these sides has a tool of that name. */
const struct mcp_tool *mcp_tool_find(struct str name, unsigned sides);

/* What becomes of a call that nobody waits for any more. */
enum mcp_manner {
	MCP_LOOKS,   /* changes nothing, and is soon over */
	MCP_WAITS,   /* changes nothing, and may sleep */
	MCP_REPORTS, /* speaks for a worker, and takes --ticket, --episode and --nonce-file */
	MCP_CHANGES,
};
enum mcp_manner mcp_tool_manner(const struct mcp_tool *t);

/* params: of tools/call.  Appends to argv (the command's name first) and input.  ERR_INVALID: which argument
 * is wrong and what it must be; argv and input may hold a part then. */
int mcp_tool_read(const struct mcp_tool *t, const json_t *params, struct strvec *argv,
    struct buf *input, struct err *err);

#endif
