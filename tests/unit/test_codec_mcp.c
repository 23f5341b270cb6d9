/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of JSON-RPC, and tool calls that become command lines. */
#include "base/base.h"

#include "codec/mcp_tool.h"
#include "codec/rpc.h"

#include <setjmp.h>

#include <cmocka.h>

static void
refused(const char *line, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct rpc m = RPC_INIT;

	if (rpc_parse(str_of(line), &m, &out))
		fail_msg("%s was taken", line);
	if (strstr(out.p, want) == NULL)
		fail_msg("%s: \"%s\" has no \"%s\"", line, out.p, want);
	assert_int_equal(out.p[out.len - 1], '\n');
}

static void
test_what_is_no_message_is_answered(void **state)
{
	(void)state;
	refused("", "-32700");
	refused("{", "\"id\":null,\"error\":{\"code\":-32700");
	refused("[]", "must be one object");
	refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"a\"}", "-32700");
	refused("{\"id\":1,\"method\":\"a\"}", "\"id\":null,\"error\":{\"code\":-32600");
	refused("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}", "a string or an integer");
	refused("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", "a string or an integer");
	refused("{\"jsonrpc\":\"2.0\",\"id\":\"x\\\"\\n\",\"method\":7}",
	    "\"id\":\"x\\\"\\n\",\"error\":{\"code\":-32600");
	refused(
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"a\",\"params\":[1]}", "must be an object");
	refused("{\"jsonrpc\":\"2.0\"}", "is missing");
}

static void
test_kinds_of_messages(void **state)
{
	static const struct {
		const char *line;
		enum rpc_kind kind;
	} cases[] = {
		{ "{\"jsonrpc\":\"2.0\",\"id\":-3,\"method\":\"ping\"}", RPC_REQUEST },
		{ "{\"jsonrpc\":\"2.0\",\"id\":\"p-1\",\"method\":\"ping\",\"params\":{}}",
		    RPC_REQUEST },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", RPC_NOTE },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", RPC_REPLY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;
		struct rpc m = RPC_INIT;

		assert_true(rpc_parse(str_of(cases[i].line), &m, &out));
		assert_int_equal(m.kind, cases[i].kind);
		assert_int_equal(out.len, 0);
		if (m.kind == RPC_REQUEST) {
			rpc_answer(&out, buf_str(&m.id), json_new());
			assert_non_null(strstr(out.p, i == 0 ? "\"id\":-3," : "\"id\":\"p-1\","));
			assert_non_null(strstr(out.p, ",\"result\":{}}\n"));
		}
		rpc_release(&m);
	}
}

/* The command line that a call becomes: words with a | between them, and < what goes to stdin. */
static void
becomes(unsigned side, const char *tool, const char *arguments, const char *want)
{
	_cleanup_(buf_release) struct buf params = BUF_INIT, input = BUF_INIT, got = BUF_INIT;
	_cleanup_(json_drop) json_t *o = NULL;
	struct strvec argv = STRVEC_INIT;
	const struct mcp_tool *t = mcp_tool_find(str_of(tool), side);
	struct err err = ERR_INIT;

	assert_non_null(t);
	buf_addf(&params, "{\"name\":\"%s\",\"arguments\":%s}", tool, arguments);
	assert_int_equal(json_open(buf_str(&params), RPC_DEPTH_MAX, &o, NULL), 0);
	if (mcp_tool_read(t, o, &argv, &input, &err) < 0) {
		buf_addf(&got, "! %s", err.text);
	} else {
		for (size_t i = 0; i < argv.n; i++)
			buf_addf(&got, "%s%s", i > 0 ? "|" : "", argv.v[i]);
		if (input.len > 0)
			buf_addf(&got, " < %s", input.p);
	}
	strvec_release(&argv);
	if (strcmp(got.p, want) != 0)
		fail_msg("%s %s: \"%s\", not \"%s\"", tool, arguments, got.p, want);
}

