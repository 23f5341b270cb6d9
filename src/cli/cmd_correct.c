/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * assign adopt amend tell: a person corrects what became of a ticket.
 *
 * The first three are about the ticket as it was when it was read here: the command carries that revision, and
 * is refused when the ticket has moved meanwhile (T37, T49, T67).
 */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_artifact.h"
#include "cli/cli_mutate.h"
#include "cli/cli_refused.h"
#include "cli/cli_task.h"

struct correction {
	struct mutation m;
	const char *message, *file; /* -m, -F */
	struct record rec;          /* of the ticket, as it was read */
	bool is_landed;             /* its target holds the commit already */
	struct signal s;
};

static void
correction_release(struct correction *k)
{
	record_release(&k->rec);
	signal_release(&k->s);
}

/* Reads the ticket; the signal is about this revision of it from here on. */
static int
correct_ticket(struct cli *c, struct correction *k, const char *arg, enum event_kind kind)
{
	int status = cli_ticket(c, arg, &k->rec);

	k->s.event.kind = kind;
	k->s.event.ticket = k->rec.ticket.id;
	k->s.event.expect_rev = k->rec.ticket.rev;
	return status;
}

/* What becomes of the one that is on it now. */
static const char *
correct_worker(const struct ticket *t)
{
	const char *who = t->episode.role == ROLE_REVIEWER ? "; its reviewer is stopped first"
							   : "; its worker is stopped first";

	switch (t->episode.state) {
	case EPISODE_OPEN:
	case EPISODE_RUN:
		return who;
	case EPISODE_TERM:
		return "; its worker finishes its turn first";
	case EPISODE_STOP:
		return "; its worker is being stopped";
	case EPISODE_NONE:
	case EPISODE_COUNT:
		break;
	}
	return t->phase == PHASE_PARKED ? "; it stays parked until `reeve unpark`" : "";
}

static int
correct_send(struct cli *c, struct correction *k, const char *words)
{
	int status = EXIT_OK;

	if (k->s.body == NULL)
		status = cli_text(k->m.command, k->message, k->file, &k->s.body);
	if (status != EXIT_OK)
		return status;
	return mutate(c, &k->m, &k->s, &(struct done_words){ .word = words });
}

int
cmd_assign(struct cli *c, int argc, char **argv)
{
	_cleanup_(correction_release) struct correction k = { .m = { .command = argv[0] },
		.rec = { .history = BUF_INIT } };
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	struct task_options task = { 0 };
	const struct cli_option options[] = {
		{ 'm', "message", .value = &k.message },
		MUTATION_OPTIONS(k.m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 2, 2, &args, &status))
		return status;
	status = correct_ticket(c, &k, args.v[0], EVENT_ASSIGN);
	task.agent = args.v[1];
	if (status != EXIT_OK || !task_fill(c, argv[0], &task, &k.s, &status))
		return status;
	buf_addf(&words, "assigned to %s%s", args.v[1], correct_worker(&k.rec.ticket));
	return correct_send(c, &k, words.p);
}

/* ---- commits ---- */

/* rev NULL: the tip of the ticket's branch. */
static int
correct_commit(struct cli *c, struct correction *k, const char *rev)
{
	_cleanup_(buf_release) struct buf branch = BUF_INIT;
	const char *name = k->rec.spec.repo ? k->rec.spec.repo : "";
	const struct config_repo *repo;
	struct err err = ERR_INIT;
	int status = cli_config(c);

	if (status != EXIT_OK)
		return status;
	repo = config_repo(&c->config, name);
	if (repo == NULL) {
		cli_say("%s: the repository \"%s\" of ticket %u is not configured any more; "
			"`reeve repo add PATH --name %s`",
		    k->m.command, name, k->rec.ticket.id.n, name);
		return EXIT_REFUSED;
	}
	buf_addf(&branch, "refs/heads/%s", k->rec.spec.branch ? k->rec.spec.branch : "");
	if (artifact_named(repo->path, rev != NULL ? rev : branch.p, &k->s.event.commit, &err) <
	    0) {
		(void)err_prefix(&err, "%s: nothing was changed", k->m.command);
		return cli_fail(&err);
	}
	k->is_landed = k->rec.spec.base != NULL &&
		       artifact_is_in(repo->path, k->s.event.commit, k->rec.spec.base);
	return EXIT_OK;
}

