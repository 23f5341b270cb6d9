/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/mcp_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clean.h"
#include "cli/mcp_call.h"
#include "codec/rpc.h"

#define MCP_CALLS_MAX 16
#define MCP_STEP      ((size_t)64 * 1024)
#define MCP_OUT_MAX   ((size_t)8 * 1024 * 1024)

struct mcp_server {
	const struct mcp_config *config;
	int in, out;
	struct buf line, answers;
	bool is_skipping; /* the rest of a line that is too long */
	bool is_closed;   /* nothing more comes in */
	bool is_deaf;     /* nobody reads the answers any more */
	struct {
		struct mcp_call *v;
		size_t n;
		size_t cap;
	} calls;
};

/* --- methods --- */

static json_t *
mcp_initialize(const struct mcp_server *s, const json_t *params)
{
	static const char *const versions[] = { "2025-11-25", "2025-06-18", "2025-03-26" };
	json_t *o = json_new(), *can = json_new(), *tools = json_new(), *who = json_new();
	struct str wanted = { NULL, 0 };
	size_t i = 0;

	if (params)
		(void)json_get_str(params, "protocolVersion", &wanted, NULL); /* none, then */
	while (i < ARRAY_LEN(versions) && !str_is(wanted, versions[i]))
		i++;
	json_put_text(o, "protocolVersion", versions[i < ARRAY_LEN(versions) ? i : 0]);
	json_put_bool(tools, "listChanged", false);
	json_object_set_new(can, "tools", tools);
	json_object_set_new(o, "capabilities", can);
	json_put_text(who, "name", "reeve");
	json_put_text(who, "version", s->config->version);
	json_object_set_new(o, "serverInfo", who);
	json_put_text(o, "instructions", s->config->instructions);
	return o;
}

/* A tool that does not exist is the client's mistake; wrong arguments are the model's, who can mend them. */
static void
mcp_call_tool(struct mcp_server *s, const struct rpc *m)
{
	struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf input = BUF_INIT;
	struct mcp_call call = { .id = BUF_INIT, .text = BUF_INIT, .complaint = BUF_INIT };
	const struct mcp_tool *t;
	struct err err = ERR_INIT;
	struct str name = { NULL, 0 };

	if (m->params)
		(void)json_get_str(m->params, "name", &name, NULL); /* no tool is called "" */
	t = mcp_tool_find(name, s->config->sides);
	if (!t) {
		_cleanup_(buf_release) struct buf shown = BUF_INIT;

		clean_add_line(&shown, name, 60);
		rpc_error(
		    &s->answers, buf_str(&m->id), RPC_PARAMS, "there is no tool \"%s\"", shown.p);
		return;
	}
	call.manner = mcp_tool_manner(t);
	call.pidfd = call.out = call.errors = -1;
	buf_add_str(&call.id, buf_str(&m->id));
	if (s->calls.n == MCP_CALLS_MAX)
		(void)err_set(&err, ERR_LIMIT,
		    "%d calls are under way; nothing was done, call again", MCP_CALLS_MAX);
	else if (mcp_tool_read(t, m->params, &argv, &input, &err) == 0) {
		/* options stand before the operands */
		struct strvec words = STRVEC_INIT;

		strvec_push(&words, argv.v[0]);
		for (size_t i = 0; call.manner == MCP_REPORTS && i < s->config->identity.n; i++)
			strvec_push(&words, s->config->identity.v[i]);
		for (size_t i = 1; i < argv.n; i++)
			strvec_push(&words, argv.v[i]);
		(void)mcp_call_start(&call, &words, buf_str(&input), &err); /* err tells */
		strvec_release(&words);
	}
	strvec_release(&argv);
	if (err.text[0] == '\0') {
		*VEC_PUSH(&s->calls) = call;
		return;
	}
	rpc_answer(&s->answers, buf_str(&call.id), mcp_call_refusal(err.text));
	mcp_call_release(&call);
}

static void
mcp_request(struct mcp_server *s, const struct rpc *m)
{
	struct str id = buf_str(&m->id);

	if (str_is(m->method, "initialize"))
		rpc_answer(&s->answers, id, mcp_initialize(s, m->params));
	else if (str_is(m->method, "ping"))
		rpc_answer(&s->answers, id, json_new());
	else if (str_is(m->method, "tools/list"))
		rpc_answer(&s->answers, id, mcp_tools_list(s->config->sides));
	else if (str_is(m->method, "tools/call"))
		mcp_call_tool(s, m);
	else {
		_cleanup_(buf_release) struct buf shown = BUF_INIT;

		clean_add_line(&shown, m->method, 60);
		rpc_error(&s->answers, id, RPC_NO_METHOD, "there is no method \"%s\"", shown.p);
	}
}

