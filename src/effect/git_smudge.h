/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_smudge.h: the bytes of a blob as they stand in a worktree, for what gitattributes(5) has git itself
 * convert: line ends, $Id$, working-tree-encoding.  Private to git_fill.c.
 *
 * Pure: bytes in, bytes out; may be used by any thread.  libgit2 1.5 has filters for the first two, but
 * expands one $Id$ a file and knows no encodings.
 */
#ifndef EFFECT_GIT_SMUDGE_H
#define EFFECT_GIT_SMUDGE_H

#include "base/buf.h"

enum git_crlf {
	GIT_CRLF_KEEP = 0,
	GIT_CRLF_TEXT, /* every LF becomes CR LF */
	GIT_CRLF_AUTO, /* if it looks like text without any CR */
};

struct git_smudge {
	enum git_crlf crlf;
	bool ident;
	char encoding[64]; /* "" = as in the blob */
};

bool git_smudge_is_none(const struct git_smudge *s);

/* Replaces *bytes, the blob with the id `hex`.  False: the encoding is unknown, or cannot express them. */
bool git_smudge_apply(const struct git_smudge *s, const char *hex, struct buf *bytes);

#endif
