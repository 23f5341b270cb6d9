/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rpc.h: JSON-RPC 2.0 messages, one a line, as MCP's stdio transport has them.
 *
 *	struct rpc m = RPC_INIT;
 *	if (rpc_parse(line, &m, &out))
 *		... m.kind says what it is; rpc_answer() or rpc_error() when it wants an answer ...
 *	rpc_release(&m);
 *
 * What cannot be understood is answered by rpc_parse() itself.  Batches are not part of MCP and are refused.
 * Answers are appended to a buffer as one whole line.
 */
#ifndef CODEC_RPC_H
#define CODEC_RPC_H

#include "codec/json.h"

#define RPC_DEPTH_MAX 64

enum rpc_code {
	RPC_PARSE = -32700,
	RPC_INVALID = -32600,
	RPC_NO_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603,
};

enum rpc_kind {
	RPC_REQUEST = 1,
	RPC_NOTE,  /* wants no answer */
	RPC_REPLY, /* to something that we never asked */
};

struct rpc {
	enum rpc_kind kind;
	json_t *root;
	struct buf id; /* as JSON: a string or an integer */
	struct str method;
	const json_t *params; /* borrowed from root; NULL: none */
};
#define RPC_INIT                                                                                   \
	{                                                                                          \
		0, NULL, BUF_INIT, { NULL, 0 }, NULL                                               \
	}
void rpc_release(struct rpc *m);

/* False: it was no message; the answer to that is in *out. */
bool rpc_parse(struct str line, struct rpc *ret, struct buf *out);

/* result is taken over. */
void rpc_answer(struct buf *out, struct str id, json_t *result);
void rpc_error(struct buf *out, struct str id, enum rpc_code code, const char *fmt, ...)
    printf_like(4, 5);

#endif
