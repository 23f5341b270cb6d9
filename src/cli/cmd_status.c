/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve status: what needs a person, first. */
#include "base/base.h"

#include <unistd.h>

#include "cli/cli_forecast.h"
#include "cli/cli_gone.h"
#include "cli/cli_inbox.h"
#include "cli/cli_look.h"
#include "cli/cli_options.h"
#include "cli/cli_supervisor.h"
#include "cli/cli_turn.h"
#include "cli/cmds.h"
#include "codec/choice.h"
#include "codec/stamp.h"
#include "store/fsck.h"
#include "store/tickets.h"
#include "sys/file.h"

#define STATUS_LEFT_MIN 5

static void
status_heading(struct print *p, const char *text)
{
	print_words(p, "\n");
	print_text(p, PRINT_BOLD, str_of(text));
	print_words(p, "\n");
}

/* What it asks, by its first line, and what there is to choose from. */
static void
status_question(struct print *p, const struct record *r)
{
	_cleanup_(strvec_release) struct strvec choices = STRVEC_INIT;
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line;

	if (r->ticket.phase != PHASE_ASKING || !choices_open(r, &text, &choices))
		return;
	rest = buf_str(&text);
	(void)str_cut(&rest, '\n', &line);
	print_words(p, "      ");
	print_text(p, PRINT_PLAIN, line);
	print_words(p, "\n");
	for (size_t i = 0; i < choices.n; i++) {
		print_words(p, "        %zu. ", i + 1);
		print_text(p, PRINT_PLAIN, str_of(choices.v[i]));
		print_words(p, "\n");
	}
	if (choices.n > 0) {
		_cleanup_(buf_release) struct buf next = BUF_INIT;

		/* of this question, and no later one */
		buf_addf(&next, "reeve answer %u --choice N --expect %llu", r->ticket.id.n,
		    (unsigned long long)r->ticket.question_rev);
		print_words(p, "      ");
		print_text(p, PRINT_DIM, buf_str(&next));
		print_words(p, "\n");
	}
}

static void
status_waiting(struct print *p, const struct cli_facts *f, const struct look *rows)
{
	if (rows->n_person > 0)
		status_heading(p, "waits for a person");
	for (size_t i = 0; i < rows->n_person; i++) {
		const struct look_row *row = &rows->v[i];
		_cleanup_(buf_release) struct buf age = BUF_INIT;

		stamp_add_age(&age, f->wall_ms - row->blocker.since_wall_ms);
		print_words(p, "%4u  ", row->record->ticket.id.n);
		print_text(p, row->record->ticket.phase == PHASE_ATTENTION ? PRINT_BAD : PRINT_WARN,
		    buf_str(&row->blocker.text));
		print_words(p, " (%s)  ", age.p);
		print_text(p, PRINT_PLAIN, str_of(row->record->spec.title));
		print_words(p, "\n");
		status_question(p, row->record);
		if (row->blocker.next.len > 0) {
			print_words(p, "      ");
			print_text(p, PRINT_DIM, buf_str(&row->blocker.next));
			print_words(p, "\n");
		}
	}
}

/* Agents with a dialog of their own in their window, as their hooks say. */
static void
status_asking(struct print *p, const struct cli_facts *f, const struct look *rows)
{
	bool has_heading = false;

	for (size_t i = 0; i < rows->n; i++) {
		const struct ticket *t = &rows->v[i].record->ticket;
		_cleanup_(buf_release) struct buf age = BUF_INIT, next = BUF_INIT;
		int64_t since_ms;

		if (strcmp(rows->v[i].blocker.owner, "worker") != 0 ||
		    !turn_asks(f->cli, t, &since_ms))
			continue;
		if (!has_heading)
			status_heading(p, "asks in its window, its hooks say");
		has_heading = true;
		stamp_add_age(&age, f->wall_ms - since_ms);
		buf_addf(&next, "reeve attach %u", t->id.n);
		print_words(p, "%4u  (%s)  ", t->id.n, age.p);
		print_text(p, PRINT_WARN, str_of(rows->v[i].record->spec.title));
		print_words(p, "  ");
		print_text(p, PRINT_DIM, buf_str(&next));
		print_words(p, "\n");
	}
}

