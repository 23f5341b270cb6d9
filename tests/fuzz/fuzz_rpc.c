/* SPDX-License-Identifier: GPL-2.0-only */
/* Every line is a message or is answered by exactly one line; a call of any tool has a command's name. */
#include "base/base.h"

#include "codec/mcp_tool.h"
#include "codec/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned all = MCP_AUTHOR | MCP_REVIEWER | MCP_OPERATOR;
	_cleanup_(buf_release) struct buf out = BUF_INIT, input = BUF_INIT;
	struct strvec argv = STRVEC_INIT;
	const struct mcp_tool *t;
	struct rpc m = RPC_INIT;
	struct str name = { NULL, 0 };
	struct err err = ERR_INIT;

	if (!rpc_parse(str_n((const char *)p, n), &m, &out)) {
		if (out.len == 0 || memchr(out.p, '\n', out.len) != out.p + out.len - 1)
			BUG("answered by \"%s\"", out.p);
		return 0;
	}
	if (m.params)
		(void)json_get_str(m.params, "name", &name, NULL);
	t = mcp_tool_find(name, all);
	if (t && mcp_tool_read(t, m.params, &argv, &input, &err) == 0 && argv.v[0][0] == '\0')
		BUG("a call without a command");
	strvec_release(&argv);
	rpc_release(&m);
	return 0;
}
