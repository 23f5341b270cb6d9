/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading is strict in two ways: each line must make sense, and the head (headers and description) that
 * is written again must be the bytes that were read.  So order, spelling and doubled blanks need no rules
 * of their own, and a ticket file has one form.  The history is kept as bytes; each of its entries is
 * held to the same by history_next().
 */
#include "base/base.h"

#include "codec/ticket_text.h"

#include "base/clean.h"
#include "codec/escape.h"
#include "codec/ticket_header.h"

#define TICKET_TEXT_MAGIC "reeve-ticket "

static void
ticket_text_add_head(struct buf *b, const struct record *r)
{
	buf_addf(b, TICKET_TEXT_MAGIC "%d\n", TICKET_TEXT_VERSION);
	for (size_t i = 0; i < ticket_header_count(); i++) {
		size_t at;

		if (!ticket_header_is_set(r, i))
			continue;
		buf_adds(b, ticket_header_name(i));
		buf_add(b, ": ", 2);
		at = b->len;
		(void)ticket_header_add(r, i, b); /* it is set */
		if (b->len == at)                 /* set and empty: no blank at the end */
			buf_truncate(b, at - 1);
		buf_addch(b, '\n');
	}
	if (r->spec.text) {
		buf_adds(b, "\ntext\n");
		escape_add_text(b, "", str_of(r->spec.text));
	}
	buf_adds(b, "\nhistory\n");
}

void
ticket_text_dump(const struct record *r, struct buf *ret)
{
	ticket_text_add_head(ret, r);
	buf_add_str(ret, buf_str(&r->history));
	buf_adds(ret, "end\n");
}

struct loader {
	struct str rest;
	struct str line; /* the current one */
	unsigned n;      /* its number */
	struct err *err;
};

static int
loader_next(struct loader *l)
{
	l->n++;
	if (!str_cut(&l->rest, '\n', &l->line))
		return err_set(l->err, ERR_INVALID, "line %u: the file ends too early", l->n);
	return 0;
}

static int
loader_fail(struct loader *l, const char *what)
{
	return err_set(l->err, ERR_INVALID, "line %u: %s", l->n, what);
}

static int
loader_first_line(struct loader *l)
{
	struct str version;

	if (loader_next(l) < 0)
		return ERR_INVALID;
	if (!str_starts(l->line, TICKET_TEXT_MAGIC))
		return loader_fail(l, "this is no ticket file (no \"reeve-ticket\")");
	version =
	    str_n(l->line.p + strlen(TICKET_TEXT_MAGIC), l->line.len - strlen(TICKET_TEXT_MAGIC));
	if (!str_is(version, "1")) {
		_cleanup_(buf_release) struct buf shown = BUF_INIT;

		clean_add_line(&shown, version, 20);
		return err_set(l->err, ERR_INVALID,
		    "line 1: version '%s' of the ticket file is not known; this program reads %d. "
		    "Use the program that wrote it",
		    shown.p, TICKET_TEXT_VERSION);
	}
	return 0;
}

/* Up to the empty line. */
static int
loader_headers(struct loader *l, struct record *r)
{
	uint64_t seen = 0;

	while (loader_next(l) == 0) {
		if (l->line.len == 0) {
			if (ticket_header_check(seen, l->err) < 0)
				return err_prefix(l->err, "line %u", l->n);
			return 0;
		}
		if (ticket_header_parse(l->line, r, &seen, l->err) < 0)
			return err_prefix(l->err, "line %u", l->n);
	}
	return ERR_INVALID;
}

/* The description, if there is one, and the line "history". */
static int
loader_text(struct loader *l, struct record *r)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (loader_next(l) < 0)
		return ERR_INVALID;
	if (str_is(l->line, "text")) {
		for (bool is_first = true;; is_first = false) {
			if (loader_next(l) < 0)
				return ERR_INVALID;
			if (l->line.len == 0 && !is_first)
				break;
			if (!escape_parse_text_line(l->line, is_first, &text))
				return loader_fail(
				    l, "a line of the description begins with \"| \"");
		}
		r->spec.text = buf_take(&text);
		if (loader_next(l) < 0)
			return ERR_INVALID;
	}
	return str_is(l->line, "history") ? 0 : loader_fail(l, "here \"history\" has to stand");
}

