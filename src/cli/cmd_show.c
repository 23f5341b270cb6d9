/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve show: everything about one ticket. */
#include "base/base.h"

#include "cli/cli_history.h"
#include "cli/cli_look.h"
#include "cli/cli_options.h"
#include "cli/cmds.h"
#include "codec/episode_json.h"
#include "codec/stamp.h"
#include "store/episode.h"

#define SHOW_FILE_MAX (256u * 1024u)
#define SHOW_EPISODES 5  /* that are shown; --json has all */
#define SHOW_HISTORY  10 /* lines */

struct show {
	struct cli_facts facts;
	const struct record *record;
	struct blocker blocker;
	struct cli_history history;
	struct refused_list refused;
	struct buf worktree, question, feedback;
	bool has_worktree;
	/* by episode, as history.episodes */
	struct report_outcome *outcomes;
	struct buf *exits;
};

static void
show_release(struct show *s)
{
	for (size_t i = 0; s->outcomes != NULL && i < s->history.episodes.n; i++) {
		report_outcome_release(&s->outcomes[i]);
		buf_release(&s->exits[i]);
	}
	free(s->outcomes);
	free(s->exits);
	cli_history_release(&s->history);
	refused_list_release(&s->refused);
	blocker_release(&s->blocker);
	buf_release(&s->worktree);
	buf_release(&s->question);
	buf_release(&s->feedback);
	cli_facts_release(&s->facts);
}

/* What its files say of its end; nothing when they are not there or cannot be read. */
static void
show_read_episode(struct show *s, size_t i)
{
	struct report_episode *re = &s->history.episodes.v[i];
	struct episode_id ep = { s->record->ticket.id, re->n };
	struct root *root = &s->facts.cli->root;
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct exit_note note = { 0 };

	buf_init(&s->exits[i]);
	if (episode_read(root, ep, EPISODE_EXIT, SHOW_FILE_MAX, &bytes, NULL) == 0 &&
	    exit_note_load(buf_str(&bytes), &note, NULL) == 0) {
		exit_note_words(&note, &s->exits[i]);
		exit_note_release(&note);
		re->exit = s->exits[i].p;
	}
	buf_clear(&bytes);
	if (episode_read(root, ep, EPISODE_OUTCOME, SHOW_FILE_MAX, &bytes, NULL) == 0 &&
	    report_outcome_load(buf_str(&bytes), &s->outcomes[i], NULL) == 0)
		re->outcome = &s->outcomes[i];
}

static int
show_gather(struct cli *c, const char *arg, struct show *s)
{
	struct err err = ERR_INIT;
	struct io_stat st;
	int status = cli_facts_load_one(c, arg, &s->facts, &s->record);

	if (status != EXIT_OK)
		return status;
	if (cli_history_load(&s->history, s->record, &err) < 0 ||
	    spool_refused(&c->root, &s->refused, &err) < 0)
		return cli_fail(&err);
	cli_facts_blocker(&s->facts, s->record, &s->blocker);
	cli_facts_worktree(&s->facts, s->record, &s->worktree);
	s->has_worktree =
	    c->root.io->ops->stat(c->root.io, IO_CWD, s->worktree.p, &st) == 0 && st.is_dir;
	if (s->history.question != NULL)
		history_text(s->history.question, &s->question);
	if (s->history.feedback != NULL)
		history_text(s->history.feedback, &s->feedback);
	s->outcomes = xcalloc(s->history.episodes.n + 1, sizeof *s->outcomes);
	s->exits = xcalloc(s->history.episodes.n + 1, sizeof *s->exits);
	for (size_t i = 0; i < s->history.episodes.n; i++)
		show_read_episode(s, i);
	return EXIT_OK;
}

static void
show_json(struct print *p, const struct show *s)
{
	struct report_show r = {
		.ticket = { s->record, &s->blocker },
		.worktree = s->worktree.p,
		.has_worktree = s->has_worktree,
		.question = s->history.question != NULL ? s->question.p : NULL,
		.feedback = s->history.feedback != NULL ? s->feedback.p : NULL,
		.episodes = s->history.episodes.v,
		.n_episodes = s->history.episodes.n,
		.history = &s->history.entries,
	};
	struct report_refused *refused =
	    look_refusals(&s->refused, &r.n_refused, s->record->ticket.id.n);

	r.refused = refused;
	report_show(&r, &p->out);
	free(refused);
}

