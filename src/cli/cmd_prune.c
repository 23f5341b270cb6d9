/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve prune: what is left of tickets; and what of it is to go. */
#include "base/base.h"

#include <poll.h>

#include "cli/cli_history.h"
#include "cli/cli_left.h"
#include "cli/cli_mutate.h"
#include "cli/cli_print.h"
#include "cli/cli_transcript.h"
#include "cli/cmds.h"
#include "codec/stamp.h"
#include "intake/watch.h"
#include "store/tickets.h"
#include "sys/clock.h"

#define PRUNE_WAIT_MS 20000 /* then it goes on without us */
#define PRUNE_LOOK_MS 1000

/* --- the list --- */

static void
prune_add_size(struct buf *b, int64_t bytes, bool is_partial)
{
	static const char units[] = "KMGTP";
	double n = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 0)
		return;
	for (; n >= 1000 && units[unit + 1] != '\0'; unit++)
		n /= 1024;
	buf_addf(b, n < 9.95 && unit > 0 ? "%s%.1f%c" : "%s%.0f%c", is_partial ? ">" : "", n,
	    units[unit]);
}

static void
prune_row(struct print_table *t, const struct report_left *row, int64_t now_ms)
{
	_cleanup_(buf_release) struct buf age = BUF_INIT, size = BUF_INIT;

	if (row->since_wall_ms > 0)
		stamp_add_age(&age, now_ms - row->since_wall_ms);
	prune_add_size(&size, row->bytes, row->is_partial);
	if (row->ticket.n != 0)
		print_table_addf(t, PRINT_PLAIN, "%u", row->ticket.n);
	else
		print_table_addf(t, PRINT_WARN, "none");
	print_table_addf(t, PRINT_PLAIN, "%s", row->phase ? phase_name(row->phase) : "-");
	print_table_add(t, PRINT_DIM, buf_str(&age));
	print_table_addf(t, PRINT_PLAIN, "%s", row->kind);
	print_table_add(t, PRINT_PLAIN, buf_str(&size));
	print_table_addf(t, PRINT_PLAIN, "%s", row->is_landed ? "landed" : "keep");
	print_table_add(t, row->is_landed ? PRINT_GOOD : PRINT_PLAIN, str_of(row->why));
	print_table_add(t, PRINT_DIM, str_of(row->name));
}

static void
prune_sum(struct print *p, const struct left *l)
{
	size_t landed = 0, over = 0, strange = 0;
	int64_t bytes = 0;
	_cleanup_(buf_release) struct buf size = BUF_INIT;

	for (size_t i = 0; i < l->rows.n; i++) {
		const struct report_left *row = &l->rows.v[i];

		landed += row->is_landed;
		over += phase_is_final(row->phase) && !row->is_landed;
		strange += row->ticket.n == 0;
		if (row->is_landed && row->bytes > 0)
			bytes += row->bytes;
	}
	if (l->rows.n == 0) {
		print_words(p, "nothing is left of any ticket\n");
		return;
	}
	prune_add_size(&size, bytes, false);
	print_words(p, "\n");
	if (landed > 0)
		print_words(p, "reeve prune --landed removes %zu of these%s%s%s\n", landed,
		    bytes > 0 ? ", " : "", bytes > 0 ? size.p : "",
		    bytes > 0 ? " on the disk" : "");
	if (over > 0)
		print_words(p,
		    "reeve prune ID parks what is nowhere else under a ref, and removes the "
		    "worktree and the branch\n");
	if (strange > 0)
		print_words(p,
		    "what is of no ticket is never removed: look at it (git log), then use git\n");
}

/* A line under the list. */
static void
prune_tell_transcripts(struct print *p, const struct cli_facts *f)
{
	_cleanup_(buf_release) struct buf size = BUF_INIT;
	struct transcripts sum = { 0 };

	for (size_t i = 0; i < f->records.n; i++)
		if (phase_is_final(f->records.v[i].ticket.phase))
			(void)transcripts_of(f->cli, &f->records.v[i].ticket, false, &sum);
	if (sum.episodes == 0)
		return;
	prune_add_size(&size, (int64_t)sum.bytes, false);
	print_words(p,
	    "reeve prune --transcripts removes what terminals showed in %u episode%s of "
	    "tickets that are over, %s\n",
	    sum.episodes, sum.episodes == 1 ? "" : "s", size.p);
}

static int
prune_list(const struct cli_facts *f, bool is_json)
{
	static const struct print_column columns[] = { { "TICKET", 0, true, false },
		{ "PHASE", 0, false, false }, { "AGE", 0, true, false },
		{ "WHAT", 0, false, false }, { "SIZE", 0, true, false },
		{ "PROOF", 0, false, false }, { "WHY", 0, false, true },
		{ "NAME", 0, false, false } };
	_cleanup_(left_release) struct left l = { 0 };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(print_table_release) struct print_table t = { 0 };
	int status;

	left_gather(f, true, &l);
	print_open(&p);
	if (is_json) {
		report_left(l.rows.v, l.rows.n, &p.out);
	} else {
		print_table_init(&t, columns, ARRAY_LEN(columns));
		for (size_t i = 0; i < l.rows.n; i++)
			prune_row(&t, &l.rows.v[i], f->wall_ms);
		print_table_show(&p, &t, true);
		prune_sum(&p, &l);
		prune_tell_transcripts(&p, f);
	}
	status = print_close(&p);
	return status == EXIT_OK ? l.status : status;
}