static void
test_calls_become_commands_X_7(void **state)
{
	(void)state;
	becomes(MCP_AUTHOR, "report_done", "{\"summary\":\"a\\nb\"}", "done|-F|- < a\nb");
	becomes(MCP_AUTHOR, "report_done", "{\"summary\":\"a\",\"commit\":\"--wip\"}",
	    "done|-F|-|--commit|--wip < a");
	becomes(MCP_AUTHOR, "ask_question",
	    "{\"question\":\"Which?\",\"choices\":[\"a\",\"--b c\"]}",
	    "question|-F|-|--choice|a|--choice|--b c < Which?");
	becomes(MCP_REVIEWER, "report_verdict", "{\"feedback\":\"no\",\"verdict\":\"fail\"}",
	    "fail|-F|- < no");
	becomes(MCP_OPERATOR, "ticket", "{\"id\":12}", "show|--json|--|12");
	becomes(MCP_OPERATOR, "list_tickets", "{}", "ls|--json");
	becomes(MCP_OPERATOR, "list_tickets", "{\"all\":true,\"mission\":\"$(x)\"}",
	    "ls|--json|--mission|$(x)|--all");
	becomes(MCP_OPERATOR, "wait", "{\"ids\":[3,4],\"any\":true}",
	    "wait|--json|--timeout=45s|--any|--|3|4");
	becomes(MCP_OPERATOR, "wait", "{\"ids\":[]}",
	    "! \"ids\" must be an array of numbers, at least one");
	becomes(MCP_OPERATOR, "inbox", "{\"read\":\"12.41,13.7\"}",
	    "inbox|--json|--peek|--read|12.41,13.7");
	becomes(MCP_AUTHOR, "inbox", "{}", "inbox|--json|--peek");
	becomes(MCP_OPERATOR, "new_ticket",
	    "{\"title\":\"--park\",\"text\":\"do\",\"after\":[3,4],\"priority\":0,\"park\":false}",
	    "new|--json|-F|-|--after|3,4|--priority|0|--|--park < do");
}

static void
test_calls_that_are_wrong_are_explained(void **state)
{
	(void)state;
	becomes(MCP_AUTHOR, "report_done", "{}", "! report_done needs the argument \"summary\"");
	becomes(MCP_AUTHOR, "report_done", "{\"summary\":\" \"}",
	    "! \"summary\" must be a text; it is empty");
	becomes(MCP_AUTHOR, "report_done", "{\"summary\":1}", "! \"summary\" must be a string");
	becomes(MCP_AUTHOR, "report_done", "{\"sumary\":\"x\"}",
	    "! report_done has no argument \"sumary\"");
	becomes(MCP_AUTHOR, "report_done", "[1]", "! \"arguments\" must be an object");
	becomes(MCP_REVIEWER, "report_verdict", "{\"feedback\":\"x\",\"verdict\":\"merge\"}",
	    "! \"verdict\" must be one of pass, fail");
	becomes(MCP_OPERATOR, "ticket", "{\"id\":\"12\"}", "! \"id\" must be a number from 0 on");
	becomes(MCP_OPERATOR, "ticket", "{\"id\":-1}", "! \"id\" must be a number from 0 on");
	becomes(MCP_OPERATOR, "new_ticket", "{\"title\":\"x\",\"after\":[\"1\"]}",
	    "! \"after\" must be a number from 0 on");
	becomes(MCP_OPERATOR, "new_ticket", "{\"title\":\"x\",\"park\":1}",
	    "! \"park\" must be true or false");
}

/* Who may do what is decided by who it is, not by what the client shows to its model. */
static void
test_each_side_has_its_own_tools_E_9(void **state)
{
	(void)state;
	assert_null(mcp_tool_find(STR("report_verdict"), MCP_AUTHOR));
	assert_null(mcp_tool_find(STR("report_done"), MCP_REVIEWER));
	assert_null(mcp_tool_find(STR("new_ticket"), MCP_AUTHOR | MCP_REVIEWER));
	assert_null(mcp_tool_find(STR("report_done"), MCP_OPERATOR));
	assert_null(mcp_tool_find(STR(""), MCP_AUTHOR | MCP_REVIEWER | MCP_OPERATOR));
	for (unsigned side = MCP_AUTHOR; side <= MCP_OPERATOR; side *= 2) {
		_cleanup_(json_drop) json_t *o = mcp_tools_list(side);
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		json_add(o, true, &b);
		assert_non_null(strstr(b.p, "\"name\":\"ticket\""));
		assert_non_null(strstr(b.p, "\"anthropic/alwaysLoad\":true"));
		assert_int_equal(strstr(b.p, "report_done") != NULL, side == MCP_AUTHOR);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_message_is_answered),
		cmocka_unit_test(test_kinds_of_messages),
		cmocka_unit_test(test_calls_become_commands_X_7),
		cmocka_unit_test(test_calls_that_are_wrong_are_explained),
		cmocka_unit_test(test_each_side_has_its_own_tools_E_9),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