/* Nothing that needs it moves until it works again. */
static void
status_breakers(struct print *p, const struct cli_facts *f, const struct facts_breaker *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct breaker *b = &v[i].breaker;
		const struct ticket *t = &b->last->ticket;
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		buf_addf(&text, "%s%s failed %u times in a row: %s",
		    v[i].blame == BLAME_REPO    ? "repository "
		    : v[i].blame == BLAME_GATE  ? "the gate of repository "
		    : v[i].blame == BLAME_AGENT ? "agent "
						: "this machine",
		    v[i].name, b->failures, t->cause[0] ? t->cause : "see its history");
		if (b->until_boot_ms > f->boot_ms) {
			buf_adds(&text, "; the next try is in ");
			blocker_add_wait(&text, b->until_boot_ms - f->boot_ms);
		}
		print_text(p, PRINT_BAD, buf_str(&text));
		buf_clear(&text);
		buf_addf(&text, "reeve show %u; reeve retry %u, to try at once", t->id.n, t->id.n);
		print_words(p, "\n      ");
		print_text(p, PRINT_DIM, buf_str(&text));
		print_words(p, "\n");
	}
}

static struct report_breaker *
status_report_breakers(const struct cli_facts *f, const struct facts_breaker *v, size_t n)
{
	struct report_breaker *r = xcalloc(n + 1, sizeof *r);

	for (size_t i = 0; i < n; i++) {
		const struct breaker *b = &v[i].breaker;
		int64_t wait_ms = b->until_boot_ms - f->boot_ms;

		r[i] = (struct report_breaker){ .blame = v[i].blame,
			.name = v[i].name,
			.failures = b->failures,
			.ticket = b->last->ticket.id,
			.cause = b->last->ticket.cause,
			.next_wall_ms = wait_ms > 0 ? f->wall_ms + wait_ms : 0 };
	}
	return r;
}

/* What the supervisor kept of it, if it was there when the file was changed; else what fsck knows. */
static void
status_bad_next(const struct cli_facts *f, struct ticket_id id, struct buf *ret)
{
	const struct root *r = &f->cli->root;
	_cleanup_(buf_release) struct buf kept = BUF_INIT;

	buf_addf(&kept, "%u/" TICKET_LAST_GOOD, id.n);
	if (file_exists(r->io, r->tickets, kept.p))
		buf_addf(ret, "undo that, or cp %s/tickets/%s %s/tickets/%u/ticket", r->path,
		    kept.p, r->path, id.n);
	else
		buf_adds(ret, "reeve fsck");
}

static void
status_bad(struct print *p, const struct cli_facts *f)
{
	if (f->bad.n > 0)
		status_heading(p, "tickets that cannot be read");
	for (size_t i = 0; i < f->bad.n; i++) {
		_cleanup_(buf_release) struct buf next = BUF_INIT;

		print_words(p, "%4u  ", f->bad.v[i].id.n);
		print_text(p, PRINT_BAD, str_of(f->bad.v[i].why));
		print_words(p, "\n      ");
		status_bad_next(f, f->bad.v[i].id, &next);
		print_text(p, PRINT_DIM, buf_str(&next));
		print_words(p, "\n");
	}
}

/* What it says, besides the facts. */
struct status {
	struct look rows;
	struct look_refusals refused;
	struct facts_breaker *breakers;
	size_t n_breakers;
	struct fsck_note check;
	struct forecast forecast;
	struct inbox_counts unread;
};

static void
status_release(struct status *s)
{
	look_release(&s->rows);
	look_refusals_release(&s->refused);
	fsck_note_release(&s->check);
	forecast_release(&s->forecast);
	inbox_counts_release(&s->unread);
	free(s->breakers);
}