/* Only what a worker may have meant as its end can be taken for one. */
static int
adopt_refuse_kind(const char *name, const struct event *e)
{
	unsigned id = e->ticket.n;

	if (e->kind == EVENT_PASS)
		cli_say("adopt: %s is a PASS, which only its reviewer can say. Look yourself, then "
			"`reeve pass %u`",
		    name, id);
	else if (e->kind == EVENT_FAIL)
		cli_say("adopt: %s is a FAIL, which only its reviewer can say. `reeve fail %u -m "
			"TEXT` sends the commit back",
		    name, id);
	else if (event_is_report(e->kind))
		cli_say("adopt: %s is a %s and names no work. `reeve tell %u TEXT` tells the next "
			"worker what you know; `reeve discard %s%s` ends it",
		    name, event_name(e->kind), id, refused_dashes(name), name);
	else
		cli_say("adopt: %s is no report, but the command \"%s\". Give that again if it is "
			"still wanted; `reeve discard %s%s` ends it",
		    name, event_name(e->kind), refused_dashes(name), name);
	return EXIT_REFUSED;
}

/* The ticket and the commit of a report that was refused. */
static int
adopt_refused(struct cli *c, struct correction *k, const char *arg)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, why = BUF_INIT;
	_cleanup_(signal_release) struct signal report = { 0 };
	struct err err = ERR_INIT;
	uint64_t by;
	char id[16];
	int status = cli_root(c), e;

	if (status != EXIT_OK)
		return status;
	if (!refused_names(&c->root, arg, &name, &why))
		return cli_usage("adopt", "\"%s\" is neither a ticket nor a refused signal", arg);
	e = refused_read(&c->root, name.p, &report, &err);
	if (e == ERR_NOTFOUND)
		cli_say(
		    "adopt: nothing refused is called \"%s\"; `reeve status` shows what is", arg);
	else if (e < 0)
		cli_say("adopt: %s: %s. Name the work yourself: `reeve adopt ID COMMIT`", name.p,
		    err.text);
	if (e < 0)
		return e == ERR_NOTFOUND || e == ERR_INVALID ? EXIT_REFUSED : cli_exit_code(e);
	if (report.event.kind != EVENT_DONE && report.event.kind != EVENT_REVIEW)
		return adopt_refuse_kind(name.p, &report.event);
	(void)snprintf(id, sizeof id, "%u", report.event.ticket.n);
	status = correct_ticket(c, k, id, EVENT_ADOPT);
	k->s.event.adopts = report.event.sig;
	if (k->message == NULL && k->file == NULL)
		set_charp(&k->s.body, report.summary);
	if (status != EXIT_OK)
		return status;
	by = refused_adopted(&k->rec, &report.event.sig);
	if (by != 0) {
		cli_say("adopt: %s was adopted already, by revision %llu of ticket %s; to take the "
			"same work once more, name its commit: `reeve adopt %s COMMIT`",
		    name.p, (unsigned long long)by, id, id);
		return EXIT_REFUSED;
	}
	return correct_commit(
	    c, k, oid_is_set(report.event.commit) ? report.event.commit.hex : NULL);
}