/* "name        value"; nothing without a value. */
static void
show_line(struct print *p, const char *name, enum print_style style, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	print_words(p, "%-11s", name);
	print_text(p, style, str_of(value));
	print_words(p, "\n");
}

static void show_linef(struct print *p, const char *name, const char *fmt, ...) printf_like(3, 4);
static void
show_linef(struct print *p, const char *name, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	show_line(p, name, PRINT_PLAIN, b.p);
}

static void
show_time(struct print *p, const char *name, int64_t wall_ms, int64_t now_ms)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (wall_ms <= 0)
		return;
	stamp_add(&b, wall_ms);
	if (wall_ms <= now_ms) {
		buf_adds(&b, ", ");
		stamp_add_age(&b, now_ms - wall_ms);
		buf_adds(&b, " ago");
	}
	show_line(p, name, PRINT_PLAIN, b.p);
}

static void
show_head(struct print *p, const struct show *s)
{
	const struct ticket *t = &s->record->ticket;
	const struct spec *spec = &s->record->spec;
	int64_t now = s->facts.wall_ms;

	print_words(p, "%u  ", t->id.n);
	print_text(p, PRINT_BOLD, str_of(spec->title));
	print_words(p, "\n");
	if (ticket_is_open(t))
		show_linef(p, "phase", "%s; episode %u.%u (%s, %s)", phase_name(t->phase), t->id.n,
		    t->episode.n, role_name(t->episode.role), episode_state_name(t->episode.state));
	else
		show_line(p, "phase", PRINT_PLAIN, phase_name(t->phase));
	if (t->want != WANT_RUN)
		show_line(p, "want", PRINT_PLAIN, want_name(t->want));
	show_line(
	    p, "waits for", s->blocker.needs_person ? PRINT_WARN : PRINT_PLAIN, s->blocker.text.p);
	show_line(p, "next", PRINT_BOLD, s->blocker.next.p);
	if (t->cause[0] != '\0' && strstr(s->blocker.text.p, t->cause) == NULL)
		show_line(p, "cause", PRINT_PLAIN, t->cause);
	show_linef(p, "repository", "%s: %s -> %s", spec->repo ? spec->repo : "-",
	    spec->branch ? spec->branch : "-", spec->base ? spec->base : "-");
	show_linef(p, "worktree", "%s%s", s->worktree.p, s->has_worktree ? "" : " (not there)");
	show_line(p, "agent", PRINT_PLAIN, spec->agent);
	show_linef(p, "review", "%s, merge %s, priority %u", review_name(t->review),
	    merge_name(t->merge), t->priority);
	show_line(p, "mission", PRINT_PLAIN, spec->mission);
	show_line(p, "after", PRINT_PLAIN, spec->after);
	show_line(p, "notify", PRINT_PLAIN, spec->notify);
	show_time(p, "not before", t->not_before_wall_ms, now);
	if (oid_is_set(t->pinned))
		show_linef(
		    p, "reported", "%s by episode %u.%u", t->pinned.hex, t->id.n, t->pinned_by);
	show_line(p, "passed", PRINT_PLAIN, t->passed.hex);
	show_line(
	    p, t->phase == PHASE_DONE ? "landed as" : "merge", PRINT_PLAIN, t->merge_commit.hex);
	if (t->deaths + t->start_failures + t->cycles + t->reboots > 0)
		show_linef(p, "budgets",
		    "deaths %u of %d, failed starts %u of %d, review rounds %u of %d, reboots %u "
		    "of %d",
		    t->deaths, TICKET_DEATHS_MAX, t->start_failures, TICKET_STARTS_MAX, t->cycles,
		    TICKET_CYCLES_MAX, t->reboots, TICKET_REBOOTS_MAX);
	show_time(p, "created", t->created_wall_ms, now);
	show_time(p, "updated", t->updated_wall_ms, now);
	show_linef(p, "revision", "%llu", (unsigned long long)t->rev);
}