static void
mcp_cancel(struct mcp_server *s, const json_t *params)
{
	const json_t *id = json_object_get(params, "requestId");
	char *text = id ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	for (size_t i = 0; i < s->calls.n && text; i++)
		if (strcmp(s->calls.v[i].id.p, text) == 0) {
			s->calls.v[i].is_cancelled = true;
			mcp_call_stop(&s->calls.v[i]);
		}
	free(text);
}

static void
mcp_message(struct mcp_server *s, struct str line)
{
	struct rpc m = RPC_INIT;

	if (str_trim(line).len == 0 || !rpc_parse(line, &m, &s->answers))
		return;
	if (m.kind == RPC_REQUEST)
		mcp_request(s, &m);
	else if (m.kind == RPC_NOTE && str_is(m.method, "notifications/cancelled"))
		mcp_cancel(s, m.params);
	rpc_release(&m);
}

/* --- bytes --- */

static void
mcp_take(struct mcp_server *s, struct str got)
{
	while (got.len > 0) {
		const char *end = memchr(got.p, '\n', got.len);
		size_t n = end ? (size_t)(end - got.p) : got.len;

		if (!s->is_skipping)
			buf_add(&s->line, got.p, n);
		if (s->line.len > MCP_LINE_MAX) {
			rpc_error(&s->answers, STR("null"), RPC_INVALID,
			    "a message of more than %zu bytes is not read", MCP_LINE_MAX);
			buf_clear(&s->line);
			s->is_skipping = true;
		}
		if (end && !s->is_skipping)
			mcp_message(s, buf_str(&s->line));
		if (end) {
			buf_clear(&s->line);
			s->is_skipping = false;
		}
		n += end != NULL;
		got = str_n(got.p + n, got.len - n);
	}
}

/* The client is gone, or going: nobody sleeps for it. */
static void
mcp_close(struct mcp_server *s)
{
	s->is_closed = true;
	for (size_t i = 0; i < s->calls.n; i++)
		if (s->calls.v[i].manner == MCP_WAITS)
			mcp_call_stop(&s->calls.v[i]);
}

static void
mcp_read(struct mcp_server *s)
{
	static char step[MCP_STEP];
	ssize_t n = read(s->in, step, sizeof step);

	if (n > 0) {
		mcp_take(s, str_n(step, (size_t)n));
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		mcp_close(s);
	}
}

static void
mcp_write(struct mcp_server *s)
{
	ssize_t n = write(s->out, s->answers.p, s->answers.len);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		s->is_deaf = true; /* what is under way is still finished */
		mcp_close(s);
		buf_clear(&s->answers);
	} else if (n > 0) {
		memmove(s->answers.p, s->answers.p + n, s->answers.len - (size_t)n);
		buf_truncate(&s->answers, s->answers.len - (size_t)n);
	}
}

/* --- loop --- */

static void
mcp_end_call(struct mcp_server *s, size_t i)
{
	struct mcp_call *c = &s->calls.v[i];

	if (!c->is_cancelled && !s->is_deaf)
		rpc_answer(&s->answers, buf_str(&c->id), mcp_call_result(c));
	mcp_call_release(c);
	s->calls.v[i] = s->calls.v[--s->calls.n];
}

static int
mcp_turn(struct mcp_server *s, struct err *err)
{
	struct pollfd p[2 + MCP_CALLS_MAX * MCP_CALL_FDS];
	size_t n = 2 + s->calls.n * MCP_CALL_FDS;
	bool is_choked = s->answers.len > MCP_OUT_MAX;

	p[0] = (struct pollfd){ .fd = s->is_closed || is_choked ? -1 : s->in, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->answers.len > 0 ? s->out : -1, .events = POLLOUT };
	for (size_t i = 0; i < s->calls.n; i++)
		mcp_call_wants(&s->calls.v[i], &p[2 + i * MCP_CALL_FDS]);
	if (poll(p, n, -1) < 0) {
		if (errno == EINTR)
			return 0;
		return err_sys(err, errno, "cannot wait for a message");
	}
	for (size_t i = s->calls.n; i-- > 0;)
		if ((p[2 + i * 3].revents | p[3 + i * 3].revents | p[4 + i * 3].revents) != 0 &&
		    mcp_call_on_ready(&s->calls.v[i]))
			mcp_end_call(s, i);
	if (p[1].revents != 0)
		mcp_write(s);
	if (p[0].revents != 0)
		mcp_read(s);
	return 0;
}

int
mcp_serve(const struct mcp_config *config, int in, int out, struct err *err)
{
	struct mcp_server s = {
		.config = config, .in = in, .out = out, .line = BUF_INIT, .answers = BUF_INIT
	};
	int rc = 0;

	(void)signal(SIGPIPE, SIG_IGN); /* write() tells */
	while (rc == 0 && (!s.is_closed || s.calls.n > 0 || s.answers.len > 0))
		rc = mcp_turn(&s, err);
	for (size_t i = 0; i < s.calls.n; i++)
		mcp_call_release(&s.calls.v[i]);
	free(s.calls.v);
	buf_release(&s.line);
	buf_release(&s.answers);
	return rc;
}