int
cmd_adopt(struct cli *c, int argc, char **argv)
{
	_cleanup_(correction_release) struct correction k = { .m = { .command = argv[0] },
		.rec = { .history = BUF_INIT } };
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &k.message },
		{ 'F', "file", .value = &k.file },
		MUTATION_OPTIONS(k.m),
		{ 0 },
	};
	struct ticket_id id;
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 2, &args, &status))
		return status;
	if (args.n == 1 &&
	    ticket_id_parse(str_of(args.v[0] + (args.v[0][0] == '#')), &id)) /* "#12", "12" */
		return cli_usage(argv[0],
		    "which commit is the work of ticket %u? Its id, or a branch such as the "
		    "ticket's own",
		    id.n);
	if (args.n == 1) {
		status = adopt_refused(c, &k, args.v[0]);
	} else {
		status = correct_ticket(c, &k, args.v[0], EVENT_ADOPT);
		if (status == EXIT_OK)
			status = correct_commit(c, &k, args.v[1]);
	}
	if (status != EXIT_OK)
		return status;
	buf_addf(&words, "adopted %.12s", k.s.event.commit.hex);
	if (k.is_landed)
		buf_addf(
		    &words, ", which %s holds already: nothing will be merged", k.rec.spec.base);
	buf_adds(&words, correct_worker(&k.rec.ticket));
	return correct_send(c, &k, words.p);
}

/* It would be about a commit that changes under its reviewer's eyes. */
static int
amend_send(struct cli *c, struct correction *k, const char *words)
{
	const struct ticket *t = &k->rec.ticket;
	int status = correct_send(c, k, words);

	if (status == EXIT_REFUSED &&
	    (t->phase == PHASE_REV_STARTING || t->phase == PHASE_REVIEWING))
		cli_say(
		    "a reviewer looks at the delivered commit now (episode %u.%u). Wait for its "
		    "verdict; or `reeve adopt %u %.12s` stops it and takes your commit",
		    t->id.n, t->episode.n, t->id.n, k->s.event.commit.hex);
	return status;
}

int
cmd_amend(struct cli *c, int argc, char **argv)
{
	_cleanup_(correction_release) struct correction k = { .m = { .command = argv[0] },
		.rec = { .history = BUF_INIT } };
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &k.message },
		{ 'F', "file", .value = &k.file },
		MUTATION_OPTIONS(k.m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 2, &args, &status))
		return status;
	status = correct_ticket(c, &k, args.v[0], EVENT_AMEND);
	if (status == EXIT_OK)
		status = correct_commit(c, &k, args.n == 2 ? args.v[1] : NULL);
	if (status != EXIT_OK)
		return status;
	buf_addf(&words, "amended; the verdict is about %.12s from now on%s", k.s.event.commit.hex,
	    oid_is_set(k.rec.ticket.passed) ? ", and what was passed is not" : "");
	return amend_send(c, &k, words.p);
}

/* ---- words ---- */

int
cmd_tell(struct cli *c, int argc, char **argv)
{
	_cleanup_(correction_release) struct correction k = { .m = { .command = argv[0] },
		.rec = { .history = BUF_INIT } };
	const struct cli_option options[] = {
		{ 'm', "message", .value = &k.message },
		{ 'F', "file", .value = &k.file },
		MUTATION_OPTIONS(k.m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 2, &args, &status))
		return status;
	if (args.n == 2 && (k.message != NULL || k.file != NULL))
		return cli_usage(argv[0], "\"%s\" and -m or -F are two texts; give one", args.v[1]);
	status = cli_text(argv[0], args.n == 2 ? args.v[1] : k.message, k.file, &k.s.body);
	if (status != EXIT_OK)
		return status;
	if (k.s.body == NULL || str_trim(str_of(k.s.body)).len == 0)
		return cli_usage(argv[0], "tell it what? TEXT, -m TEXT or -F FILE");
	status = correct_ticket(c, &k, args.v[0], EVENT_TELL);
	if (status != EXIT_OK)
		return status;
	k.s.event.expect_rev = 0; /* words are not about a revision, unless --expect says so */
	return correct_send(c, &k,
	    ticket_is_open(&k.rec.ticket)
		? "kept for its next start, and goes to the inbox of the worker that is on it now"
		: "kept for its next start");
}