/* --- what became of it --- */

/* Until the supervisor has carried it out, or it is clear that it will not now.  False: not yet. */
static bool
prune_wait(struct cli *c, struct ticket_id id, struct record *ret)
{
	int64_t end_ms = clock_boot_ms() + PRUNE_WAIT_MS;
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	bool has_watch = watch_open(NULL) == 0, is_over = false;

	buf_addf(&dir, "%s/tickets/%u", c->root.path, id.n);
	if (has_watch)
		(void)watch_add(
		    dir.p, NULL); /* armed, then looked; the look every second remains */
	for (;;) {
		struct pollfd p = { .fd = has_watch ? watch_fd() : -1, .events = POLLIN };

		record_release(ret);
		*ret = (struct record){ .history = BUF_INIT };
		if (ticket_read(&c->root, id, ret, NULL) == 0)
			is_over = ret->ticket.prune == PRUNE_UNSET;
		if (is_over || clock_boot_ms() >= end_ms ||
		    root_owner(&c->root, NULL) == PROBE_FREE ||
		    root_control(&c->root, "kill", NULL) != 0 ||
		    root_control(&c->root, "stop", NULL) != 0)
			break;
		if (poll(&p, 1, PRUNE_LOOK_MS) > 0)
			(void)watch_drain();
	}
	if (has_watch)
		watch_close();
	return is_over;
}

/* "parked REF OID": where it is, and how to get it back. */
static void
prune_say_line(struct ticket_id id, struct str line)
{
	struct str rest = line, verb, name;

	if (!str_cut(&rest, ' ', &verb) || !str_cut(&rest, ' ', &name)) {
		cli_out("%u: %.*s", id.n, STR_FMT(line));
		return;
	}
	if (str_is(verb, "parked"))
		cli_out("%u: parked as %.*s (git branch NAME %.*s)", id.n, STR_FMT(name),
		    STR_FMT(name));
	else if (str_is(verb, "removed"))
		cli_out("%u: removed %.*s, which was at %.*s", id.n, STR_FMT(name), STR_FMT(rest));
}

/* The fact that came of it. */
static int
prune_told(const struct record *rec, uint64_t rev)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest = buf_str(&rec->history), line;
	struct history_entry h, last = { 0 };

	while (history_next(&rest, &h, NULL) == 0)
		if (h.rev > rev && (h.event.kind == EVENT_PRUNED || h.event.kind == EVENT_KEPT))
			last = h;
	if (last.event.kind == EVENT_KEPT) {
		cli_say("%u: %s", rec->ticket.id.n, last.event.reason);
		return EXIT_REFUSED;
	}
	if (last.event.kind == EVENT_UNSET)
		return EXIT_OK;
	history_text(&last, &text);
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line) || line.len > 0)
		prune_say_line(rec->ticket.id, line);
	return EXIT_OK;
}

static int
prune_result(struct cli *c, const struct publish_result *r)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	if (prune_wait(c, r->ticket, &rec))
		return prune_told(&rec, r->rev);
	if (root_owner(&c->root, NULL) == PROBE_FREE)
		cli_say("%u: no supervisor is running: it goes when one is (`reeve up -d`)",
		    r->ticket.n);
	else if (root_control(&c->root, "kill", NULL) != 0 ||
		 root_control(&c->root, "stop", NULL) != 0)
		cli_say("%u: the kill switch is on: it goes after `reeve resume`", r->ticket.n);
	else
		cli_say("%u: it goes on in the background; `reeve show %u` tells what became of it",
		    r->ticket.n, r->ticket.n);
	return EXIT_OK;
}

/* --- orders --- */

static int
prune_one(struct cli *c, const struct mutation *m, const struct ticket *t, enum prune what)
{
	static const struct done_words words = { .word = "to be pruned" };
	_cleanup_(signal_release) struct signal s = { 0 };
	struct publish_result result = { 0 };
	int status;

	s.event.kind = EVENT_PRUNE;
	s.event.ticket = t->id;
	s.event.prune = what;
	if (what == PRUNE_REFS) /* what is there now is what goes */
		s.event.expect_rev = t->rev;
	if (!mutate_publish(c, m, &s, &result, &status))
		return status;
	status = mutate_report(c, m, &s, &result, &words);
	if (status != EXIT_OK || m->is_hasty || result.outcome != PUBLISH_APPLIED)
		return status;
	return prune_result(c, &result);
}

