/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmux_control.h: the control protocol of tmux, bytes to items and words to command lines.
 *
 *	struct tmux_control tc = TMUX_CONTROL_INIT;
 *	for each piece of input:
 *		while (tmux_control_next(&tc, &piece, &item))
 *			use(&item);
 *	tmux_control_release(&tc);
 *
 * tmux answers every command with one block:
 *
 *	%begin TIME NUMBER FLAGS
 *	... what the command printed, raw, also lines that begin with '%' ...
 *	%end TIME NUMBER FLAGS		(or %error, then the lines say why)
 *
 * and between blocks it writes notices, one line each.  Only a line that repeats all three words of
 * its %begin ends a block.  Flag 1 marks an answer to a command that this client has sent; flag 0 is
 * the attaching itself, or a hook.
 *
 * Nothing is refused: a line that is no %begin is a notice, whatever it holds.  Input that never
 * ends is bounded: of a line, and of the text of a block, TMUX_CONTROL_MAX bytes are kept.
 */
#ifndef CODEC_TMUX_CONTROL_H
#define CODEC_TMUX_CONTROL_H

#include "base/buf.h"

#define TMUX_CONTROL_MAX 65536

struct tmux_control {
	struct buf line;  /* of the line that is being read */
	struct buf guard; /* "TIME NUMBER FLAGS" of the open block */
	struct buf body;
	bool line_done; /* line was handed out with the last item */
	bool line_cut, body_cut;
	bool in_block;
};
#define TMUX_CONTROL_INIT                                                                          \
	{                                                                                          \
		BUF_INIT, BUF_INIT, BUF_INIT, false, false, false, false                           \
	}

enum tmux_item_kind {
	TMUX_ITEM_BLOCK = 1,
	TMUX_ITEM_NOTICE,
};

struct tmux_item {
	enum tmux_item_kind kind;
	bool is_error;   /* block: it ended with %error */
	bool is_own;     /* block: the answer to a command of this client */
	bool is_cut;     /* text is not all there was */
	struct str text; /* block: its lines, each with its '\n'; notice: the line without it */
};

/* Consumes *in up to the end of the next item.  False: *in is used up and no item is complete.
 * ret->text is valid until the next call. */
bool tmux_control_next(struct tmux_control *tc, struct str *in, struct tmux_item *ret);
void tmux_control_release(struct tmux_control *tc);

/* True for "%exit" and "%exit reason": tmux ends this connection. */
bool tmux_item_is_exit(const struct tmux_item *item);

/*
 * Appends ` "word"`, which tmux reads back as exactly these bytes, whatever they are: every byte
 * that is not plainly harmless is written as an octal escape, so the line stays one line of ASCII.
 * A NUL cannot be part of a word: what follows it is dropped.
 */
void tmux_quote(struct buf *b, struct str word);

/* Is what `tmux -V` printed ("tmux 3.3a", "tmux next-3.5", "tmux master") a version of at least
 * major.minor? */
bool tmux_version_is(struct str printed, uint32_t major, uint32_t minor);

#endif
