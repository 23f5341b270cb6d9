/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve inbox: messages that wait for a name, or for the worker that asks.
 *
 * Printed and flushed first, marked as read then: whoever is ended in between reads them again.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_identity.h"
#include "cli/cli_inbox.h"
#include "cli/cli_options.h"
#include "cli/cli_stand.h"
#include "codec/stamp.h"
#include "sys/clock.h"

struct inbox_reading {
	struct cli *c;
	struct inbox_place place;
	char name[ID_SIGNAL_MAX]; /* of it, for sentences */
	bool is_peek, is_json, waits;
	int64_t due_boot_ms; /* 0: none */
};

/* A worker has its own and no other: what it marked as read, nobody else would see. */
static int
inbox_choose(struct inbox_reading *r, const char *name)
{
	struct episode_id ep;
	bool is_worker = identity_episode(&ep, NULL) == 0;
	struct ticket_id here;
	int status;

	if (name != NULL && is_worker)
		return cli_refuse_worker("the inbox of somebody else");
	status = cli_root(r->c);
	if (status != EXIT_OK)
		return status;
	if (is_worker && stand_elsewhere(&r->c->root, ep.ticket, &here)) {
		cli_say("this is the worktree of ticket %u, and the environment that of ticket %u: "
			"nothing was read",
		    here.n, ep.ticket.n);
		return EXIT_REFUSED;
	}
	if (is_worker) {
		r->place = inbox_of_episode(ep);
		(void)snprintf(r->name, sizeof r->name, "%u.%u", ep.ticket.n, ep.n);
		return EXIT_OK;
	}
	if (name == NULL)
		name = cli_inbox_own();
	if (name == NULL) {
		status = cli_config(r->c);
		if (status != EXIT_OK)
			return status;
		name = r->c->config.notify;
	}
	if (name == NULL)
		return cli_usage("inbox",
		    "whose? Name it, or set $" INBOX_VARIABLE ", or notify under [defaults]");
	if (!id_is_name(str_of(name)))
		return cli_usage("inbox",
		    "an inbox is called by a letter or digit, then at most 63 letters, digits and "
		    "._-");
	r->place = inbox_of_name(name);
	(void)snprintf(r->name, sizeof r->name, "%s", name);
	return EXIT_OK;
}

/* --- printing --- */

static void
inbox_print_one(struct print *p, const struct message *m, int64_t now_wall_ms)
{
	_cleanup_(buf_release) struct buf age = BUF_INIT;
	char name[MESSAGE_NAME_MAX];

	message_file(m, name);
	name[strlen(name) - strlen(".json")] = '\0';
	stamp_add_age(&age, now_wall_ms - m->wall_ms);
	print_words(p, "%u  ", m->ticket.n);
	print_text(p, PRINT_WARN, str_of(message_text(m->kind)));
	print_words(p, " (%s)  ", age.p);
	print_text(p, PRINT_BOLD, str_of(m->title));
	print_words(p, "\n");
	if (m->summary != NULL)
		print_lines(p, 4, str_of(m->summary));
	if (m->next != NULL) {
		print_words(p, "    ");
		print_text(p, PRINT_DIM, str_of(m->next));
		print_words(p, "\n");
	}
	print_words(p, "    ");
	print_text(p, PRINT_DIM, str_of(name));
	print_words(p, "\n");
}

/* All of it is out, or none of it counts as read. */
static int
inbox_print(const struct inbox_reading *r, const struct cli_messages *l)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;

	print_open(&p);
	if (r->is_json)
		message_report(l->v, l->n, &p.out);
	for (size_t i = 0; !r->is_json && i < l->n; i++)
		inbox_print_one(&p, &l->v[i], clock_wall_ms());
	return print_close(&p);
}

/* --- the receipt --- */

