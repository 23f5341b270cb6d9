/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mcp_serve.h: a Model Context Protocol server on two descriptors (stdio transport: a message a line).
 *
 * Versions 2025-03-26 to 2025-11-25 are spoken; a client that asks for another one is told the newest.  Tools
 * can be listed and called without initialize, too.  Requests are answered as they end, not in their
 * order.  notifications/cancelled ends a lookup; a report under way is finished, and its answer is dropped.
 *
 * When the input ends, who only sleeps (wait) is ended, and the other calls are finished and answered.  A line of
 * more than MCP_LINE_MAX bytes is answered with an error and passed over.  While the client does not read
 * its answers, nothing more is read from it.
 */
#ifndef CLI_MCP_SERVE_H
#define CLI_MCP_SERVE_H

#include "base/err.h"
#include "base/vec.h"

#define MCP_LINE_MAX ((size_t)4 * 1024 * 1024)

struct mcp_config {
	unsigned sides;         /* enum mcp_side: whose tools */
	struct strvec identity; /* options that are added to each report */
	const char *version, *instructions;
};

/* Until the input ends: 0.  ERR_IO: the descriptors cannot be used. */
int mcp_serve(const struct mcp_config *config, int in, int out, struct err *err);

#endif
