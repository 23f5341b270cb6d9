/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/rpc.h"

static const struct str rpc_null = { "null", 4 };

void
rpc_release(struct rpc *m)
{
	json_drop(&m->root);
	buf_release(&m->id);
	*m = (struct rpc)RPC_INIT;
}

/* The id goes in as it came: it was read as JSON, and is nothing else. */
static void
rpc_line(struct buf *out, struct str id, const char *key, json_t *value)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	json_add(value, true, &text);
	buf_adds(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_add_str(out, id);
	buf_addf(out, ",\"%s\":", key);
	buf_add_str(out, str_trim(str_n(text.p, text.len - 1)));
	buf_adds(out, "}\n");
	json_drop(&value);
}

void
rpc_answer(struct buf *out, struct str id, json_t *result)
{
	rpc_line(out, id, "result", result);
}

void
rpc_error(struct buf *out, struct str id, enum rpc_code code, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	json_t *o = json_new();
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	json_put_int(o, "code", code);
	json_put_text(o, "message", text.p);
	rpc_line(out, id, "error", o);
}

/* A string or an integer.  False: it has another form. */
static bool
rpc_take_id(struct rpc *m)
{
	const json_t *id = json_object_get(m->root, "id");
	char *text;

	if (!json_is_string(id) && !json_is_integer(id))
		return false;
	text = json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT);
	if (text == NULL)
		BUG("an id that was read cannot be written");
	buf_adds(&m->id, text);
	free(text);
	return true;
}

static const char *
rpc_take(struct rpc *m)
{
	bool has_id = json_has(m->root, "id");
	struct str version;

	if (json_get_str(m->root, "jsonrpc", &version, NULL) < 0 || !str_is(version, "2.0"))
		return "\"jsonrpc\" must be \"2.0\"";
	if (has_id && !rpc_take_id(m))
		return "\"id\" must be a string or an integer";
	if (json_get_str(m->root, "method", &m->method, NULL) < 0)
		return "\"method\" must be a string";
	if (m->method.p == NULL) {
		m->kind = RPC_REPLY;
		return has_id ? NULL : "\"method\" is missing";
	}
	m->kind = has_id ? RPC_REQUEST : RPC_NOTE;
	m->params = json_object_get(m->root, "params");
	if (m->params != NULL && !json_is_object(m->params))
		return "\"params\" must be an object";
	return NULL;
}

bool
rpc_parse(struct str line, struct rpc *ret, struct buf *out)
{
	struct rpc m = RPC_INIT;
	struct err err = ERR_INIT;
	const char *wrong;

	if (json_open(line, RPC_DEPTH_MAX, &m.root, &err) < 0) {
		rpc_error(out, rpc_null, RPC_PARSE, "%s", err.text);
		return false;
	}
	wrong = rpc_take(&m);
	if (wrong != NULL) {
		rpc_error(out, m.id.len > 0 ? buf_str(&m.id) : rpc_null, RPC_INVALID, "%s", wrong);
		rpc_release(&m);
		return false;
	}
	*ret = m;
	return true;
}