/* Of names, and of workers that run: those of one that has ended are in the brief of the next. */
static void
status_gather_unread(const struct cli_facts *f, struct inbox_counts *ret)
{
	inbox_counts_names(f->cli, ret);
	for (size_t i = 0; i < f->records.n; i++)
		if (f->records.v[i].ticket.episode.state == EPISODE_RUN)
			inbox_counts_worker(f->cli, ticket_episode(&f->records.v[i].ticket), ret);
}

static size_t
status_count_unread(const struct cli_facts *f, const struct status *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->unread.n; i++)
		n += inbox_count_is_overdue(f->cli, &s->unread.v[i], f->wall_ms);
	return n;
}

/* How many things wait for a person.  What holds back many tickets is one. */
static size_t
status_count(const struct cli_facts *f, const struct status *s)
{
	bool is_held = s->rows.n_held > 0 && (f->is_killed || !cli_facts_has_owner(f));

	return s->rows.n_person + is_held + s->refused.n + f->bad.n + s->n_breakers +
	       status_count_unread(f, s);
}

static void
status_json(struct print *p, const struct cli_facts *f, const struct status *st)
{
	struct report_status s = {
		.has_supervisor = cli_facts_has_owner(f),
		.supervisor_pid = supervisor_pid(f),
		.is_killed = f->is_killed,
		.is_stopped = f->is_stopped,
		.waiting = status_count(f, st),
		.n_tickets = st->rows.n,
		.n_refused = st->refused.n,
		.n_bad = f->bad.n,
		.checked_wall_ms = st->check.at_wall_ms,
		.check_findings = st->check.findings,
		.n_breakers = st->n_breakers,
		.conflicts = st->forecast.pairs.v,
		.n_conflicts = st->forecast.pairs.n,
		.is_partial = st->forecast.is_partial,
		.n_unread = st->unread.n,
	};
	struct report_ticket *tickets = look_reports(&st->rows);
	struct report_refused *refusals = look_refusals_report(&st->refused);
	struct report_breaker *breakers = status_report_breakers(f, st->breakers, st->n_breakers);
	struct report_bad *bad = xcalloc(f->bad.n + 1, sizeof *bad);
	struct report_unread *unread = xcalloc(st->unread.n + 1, sizeof *unread);

	for (size_t i = 0; i < st->unread.n; i++)
		unread[i] = (struct report_unread){ st->unread.v[i].to, st->unread.v[i].is_worker,
			st->unread.v[i].n, st->unread.v[i].oldest_wall_ms };
	s.unread = unread;

	for (size_t i = 0; i < f->bad.n; i++)
		bad[i] = (struct report_bad){ f->bad.v[i].id, f->bad.v[i].why };
	s.tickets = tickets;
	s.refused = refusals;
	s.bad = bad;
	s.breakers = breakers;
	report_status(&s, &p->out);
	free(tickets);
	free(refusals);
	free(breakers);
	free(bad);
	free(unread);
}

/* Ten tickets that change one file are 45 pairs. */
#define STATUS_CONFLICTS 10

/* No blocker: they may still be solved, or one of them be given up. */
static void
status_conflicts(struct print *p, const struct forecast *fc)
{
	if (fc->pairs.n > 0)
		status_heading(
		    p, "will conflict: the one that lands second goes back to its author");
	for (size_t i = 0; i < fc->pairs.n && i < STATUS_CONFLICTS; i++) {
		const struct report_conflict *c = &fc->pairs.v[i];
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		buf_addf(&text, "%u and %u, both change ", c->first.n, c->second.n);
		forecast_paths(c, &text);
		print_words(p, "      ");
		print_text(p, PRINT_WARN, buf_str(&text));
		buf_clear(&text);
		buf_addf(&text, "reeve tell %u TEXT, or reeve edit %u --after %u", c->second.n,
		    c->second.n, c->first.n);
		print_words(p, "\n      ");
		print_text(p, PRINT_DIM, buf_str(&text));
		print_words(p, "\n");
	}
	if (fc->pairs.n > STATUS_CONFLICTS)
		print_words(p, "      and %zu more pairs (reeve status --json)\n",
		    fc->pairs.n - STATUS_CONFLICTS);
	if (fc->is_bounded)
		print_words(p, "%snot all pairs of tickets were looked at for conflicts\n",
		    fc->pairs.n > 0 ? "      " : "\n");
}

