/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve comment: words of a person about a file, or lines, of the work.
 *
 * It is a `tell` that names the commit (codec/comment.h): it decides nothing, and is in the brief of the next
 * start.  File and lines are looked up in the commit, never in a worktree, so nothing is typed that is not there.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_mutate.h"
#include "cli/cli_work.h"
#include "codec/comment.h"

struct place {
	struct buf file;
	uint32_t from, to; /* 0: the whole file */
};

static void
place_release(struct place *p)
{
	buf_release(&p->file);
}

/* "12", "12-14" */
static bool
place_lines(struct str s, uint32_t *ret_from, uint32_t *ret_to)
{
	struct str rest = s, first;
	bool is_range = str_cut(&rest, '-', &first);

	if (!str_u32(first, ret_from) || *ret_from == 0)
		return false;
	*ret_to = *ret_from;
	return !is_range || (str_u32(rest, ret_to) && *ret_to >= *ret_from);
}

/* FILE, FILE:LINE or FILE:LINE-LINE.  Names may hold colons: what is behind the last one is lines only when it looks
 * like lines, and the commit has no file of the whole name. */
static int
place_find(const struct git_view *v, struct oid commit, const char *arg, struct place *ret,
    struct buf *bytes, struct err *err)
{
	const char *colon = strrchr(arg, ':');
	bool has_lines = colon != NULL && place_lines(str_of(colon + 1), &ret->from, &ret->to);
	int e;

	if (has_lines && work_file(v, commit, arg, NULL, NULL) != 0) {
		buf_add(&ret->file, arg, (size_t)(colon - arg));
		return work_file(v, commit, ret->file.p, bytes, err);
	}
	ret->from = ret->to = 0;
	buf_adds(&ret->file, arg);
	e = work_file(v, commit, ret->file.p, NULL, err);
	if (e == ERR_NOTFOUND && colon != NULL &&
	    strspn(colon + 1, "0123456789-") == strlen(colon + 1))
		return err_set(err, ERR_NOTFOUND,
		    "\"%s\" names no lines: FILE, FILE:LINE or FILE:LINE-LINE, from 1 on, the "
		    "first "
		    "one not behind the last",
		    arg);
	return e;
}

/* The lines of the place, and how many lines there are. */
static struct str
place_quote(const struct place *p, struct str bytes, uint32_t *ret_lines)
{
	struct str rest = bytes, line, quote = { bytes.p, 0 };
	uint32_t n = 0;

	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		if (++n == p->from)
			quote.p = line.p;
		if (n == p->to)
			quote.len = (size_t)(line.p + line.len - quote.p);
	}
	*ret_lines = n;
	return quote;
}

static int
comment_text(const struct config_repo *repo, struct oid commit, const char *arg, const char *words,
    struct buf *ret)
{
	_cleanup_(git_view_close) struct git_view v = GIT_VIEW_INIT;
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(place_release) struct place p = { BUF_INIT, 0, 0 };
	struct err err = ERR_INIT;
	struct str quote;
	uint32_t lines;
	int e = git_view_open(repo->path, commit, &v, &err);

	if (e == 0)
		e = place_find(&v, commit, arg, &p, &bytes, &err);
	if (e < 0) {
		(void)err_prefix(&err, "comment: nothing was kept");
		return cli_fail(&err);
	}
	quote = place_quote(&p, buf_str(&bytes), &lines);
	if (p.to > lines) {
		cli_say("comment: nothing was kept: \"%s\" has %u line%s in the commit %.12s, and "
			"no line %u",
		    p.file.p, lines, lines == 1 ? "" : "s", commit.hex, p.to);
		return EXIT_REFUSED;
	}
	comment_dump(buf_str(&p.file), p.from, p.to, quote, str_of(words), ret);
	return EXIT_OK;
}

/* When the words are read: a verdict may come first. */
static const char *
comment_done(const struct ticket *t)
{
	if (t->phase == PHASE_APPROVED)
		return "kept; but it was passed, and no worker reads that before it lands";
	if (t->phase == PHASE_HUMAN_REVIEW || t->phase == PHASE_ATTENTION)
		return "kept; `reeve fail` sends it back with that";
	return ticket_is_open(t)
		   ? "kept for its next start; the worker that is on it now goes on without it"
		   : "kept for its next start";
}

int
cmd_comment(struct cli *c, int argc, char **argv)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(signal_release) struct signal s = { 0 };
	_cleanup_(free_charp) char *words = NULL;
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct mutation m = { .command = argv[0] };
	const char *message = NULL, *file = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	const struct config_repo *repo = NULL;
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 2, 2, &args, &status))
		return status;
	status = cli_text(argv[0], message, file, &words);
	if (status != EXIT_OK)
		return status;
	if (words == NULL || str_trim(str_of(words)).len == 0)
		return cli_usage(argv[0], "say what of it, with -m TEXT or -F FILE");
	status = cli_ticket(c, args.v[0], &rec);
	if (status == EXIT_OK)
		status = work_repo(c, &rec, &repo);
	if (status == EXIT_OK)
		status = work_commit(repo, &rec, &s.event.commit);
	if (status == EXIT_OK)
		status = comment_text(repo, s.event.commit, args.v[1], words, &text);
	if (status != EXIT_OK)
		return status;
	s.event.kind = EVENT_TELL;
	s.event.ticket = rec.ticket.id;
	set_charp(&s.body, text.p);
	return mutate(c, &m, &s, &(struct done_words){ .word = comment_done(&rec.ticket) });
}
