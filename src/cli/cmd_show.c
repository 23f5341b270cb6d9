/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve show: everything about one ticket. */
#include "base/base.h"

#include "cli/cli_options.h"
#include "cli/cli_show.h"
#include "cli/cmds.h"
#include "codec/episode_json.h"
#include "store/episode.h"
#include "store/gates.h"
#include "store/place.h"

#define SHOW_FILE_MAX (256u * 1024u)
#define SHOW_SPEC_MAX ((size_t)1024 * 1024)

static void
show_release(struct show *s)
{
	for (size_t i = 0; s->outcomes != NULL && i < s->history.episodes.n; i++) {
		report_outcome_release(&s->outcomes[i]);
		buf_release(&s->exits[i]);
		launch_release(&s->launches[i]);
	}
	free(s->launches);
	free(s->turns);
	free(s->outcomes);
	free(s->exits);
	cli_history_release(&s->history);
	look_refusals_release(&s->refusals);
	refused_list_release(&s->refused);
	blocker_release(&s->blocker);
	buf_release(&s->worktree);
	strvec_release(&s->prepared);
	buf_release(&s->question);
	buf_release(&s->feedback);
	forecast_release(&s->forecast);
	strvec_release(&s->gate_logs);
	cli_facts_release(&s->facts);
}

/* Which session of which agent it was. */
static void
show_read_session(struct show *s, size_t i)
{
	struct report_episode *re = &s->history.episodes.v[i];
	struct episode_id ep = { s->record->ticket.id, re->n };
	struct root *root = &s->facts.cli->root;
	struct launch *l = &s->launches[i];
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;

	if (episode_read(root, ep, EPISODE_SPEC, SHOW_SPEC_MAX, &bytes, NULL) == 0 &&
	    launch_load(buf_str(&bytes), l, NULL) == 0) {
		re->agent = l->agent;
		re->session = l->session;
		re->continues = l->continues;
	}
	buf_clear(&bytes);
	if (!re->session &&
	    episode_read(root, ep, EPISODE_TURN, SHOW_FILE_MAX, &bytes, NULL) == 0 &&
	    turn_load(buf_str(&bytes), &s->turns[i], NULL) == 0 && s->turns[i].session[0])
		re->session = s->turns[i].session;
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

	show_read_session(s, i);
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

/* Of the others it has to know what they change; of one that is over, nothing. */
static void
show_forecast(struct show *s)
{
	_cleanup_(cli_facts_release) struct cli_facts all = CLI_FACTS_INIT;
	const struct ticket *t = &s->record->ticket;

	if (phase_is_final(t->phase) || (t->episode.n == 0 && !oid_is_set(t->pinned)))
		return;
	if (s->facts.records.n > 1)
		forecast_make(&s->facts, t->id.n, &s->forecast);
	else if (cli_facts_load(s->facts.cli, &all) == EXIT_OK)
		forecast_make(&all, t->id.n, &s->forecast);
}

/* What the worktree was given at the last start. */
static void
show_read_prepared(struct show *s)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct str rest, line;

	if (s->record->ticket.episode.n == 0 ||
	    episode_read(&s->facts.cli->root, ticket_episode(&s->record->ticket), EPISODE_PREPARED,
		SHOW_FILE_MAX, &bytes, NULL) < 0)
		return;
	rest = buf_str(&bytes);
	while (str_cut(&rest, '\n', &line) || line.len > 0)
		strvec_push_take(&s->prepared, xstrndup(line.p, line.len));
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
	s->port = place_port(&c->root, &s->record->ticket);
	show_read_prepared(s);
	look_refusals_gather(&s->facts, &s->refused, s->record->ticket.id.n, &s->refusals);
	s->has_worktree =
	    c->root.io->ops->stat(c->root.io, IO_CWD, s->worktree.p, &st) == 0 && st.is_dir;
	if (s->history.question != NULL)
		history_text(s->history.question, &s->question);
	if (s->history.feedback != NULL)
		history_text(s->history.feedback, &s->feedback);
	if (s->history.gate != NULL)
		gate_logs(&c->root, s->record->ticket.id, &s->gate_logs);
	s->outcomes = xcalloc(s->history.episodes.n + 1, sizeof *s->outcomes);
	s->exits = xcalloc(s->history.episodes.n + 1, sizeof *s->exits);
	s->launches = xcalloc(s->history.episodes.n + 1, sizeof *s->launches);
	s->turns = xcalloc(s->history.episodes.n + 1, sizeof *s->turns);
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
		.port = s->port,
		.prepared = &s->prepared,
		.question = s->history.question != NULL ? s->question.p : NULL,
		.feedback = s->history.feedback != NULL ? s->feedback.p : NULL,
		.gate = s->history.gate,
		.gate_logs = &s->gate_logs,
		.episodes = s->history.episodes.v,
		.n_episodes = s->history.episodes.n,
		.n_refused = s->refusals.n,
		.history = &s->history.entries,
	};
	struct report_refused *refused = look_refusals_report(&s->refusals);

	r.refused = refused;
	report_show(&r, &p->out);
	free(refused);
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
	if (is_json) { /* which programs ask often; status has the forecast for them */
		show_json(&p, &s);
	} else {
		show_forecast(&s);
		show_print(&p, &s);
	}
	return print_close(&p);
}