static int
prune_named(struct cli *c, const struct mutation *m, const struct operands *ids, enum prune what)
{
	int worst = EXIT_OK;

	for (int i = 0; i < ids->n; i++) {
		_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
		int status = cli_ticket(c, ids->v[i], &rec);

		if (status == EXIT_OK)
			status = prune_one(c, m, &rec.ticket, what);
		if (worst == EXIT_OK)
			worst = status;
	}
	return worst;
}

static int
prune_landed(struct cli *c, const struct cli_facts *f, const struct mutation *m, int64_t older_ms)
{
	_cleanup_(left_release) struct left l = { 0 };
	uint32_t last = 0;
	int worst;

	left_gather(f, true, &l);
	worst = l.status;
	for (size_t i = 0; i < l.rows.n; i++) {
		const struct report_left *row = &l.rows.v[i];
		const struct record *r = cli_facts_find(f, row->ticket);
		int status;

		if (!row->is_landed || row->ticket.n == last || r == NULL ||
		    !phase_is_final(r->ticket.phase) ||
		    f->wall_ms - r->ticket.since_wall_ms < older_ms)
			continue;
		last = row->ticket.n;
		status = prune_one(c, m, &r->ticket, PRUNE_LANDED);
		if (worst == EXIT_OK)
			worst = status;
	}
	if (last == 0 && worst == EXIT_OK)
		cli_out("nothing to prune");
	return worst;
}

/* --- records of terminals --- */

static bool
prune_is_meant(const struct record *r, const struct operands *ids, int64_t now_ms, int64_t older_ms)
{
	struct ticket_id id;

	for (int i = 0; i < ids->n; i++)
		if (ticket_id_parse(str_of(ids->v[i] + (ids->v[i][0] == '#')), &id) &&
		    id.n == r->ticket.id.n)
			return true;
	return ids->n == 0 && phase_is_final(r->ticket.phase) &&
	       now_ms - r->ticket.since_wall_ms >= older_ms;
}

/* Of those that are named, else of all that are over: files of the state directory, which no ticket depends on. */
static int
prune_transcripts(
    struct cli *c, const struct cli_facts *f, const struct operands *ids, int64_t older_ms)
{
	_cleanup_(buf_release) struct buf size = BUF_INIT;
	struct transcripts sum = { 0 };
	int worst = EXIT_OK;

	for (int i = 0; i < ids->n; i++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };
		int status = cli_ticket(c, ids->v[i], &r);

		if (status != EXIT_OK)
			return status;
	}
	for (size_t i = 0; i < f->records.n; i++) {
		int status = EXIT_OK;

		if (prune_is_meant(&f->records.v[i], ids, f->wall_ms, older_ms))
			status = transcripts_of(c, &f->records.v[i].ticket, true, &sum);
		if (worst == EXIT_OK)
			worst = status;
	}
	prune_add_size(&size, (int64_t)sum.bytes, false);
	cli_out("transcripts of %u episode%s removed, %s", sum.episodes,
	    sum.episodes == 1 ? "" : "s", size.p);
	return worst;
}

/* "90m", "3d": milliseconds. */
static bool
prune_age(const char *s, int64_t *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const int64_t now = INT64_C(1000000000000);

	buf_addf(&b, "+%s", s);
	if (!stamp_parse_until(buf_str(&b), now, ret))
		return false;
	*ret -= now;
	return true;
}

int
cmd_prune(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	struct mutation m = { .command = argv[0] };
	const char *older = NULL;
	bool is_landed = false, is_refs = false, is_json = false, is_transcripts = false;
	const struct cli_option options[] = {
		{ .name = "landed", .flag = &is_landed },
		{ .name = "older-than", .value = &older },
		{ .name = "refs", .flag = &is_refs },
		{ .name = "transcripts", .flag = &is_transcripts },
		{ .name = "json", .flag = &is_json },
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	struct operands ids;
	int64_t older_ms = 0;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 0, OPERANDS_MANY, &ids, &status))
		return status;
	if ((is_landed && (is_refs || ids.n > 0)) ||
	    (is_transcripts && (is_landed || is_refs || is_json || m.expect != NULL)) ||
	    (is_json && (is_landed || is_refs || ids.n > 0)))
		return cli_usage(argv[0], "these do not go together");
	if (is_refs && ids.n == 0)
		return cli_usage(argv[0], "whose refs? Name the tickets");
	if (older != NULL &&
	    (!(is_landed || is_transcripts) || ids.n > 0 || !prune_age(older, &older_ms)))
		return cli_usage(argv[0], is_landed || is_transcripts
					      ? "--older-than takes an age such as 12h or 3d"
					      : "--older-than belongs to --landed");
	if (m.expect != NULL && ids.n != 1)
		return cli_usage(argv[0], "--expect is about one ticket");
	if (ids.n > 0 && !is_transcripts)
		return prune_named(c, &m, &ids, is_refs ? PRUNE_REFS : PRUNE_WORK);
	status = cli_facts_load(c, &f);
	if (status == EXIT_OK)
		status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	if (is_transcripts)
		return prune_transcripts(c, &f, &ids, older_ms);
	return is_landed ? prune_landed(c, &f, &m, older_ms) : prune_list(&f, is_json);
}