static int
inbox_take_all(struct inbox_reading *r, const struct cli_messages *l)
{
	struct inbox b = INBOX_INIT;
	struct err err = ERR_INIT;
	int rc = inbox_open(&r->c->root, &r->place, &b, &err);

	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		char name[MESSAGE_NAME_MAX];

		message_file(&l->v[i], name);
		rc = inbox_take(&b, name, &err);
		if (rc == ERR_NOTFOUND)
			rc = 0; /* somebody removed it meanwhile */
	}
	inbox_close(&b);
	return rc < 0 ? cli_fail(&err) : EXIT_OK;
}

/* "12.41,13.7" */
static int
inbox_take_named(struct inbox_reading *r, const char *names)
{
	struct str rest = str_of(names), one;
	struct inbox b = INBOX_INIT;
	struct err err = ERR_INIT;
	bool more = true;
	int rc = inbox_open(&r->c->root, &r->place, &b, &err), status = EXIT_OK;

	while (rc == 0 && more) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		struct ticket_id id;
		uint64_t rev;

		more = str_cut(&rest, ',', &one);
		buf_addf(&name, "%.*s.json", STR_FMT(str_trim(one)));
		if (!message_file_parse(buf_str(&name), &id, &rev)) {
			status = cli_usage("inbox",
			    "--read takes names of messages as they are printed, such as "
			    "12.41,13.7; not \"%s\"",
			    names);
			break;
		}
		rc = inbox_take(&b, name.p, &err);
	}
	inbox_close(&b);
	if (rc == ERR_NOTFOUND) {
		cli_say("%s: there is no such message: %s", r->name, err.text);
		return EXIT_REFUSED;
	}
	return rc < 0 ? cli_fail(&err) : status;
}

/* --- */

/* Waits again when another reader was faster, or what came cannot be read. */
static int
inbox_load(struct inbox_reading *r, struct cli_messages *ret)
{
	struct err err = ERR_INIT;
	int rc = cli_messages_load(r->c, &r->place, ret, &err);

	while (rc == 0 && ret->n == 0 && ret->n_bad == 0 && r->waits) {
		rc = cli_inbox_wait(r->c, &r->place, r->due_boot_ms, &err);
		if (rc <= 0)
			break;
		rc = cli_messages_load(r->c, &r->place, ret, &err);
	}
	return rc < 0 ? cli_fail(&err) : EXIT_OK;
}

int
cmd_inbox(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_messages_release) struct cli_messages found = { NULL };
	struct inbox_reading r = { .c = c };
	const char *timeout = NULL, *taken = NULL;
	const struct cli_option options[] = {
		{ 0, "peek", .flag = &r.is_peek },
		{ 0, "read", .value = &taken },
		{ 0, "wait", .flag = &r.waits },
		{ 0, "timeout", .value = &timeout },
		{ 0, "json", .flag = &r.is_json },
		{ 0 },
	};
	struct operands who;
	int64_t ms;
	int status;

	if (!options_parse("inbox", options, argc, argv, 0, 1, &who, &status))
		return status;
	if (timeout && !config_duration(str_of(timeout), &ms))
		return cli_usage("inbox", "--timeout: a time up to 24h, such as 90s or 5m");
	if (timeout) {
		r.due_boot_ms = clock_boot_ms() + ms;
		r.waits = true;
	}
	status = inbox_choose(&r, who.n > 0 ? who.v[0] : NULL);
	if (status == EXIT_OK && taken)
		status = inbox_take_named(&r, taken);
	if (status == EXIT_OK)
		status = inbox_load(&r, &found);
	if (status == EXIT_OK)
		status = inbox_print(&r, &found);
	if (status == EXIT_OK && !r.is_peek && found.n > 0)
		status = inbox_take_all(&r, &found);
	if (status != EXIT_OK)
		return status;
	if (found.n == 0 && r.waits)
		return EXIT_AGAIN;
	if (found.n == 0 && !r.is_json)
		cli_say("%s: nothing new", r.name);
	return found.n_bad > 0 ? EXIT_REFUSED : EXIT_OK;
}
