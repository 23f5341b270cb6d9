/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * comment.h: a person's words about a file of a commit, or about lines of it.
 *
 * A comment is a `tell` that names a commit, and has this text:
 *
 *	src/main.c:12-14
 *	> int main(void)
 *	> {
 *
 *	why is this here?
 *
 * First the place: the file, a colon, and the lines; nothing behind the colon is the whole file.  Then the lines as they
 * are in that commit, each behind "> " (bounded), a blank line, and the words.  File and lines are cleaned
 * (base/clean.h), so no name of a file can end the first line.
 *
 * A tell with a commit and another text is an ordinary tell.
 */
#ifndef CODEC_COMMENT_H
#define CODEC_COMMENT_H

#include "base/buf.h"
#include "codec/ticket_text.h"

#define COMMENT_LINES_MAX 20  /* that are quoted */
#define COMMENT_LINE_MAX  300 /* bytes of each */

struct comment {
	struct str file;   /* cleaned */
	uint32_t from, to; /* 0: the whole file */
	struct str quote;  /* the lines, each with its "> "; may be empty */
	struct str words;
};

/* lines: the bytes of the file's lines from..to. */
void comment_dump(struct str file, uint32_t from, uint32_t to, struct str lines, struct str words,
    struct buf *ret);

/* Views of text.  False: it is none. */
bool comment_parse(struct str text, struct comment *ret);

/* "line 12", "lines 12-14", "the whole file". */
void comment_add_lines(const struct comment *c, struct buf *ret);

/* All comments of a history, oldest first; the views die with the list. */
struct comment_at {
	uint64_t rev;
	int64_t wall_ms;
	char actor[EVENT_ACTOR_MAX];
	struct oid commit;
	struct comment comment;
	char *text;
};
struct comments {
	struct comment_at *v;
	size_t n, cap;
};

/* Appends the one of this revision, if it is one. */
bool comments_add(struct comments *l, const struct history_entry *e);
void comments_release(struct comments *l); /* empty again */

/*
 * For a brief: by commit, then by file, in the order in which each was first named:
 *
 *	**A person commented on the files of commit 0123...** (revisions 5 to 8):
 *
 *	### src/main.c
 *
 *	lines 12-14
 *	...
 */
void comments_add_brief(const struct comments *l, struct buf *ret);

#endif