/* Worktrees that nobody works in any more, when there are many. */
static void
status_left(struct print *p, const struct cli_facts *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *r = &f->records.v[i];
		const struct ticket *t = &r->ticket;
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		/* of a landed ticket it is there for a reason only, which is its cause */
		if (!phase_is_final(t->phase) || t->episode.n == 0 ||
		    (t->phase == PHASE_DONE && t->cause[0] == '\0'))
			continue;
		cli_facts_worktree(f, r, &path);
		n += access(path.p, F_OK) == 0;
	}
	if (n >= STATUS_LEFT_MIN)
		print_words(p,
		    "worktrees: %u are of tickets that are over; `reeve prune` tells why they are "
		    "still there\n",
		    n);
}

static void
status_print(struct print *p, const struct cli_facts *f, const struct status *s)
{
	supervisor_print(p, f, &s->check, s->rows.n_held);
	status_breakers(p, f, s->breakers, s->n_breakers);
	status_left(p, f);
	inbox_counts_print(p, &s->unread, f->wall_ms);
	status_waiting(p, f, &s->rows);
	status_asking(p, f, &s->rows);
	if (s->refused.n > 0)
		status_heading(p, "refused signals");
	look_refusals_print(p, f, &s->refused);
	status_bad(p, f);
	status_conflicts(p, &s->forecast);
	if (!supervisor_is_full(f) && status_count(f, s) == 0)
		print_words(p, "\nnothing waits for a person%s\n",
		    s->rows.n > 0 ? "" : "; no ticket is open");
	if (s->rows.n > s->rows.n_person)
		print_words(p, "\n");
	look_table(p, f, &s->rows, s->rows.n_person);
}

/* For the status line of a terminal: numbers and constant words, nothing that a format could take for its own. */
static void
status_line(struct print *p, const struct cli_facts *f, const struct status *s)
{
	size_t n = status_count(f, s), at_work = 0;

	for (size_t i = 0; i < f->records.n; i++)
		at_work += f->records.v[i].ticket.episode.state == EPISODE_RUN;
	print_words(p, "reeve: %s%s%zu wait%s for a person, %zu at work\n",
	    cli_facts_has_owner(f) ? "" : "no supervisor, ", f->is_killed ? "halted, " : "", n,
	    n == 1 ? "s" : "", at_work);
}

int
cmd_status(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(refused_list_release) struct refused_list refused = { 0 };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(status_release) struct status s = { 0 };
	struct err err = ERR_INIT;
	bool is_json = false, is_line = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &is_json },
		{ .name = "line", .flag = &is_line },
		{ 0 },
	};
	struct operands none;
	int status;

	if (!options_parse("status", options, argc, argv, 0, 0, &none, &status))
		return status;
	if (is_json && is_line)
		return cli_usage("status", "--json and --line do not go together");
	status = cli_facts_load_brief(c, &f);
	if (status != EXIT_OK)
		return status;
	cli_gone_find(&f);
	if (spool_refused(&c->root, &refused, &err) < 0)
		return cli_fail(&err);
	/* Not there: none has started yet.  Damaged: the next one writes it anew. */
	(void)fsck_note_read(&c->root, &s.check, NULL);
	look_gather(&f, false, NULL, &s.rows);
	look_refusals_gather(&f, &refused, 0, &s.refused);
	s.breakers = cli_facts_breakers(&f, &s.n_breakers);
	if (!is_line)
		forecast_make(&f, 0, &s.forecast);
	status_gather_unread(&f, &s.unread);
	print_open(&p);
	if (is_line)
		status_line(&p, &f, &s);
	else if (is_json)
		status_json(&p, &f, &s);
	else
		status_print(&p, &f, &s);
	status = print_close(&p);
	if (status != EXIT_OK)
		return status;
	return supervisor_is_full(&f) || status_count(&f, &s) > 0 ? EXIT_REFUSED : EXIT_OK;
}
