/* SPDX-License-Identifier: GPL-2.0-only */
/* edit park unpark retry cancel reopen answer merge discard: what a person wants of a ticket. */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_from.h"
#include "cli/cli_mutate.h"
#include "cli/cli_refused.h"
#include "cli/cli_task.h"
#include "store/spool.h"

/* One command for one ticket. */
static int
ticket_change(struct cli *c, const struct mutation *m, enum event_kind kind, const char *arg,
    const char *body, const struct done_words *words)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(signal_release) struct signal s = { 0 };
	int status = cli_ticket(c, arg, &rec);

	if (status != EXIT_OK)
		return status;
	s.event.kind = kind;
	s.event.ticket = rec.ticket.id;
	set_charp(&s.body, body);
	return mutate(c, m, &s, words);
}

/* The same for each of them; one that fails does not save the others. */
static int
ticket_change_all(
    struct cli *c, int argc, char **argv, enum event_kind kind, const struct done_words *words)
{
	struct mutation m = { .command = argv[0] };
	const char *message = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	struct operands ids;
	int status, worst = EXIT_OK;

	if (!options_parse(argv[0], options, argc, argv, 1, OPERANDS_MANY, &ids, &status))
		return status;
	if (m.expect != NULL && ids.n > 1)
		return cli_usage(argv[0], "--expect is about one ticket");
	for (int i = 0; i < ids.n; i++) {
		status = ticket_change(c, &m, kind, ids.v[i], message, words);
		if (worst == EXIT_OK)
			worst = status;
	}
	return worst;
}

int
cmd_park(struct cli *c, int argc, char **argv)
{
	return ticket_change_all(c, argc, argv, EVENT_PARK,
	    &(struct done_words){
		PHASE_PARKED, "parked", "to be parked when its worker has ended" });
}

int
cmd_unpark(struct cli *c, int argc, char **argv)
{
	return ticket_change_all(
	    c, argc, argv, EVENT_UNPARK, &(struct done_words){ .word = "no longer parked" });
}

int
cmd_retry(struct cli *c, int argc, char **argv)
{
	return ticket_change_all(
	    c, argc, argv, EVENT_RETRY, &(struct done_words){ .word = "to be tried again" });
}

int
cmd_cancel(struct cli *c, int argc, char **argv)
{
	return ticket_change_all(c, argc, argv, EVENT_CANCEL,
	    &(struct done_words){
		PHASE_CANCELLED, "cancelled", "to be cancelled when its worker has ended" });
}

/* ID and a text. */
static int
ticket_say(
    struct cli *c, int argc, char **argv, enum event_kind kind, const char *needs, const char *word)
{
	_cleanup_(free_charp) char *text = NULL;
	struct mutation m = { .command = argv[0] };
	const char *message = NULL, *file = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 1, &args, &status))
		return status;
	status = cli_text(argv[0], message, file, &text);
	if (status != EXIT_OK)
		return status;
	if (needs != NULL && text == NULL)
		return cli_usage(argv[0], "%s", needs);
	return ticket_change(c, &m, kind, args.v[0], text, &(struct done_words){ .word = word });
}

int
cmd_reopen(struct cli *c, int argc, char **argv)
{
	return ticket_say(c, argc, argv, EVENT_REOPEN, "say why, with -m TEXT", "open again");
}

int
cmd_merge(struct cli *c, int argc, char **argv)
{
	return ticket_say(c, argc, argv, EVENT_LAND, NULL, "to be merged");
}

/* What an edit does to who works on the ticket; another task, or another judge, ends its turn. */
static const char *
edit_words(const struct ticket *t, const struct signal *s)
{
	bool is_live = t->episode.state == EPISODE_OPEN || t->episode.state == EPISODE_RUN;
	bool is_task =
	    s->spec.title || s->spec.text || s->spec.agent || s->spec.base || s->spec.from;
	bool is_review = t->episode.role == ROLE_REVIEWER;

	if (is_live && is_task && !is_review)
		return "changed; its worker is stopped, and a new one starts with that";
	if (is_live && is_review && (is_task || (s->event.review && s->event.review != t->review)))
		return "changed; its reviewer is stopped";
	if (is_task && oid_is_set(t->passed))
		return "changed; and what was passed is not";
	return "changed";
}

/* "": at the base again. */
static bool
edit_from(
    struct cli *c, const struct record *rec, const char *from, struct signal *s, int *ret_status)
{
	const char *base = s->spec.base ? s->spec.base : rec->spec.base;

	if (from[0] == '\0') {
		set_charp(&s->spec.from, "");
		return true;
	}
	*ret_status = cli_config(c);
	return *ret_status == EXIT_OK &&
	       from_resolve(c, "edit", rec->spec.repo ? rec->spec.repo : "", base ? base : "", from,
		   &s->spec.from, ret_status);
}

int
cmd_edit(struct cli *c, int argc, char **argv)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(signal_release) struct signal s = { 0 };
	struct mutation m = { .command = argv[0] };
	struct task_options task = { 0 };
	const char *title = NULL;
	const struct cli_option options[] = {
		{ 0, "title", .value = &title },
		TASK_OPTIONS(task),
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 1, &args, &status))
		return status;
	if (argc < 3 || (title == NULL && !task_is_any(&task)))
		return cli_usage(argv[0], "nothing to change is named");
	status = cli_ticket(c, args.v[0], &rec);
	if (status != EXIT_OK)
		return status;
	s.event.kind = EVENT_EDIT;
	s.event.ticket = rec.ticket.id;
	set_charp(&s.spec.title, title);
	if (!task_fill(c, argv[0], &task, &s, &status) ||
	    (task.from != NULL && !edit_from(c, &rec, task.from, &s, &status)))
		return status;
	status = mutate(c, &m, &s, &(struct done_words){ .word = edit_words(&rec.ticket, &s) });
	if (status == EXIT_OK && task.base != NULL && rec.spec.repo != NULL &&
	    cli_config(c) == EXIT_OK)
		from_warn_base(c, rec.spec.repo, task.base);
	return status;
}

/* ---- discard ---- */

static int
discard_one(struct root *r, const char *arg)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, why = BUF_INIT;
	struct err err = ERR_INIT;
	int e;

	if (!refused_names(r, arg, &name, &why)) {
		cli_say("discard: \"%s\" is no name of a refused signal; `reeve status` shows them",
		    arg);
		return EXIT_USAGE;
	}
	e = spool_discard(r, name.p, why.p, &err);
	if (e == ERR_NOTFOUND) {
		cli_say(
		    "discard: nothing refused is called \"%s\"; `reeve status` shows what is", arg);
		return EXIT_REFUSED;
	}
	if (e < 0) {
		cli_say("discard: %s", err.text);
		return e == ERR_CONFLICT ? EXIT_REFUSED : cli_exit_code(e);
	}
	cli_out("%s: discarded", name.p);
	return EXIT_OK;
}

int
cmd_discard(struct cli *c, int argc, char **argv)
{
	struct operands names;
	int status, worst = EXIT_OK;

	if (!options_parse(argv[0], NULL, argc, argv, 1, OPERANDS_MANY, &names, &status))
		return status;
	status = cli_root(c);
	for (int i = 0; status == EXIT_OK && i < names.n; i++) {
		int one = discard_one(&c->root, names.v[i]);

		if (worst == EXIT_OK)
			worst = one;
	}
	return status != EXIT_OK ? status : worst;
}