static void
show_section(struct print *p, const char *name)
{
	print_words(p, "\n");
	print_text(p, PRINT_BOLD, str_of(name));
	print_words(p, "\n");
}

static void
show_text(struct print *p, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	show_section(p, name);
	print_lines(p, 4, str_of(text));
}

/* A field of an outcome, under its episode. */
static void
show_field(struct print *p, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	print_words(p, "    %s: ", name);
	print_text(p, PRINT_PLAIN, str_of(value));
	print_words(p, "\n");
}

static void
show_fields(struct print *p, const char *name, const struct strvec *values)
{
	for (size_t i = 0; i < values->n; i++)
		show_field(p, name, values->v[i]);
}

static void
show_episode(struct print *p, const struct show *s, const struct report_episode *re)
{
	const struct report_outcome *oc = re->outcome;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%u.%u %s, opened ", s->record->ticket.id.n, re->n, role_name(re->role));
	stamp_add(&b, re->opened_wall_ms);
	if (re->closed_wall_ms != 0) {
		buf_adds(&b, ", closed ");
		stamp_add(&b, re->closed_wall_ms);
	} else if (re->state != EPISODE_NONE) {
		buf_addf(&b, ", %s", episode_state_name(re->state));
	}
	if (re->ending != ENDING_UNSET)
		buf_addf(&b, ": %s", ending_name(re->ending));
	if (re->exit != NULL && re->exit[0] != '\0')
		buf_addf(&b, ", %s", re->exit);
	print_words(p, "  ");
	print_text(p, PRINT_PLAIN, buf_str(&b));
	print_words(p, "\n");
	if (oc == NULL) {
		_cleanup_(free_charp) char *reason = xstrndup(re->reason.p, re->reason.len);

		show_field(p, "reason", reason);
		return;
	}
	show_field(p, "status", oc->status);
	show_field(p, "summary", oc->summary);
	show_field(p, "root cause", oc->root_cause);
	show_field(p, "safe to retry", oc->safe_retry ? "yes" : "no");
	show_field(p, "stop condition", oc->stop_condition);
	show_field(p, "needs from a person", oc->human_input);
	show_fields(p, "next", &oc->next_actions);
	show_fields(p, "artifact", &oc->artifacts);
}

static bool
show_has_refused(const struct show *s)
{
	for (size_t i = 0; i < s->refused.n; i++)
		if (s->refused.v[i].ticket.n == s->record->ticket.id.n)
			return true;
	return false;
}

static void
show_print(struct print *p, const struct show *s)
{
	size_t n = s->history.episodes.n, lines = s->history.entries.n;

	show_head(p, s);
	show_text(p, "description", s->record->spec.text);
	show_text(p, "question", s->question.p);
	show_text(p, "last feedback", s->feedback.p);
	if (n > 0)
		show_section(p, "episodes, the last first");
	for (size_t i = n; i > 0 && i + SHOW_EPISODES > n; i--)
		show_episode(p, s, &s->history.episodes.v[i - 1]);
	if (show_has_refused(s)) {
		show_section(p, "refused signals");
		look_print_refused(p, &s->facts, &s->refused, s->record->ticket.id.n);
	}
	show_section(p, "history");
	cli_history_print(p, &s->history, s->record->ticket.id,
	    lines > SHOW_HISTORY ? lines - SHOW_HISTORY : 0, false);
}

int
cmd_show(struct cli *c, int argc, char **argv)
{
	_cleanup_(show_release) struct show s = {
		.facts = CLI_FACTS_INIT,
		.blocker = BLOCKER_INIT,
		.worktree = BUF_INIT,
		.question = BUF_INIT,
		.feedback = BUF_INIT,
	};
	_cleanup_(print_release) struct print p = PRINT_INIT;
	bool is_json = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &is_json },
		{ 0 },
	};
	struct operands id;
	int status;

	if (!options_parse("show", options, argc, argv, 1, 1, &id, &status))
		return status;
	status = show_gather(c, id.v[0], &s);
	if (status != EXIT_OK)
		return status;
	print_open(&p);
	if (is_json)
		show_json(&p, &s);
	else
		show_print(&p, &s);
	return print_close(&p);
}
