/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve wait: until tickets are over, or need somebody.
 *
 * Each look arms the watches first and reads the files then, so that nothing that happens in between is
 * missed; between two looks this process sleeps.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <poll.h>

#include "cli/cli_look.h"
#include "cli/cli_options.h"
#include "codec/config_text.h"
#include "intake/watch.h"
#include "sys/clock.h"

/* Where the user's inotify limits leave no watch. */
#define WAIT_LOOK_MS 1000

struct wait_for {
	struct cli *c;
	struct ticket_id *ids;
	size_t n;
	bool is_any, has_watch;
	bool is_armed;       /* each of them is watched: sleep until something happens */
	int64_t due_boot_ms; /* 0: none */
	bool was_told;       /* that no supervisor runs */
	bool was_told_kill;  /* that the kill switch is on */
};

static int
wait_ids(const struct operands *args, struct wait_for *w)
{
	w->ids = xcalloc((size_t)args->n, sizeof *w->ids);
	for (int i = 0; i < args->n; i++) {
		struct str s = str_of(args->v[i]);

		if (str_starts(s, "#"))
			s = str_n(s.p + 1, s.len - 1);
		if (!ticket_id_parse(s, &w->ids[w->n]))
			return cli_usage("wait", "\"%s\" is no ticket", args->v[i]);
		w->n++;
	}
	return EXIT_OK;
}

/* The directory of events.jsonl, too: what a ticket waits for may be another ticket, or a switch. */
static void
wait_arm(struct wait_for *w)
{
	w->is_armed = w->has_watch && watch_add(w->c->root.path, NULL) == 0;
	for (size_t i = 0; i < w->n && w->has_watch; i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s/tickets/%u", w->c->root.path, w->ids[i].n);
		if (watch_add(path.p, NULL) < 0)
			w->is_armed = false;
	}
}

/* Adds those that have come to *ret.  EXIT_OK, or what is wrong with one. */
static int
wait_look(struct wait_for *w, const struct cli_facts *f, struct look *ret)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct record *r = cli_facts_find(f, w->ids[i]);
		struct blocker b = BLOCKER_INIT;

		if (!r) {
			cli_say("there is no ticket %u that can be read; `reeve ls` lists them",
			    w->ids[i].n);
			return EXIT_REFUSED;
		}
		cli_facts_blocker(f, r, &b);
		if (phase_is_final(r->ticket.phase) || (b.needs_person && !b.is_global))
			*VEC_PUSH(ret) = (struct look_row){ .record = r, .blocker = b };
		else
			blocker_release(&b);
	}
	if (!cli_facts_has_owner(f) && !w->was_told && ret->n < w->n) {
		cli_say("no supervisor runs: nothing moves until one does (`reeve up -d`)");
		w->was_told = true;
	}
	if (f->is_killed && !w->was_told_kill && ret->n < w->n) {
		cli_say("the kill switch is on: nothing starts or lands until `reeve resume`");
		w->was_told_kill = true;
	}
	return EXIT_OK;
}

static int
wait_print(const struct cli_facts *f, const struct look *rows, bool is_json)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;

	print_open(&p);
	if (is_json) {
		struct report_ticket *v = look_reports(rows);

		report_tickets(v, rows->n, &p.out);
		free(v);
	} else {
		look_table(&p, f, rows, 0);
	}
	return print_close(&p);
}

/* False: the time is over. */
static bool
wait_sleep(struct wait_for *w)
{
	int64_t left = w->due_boot_ms - clock_boot_ms();
	int ms = w->is_armed ? -1 : WAIT_LOOK_MS;
	struct pollfd p = { .fd = w->has_watch ? watch_fd() : -1, .events = POLLIN };

	if (w->due_boot_ms != 0 && left <= 0)
		return false;
	if (w->due_boot_ms != 0 && (ms < 0 || left < ms))
		ms = (int)left;
	if (poll(&p, 1, ms) > 0)
		(void)watch_drain(); /* the next look arms all of them again */
	return true;
}

static int
wait_run(struct wait_for *w, bool is_json)
{
	for (;;) {
		_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
		_cleanup_(look_release) struct look come = { 0 };
		int status;

		wait_arm(w);
		status = cli_facts_load(w->c, &f);
		if (status == EXIT_OK)
			status = wait_look(w, &f, &come);
		if (status != EXIT_OK)
			return status;
		if (come.n == w->n || (w->is_any && come.n > 0))
			return wait_print(&f, &come, is_json);
		if (!wait_sleep(w)) {
			status = wait_print(&f, &come, is_json);
			cli_say(
			    "%zu of %zu tickets have come so far; the time is over", come.n, w->n);
			return status == EXIT_OK ? EXIT_AGAIN : status;
		}
	}
}

int
cmd_wait(struct cli *c, int argc, char **argv)
{
	struct wait_for w = { .c = c };
	const char *timeout = NULL;
	bool is_json = false;
	const struct cli_option options[] = {
		{ 0, "any", .flag = &w.is_any },
		{ 0, "timeout", .value = &timeout },
		{ 0, "json", .flag = &is_json },
		{ 0 },
	};
	struct operands ids;
	int64_t ms;
	int status;

	if (!options_parse("wait", options, argc, argv, 1, OPERANDS_MANY, &ids, &status))
		return status;
	if (timeout && !config_duration(str_of(timeout), &ms))
		return cli_usage("wait", "--timeout: a time up to 24h, such as 90s or 5m");
	if (timeout)
		w.due_boot_ms = clock_boot_ms() + ms;
	status = wait_ids(&ids, &w);
	if (status == EXIT_OK)
		status = cli_root(c);
	if (status == EXIT_OK) {
		w.has_watch = watch_open(NULL) == 0;
		status = wait_run(&w, is_json);
		if (w.has_watch)
			watch_close();
	}
	free(w.ids);
	return status;
}