static unsigned
ticket_text_count_lines(struct str s)
{
	unsigned n = 0;
	struct str line;

	while (str_cut(&s, '\n', &line))
		n++;
	return n;
}

/* The entries, and the line "end". */
static int
loader_history(struct loader *l, struct record *r)
{
	struct history_entry entry;
	struct str all = l->rest;

	while (l->rest.len > 0 && !str_starts(l->rest, "end")) {
		const char *from = l->rest.p;

		if (history_next(&l->rest, &entry, l->err) < 0)
			return err_prefix(l->err, "line %u", l->n + 1);
		l->n += ticket_text_count_lines(str_n(from, (size_t)(l->rest.p - from)));
	}
	buf_add(&r->history, all.p, all.len - l->rest.len);
	if (loader_next(l) < 0)
		return ERR_INVALID;
	if (!str_is(l->line, "end") || l->rest.len > 0)
		return loader_fail(l, "here the file has to end, with \"end\"");
	return 0;
}

/* The first line of the head that would be written in another way. */
static int
loader_check_form(struct loader *l, const struct record *r, struct str head)
{
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	size_t same = 0;

	buf_grow(&again, head.len);
	ticket_text_add_head(&again, r);
	if (str_eq(buf_str(&again), head))
		return 0;
	while (same < again.len && same < head.len && again.p[same] == head.p[same])
		same++;
	l->n = 1 + ticket_text_count_lines(str_n(head.p, same));
	return loader_fail(l, "not as reeve writes it (order, spelling, blanks)");
}

/* The same without a look at the entries: what reads them, finds that none begins with "end". */
static int
loader_history_unread(struct loader *l, struct record *r)
{
	static const char end[] = "\nend\n";
	struct str all =
	    str_n(l->rest.p - 1, l->rest.len + 1); /* from the end of the line "history" */
	size_t n = sizeof end - 1;

	if (all.len < n || memcmp(all.p + all.len - n, end, n) != 0)
		return ERR_INVALID;
	buf_add(&r->history, l->rest.p, all.len - n);
	return 0;
}

/* What is nowhere in a ticket file, not even in a description. */
static int
loader_check_bytes(struct loader *l)
{
	struct str first, nul, cr = l->rest;
	bool has_nul, has_cr;

	has_nul = str_cut(&cr, '\0', &nul);
	cr = nul; /* the first of the two is told of */
	has_cr = str_cut(&cr, '\r', &first);
	if (!has_nul && !has_cr)
		return 0;
	l->n = 1 + ticket_text_count_lines(first);
	return loader_fail(l, has_cr ? "a carriage return; a ticket file has plain newlines at its "
				       "line ends"
				     : "a NUL byte");
}

/* Headers and description, up to the first entry of the history. */
static int
loader_head(struct loader *l, struct record *r, struct str *ret_head)
{
	struct str bytes = l->rest;

	if (loader_check_bytes(l) < 0 || loader_first_line(l) < 0 || loader_headers(l, r) < 0 ||
	    loader_text(l, r) < 0)
		return ERR_INVALID;
	*ret_head = str_n(bytes.p, bytes.len - l->rest.len);
	return 0;
}

int
ticket_text_load(struct str bytes, struct record *ret, struct err *err)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct loader l = { .rest = bytes, .err = err };
	struct str head;

	if (loader_head(&l, &r, &head) < 0 || loader_history(&l, &r) < 0 ||
	    loader_check_form(&l, &r, head) < 0)
		return ERR_INVALID;
	*ret = r;
	r = (struct record){ .history = BUF_INIT };
	return 0;
}

bool
ticket_text_read(struct str bytes, struct record *ret, struct hand_edit *ret_edit)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct loader l = { .rest = bytes };
	struct hand_edit edit;
	struct str head;

	if (loader_head(&l, &r, &head) < 0 || loader_history_unread(&l, &r) < 0 ||
	    loader_check_form(&l, &r, head) < 0 || history_replay_hand(&r, &edit, NULL) < 0)
		return false;
	*ret = r;
	r = (struct record){ .history = BUF_INIT };
	*ret_edit = edit;
	return true;
}
