/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve tail: what a worker's terminal shows, as text; and, with -f, what comes.
 *
 * What comes is read from the record (cli_pane_reader.h).  The watch and the wait for the end of the recorder's lock
 * are armed before each look, so nothing is missed; between two looks this process sleeps.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/cli_options.h"
#include "cli/cli_pane.h"
#include "cli/cli_pane_reader.h"
#include "codec/pane_screen.h"
#include "codec/pane_text.h"
#include "intake/watch.h"
#include "store/episode.h"
#include "sys/file.h"
#include "sys/lock_end.h"

#define TAIL_LINES   20
#define TAIL_LOOK_MS 1000 /* where the user's inotify limits leave no watch */
#define TAIL_STEP    ((size_t)256 << 10)

struct tail {
	struct cli *c;
	struct pane_reader record;
	bool is_raw, has_watch, was_full;
	struct buf path; /* of the episode's directory */
	int end;         /* the end of whoever has pane.log locked; -1: not waited for */
	struct pane_screen *screen;
};

static int
tail_write(struct str bytes)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;

	print_raw(&p, bytes);
	return bytes.len > 0 ? print_close(&p) : EXIT_OK;
}

/* All there is just now.  The exit code of what could not be written. */
static int
tail_read(struct tail *t)
{
	char *bytes = xmalloc(TAIL_STEP);
	int status = EXIT_OK;
	ssize_t n;

	while (status == EXIT_OK && (n = pane_reader_read(&t->record, bytes, TAIL_STEP)) > 0) {
		if (t->record.has_gap)
			cli_say("more came than is kept, and faster than it was read here: "
				"something may be missing at this place");
		t->record.has_gap = false;
		if (t->is_raw)
			status = tail_write(str_n(bytes, (size_t)n));
		else
			pane_screen_feed(t->screen, str_n(bytes, (size_t)n));
	}
	free(bytes);
	return status;
}

static void
tail_mention_full(struct tail *t)
{
	if (!t->is_raw && pane_screen_is_full(t->screen) && !t->was_full)
		cli_say("it shows a screen of its own now: `reeve attach %u`; lines are told when "
			"it leaves it",
		    t->record.ep.ticket.n);
	t->was_full = !t->is_raw && pane_screen_is_full(t->screen);
}

/* Sleeps until something happens in the directory.  False: nobody reads what is written. */
static bool
tail_sleep(struct tail *t, bool is_armed)
{
	struct pollfd p[] = { { .fd = t->has_watch ? watch_fd() : -1, .events = POLLIN },
		{ .fd = t->end, .events = POLLIN }, { .fd = STDOUT_FILENO } };

	if (poll(p, ARRAY_LEN(p), is_armed ? -1 : TAIL_LOOK_MS) > 0 && p[2].revents != 0)
		return false;
	if (p[1].revents != 0)
		close_fd(&t->end);
	if (t->has_watch)
		(void)watch_drain(); /* a reason to look, whatever it was */
	return true;
}

static bool
tail_arm(struct tail *t)
{
	bool is_watched = t->has_watch && watch_add_growing(t->path.p, NULL) == 0;

	if (t->end < 0)
		t->end = lock_end_open(t->c->root.io, t->record.dir, EPISODE_LOG);
	return is_watched && (t->end >= 0 || t->record.fd < 0);
}

/* What has settled since; at the end, the rest. */
static int
tail_tell(struct tail *t, bool is_over)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (t->is_raw)
		return EXIT_OK;
	pane_screen_news(t->screen, &text);
	if (is_over)
		pane_screen_rest(t->screen, &text);
	return tail_write(buf_str(&text));
}

/* From now on, to the end. */
static int
tail_follow(struct tail *t)
{
	for (;;) {
		bool is_armed = tail_arm(t);
		bool is_over = pane_reader_is_over(
		    &t->record); /* asked before it is read: then that was all */
		int status = tail_read(t);

		if (status == EXIT_OK)
			status = tail_tell(t, is_over);
		if (status != EXIT_OK || is_over)
			return status;
		tail_mention_full(t);
		if (!tail_sleep(t, is_armed))
			return EXIT_OK;
	}
}

/* What is there already: its last lines. */
static int
tail_begin(struct tail *t, uint32_t lines)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, last = BUF_INIT;
	int status;

	status = tail_read(t);
	if (t->is_raw || status != EXIT_OK)
		return status;
	pane_screen_rest(t->screen, &text);
	pane_text_add(&last, buf_str(&text), lines, SIZE_MAX);
	return tail_write(buf_str(&last));
}

static int
tail_run(struct tail *t, uint32_t lines, bool is_following)
{
	_cleanup_(buf_release) struct buf how = BUF_INIT;
	struct episode_seen seen;
	int status;

	if (!file_exists(t->c->root.io, t->record.dir, EPISODE_LOG) &&
	    (pane_reader_is_over(&t->record) || t->c->config.transcript == 0 || !is_following)) {
		cli_say("nothing was recorded of episode %u.%u%s", t->record.ep.ticket.n,
		    t->record.ep.n,
		    t->c->config.transcript == 0 ? ": the configuration says transcript = 0" : "");
		return EXIT_REFUSED;
	}
	status = tail_begin(t, lines);
	if (status != EXIT_OK || !is_following)
		return status;
	status = tail_follow(t);
	if (status != EXIT_OK || !pane_reader_is_over(&t->record))
		return status;
	episode_look(&t->c->root, t->record.ep, &seen);
	if (seen.launcher != PROBE_FREE && !seen.has_exit) {
		cli_say("episode %u.%u goes on, but its recorder has ended; `reeve attach %u` "
			"shows its "
			"terminal",
		    t->record.ep.ticket.n, t->record.ep.n, t->record.ep.ticket.n);
		return EXIT_OK;
	}
	pane_end_words(t->c, t->record.ep, &how);
	cli_say("episode %u.%u %s", t->record.ep.ticket.n, t->record.ep.n, how.p);
	return EXIT_OK;
}

/* By the record: -f, --raw. */
static int
tail_record(struct cli *c, struct episode_id ep, uint32_t lines, bool is_raw, bool is_following)
{
	struct tail t = { .c = c, .is_raw = is_raw, .path = BUF_INIT, .end = -1 };
	struct err err = ERR_INIT;
	int status;

	episode_path(&c->root, ep, NULL, &t.path);
	t.has_watch = is_following && watch_open(NULL) == 0; /* before other files are open */
	t.screen = pane_screen_new(true);
	status = pane_reader_open(&c->root, ep, &t.record, &err) < 0
		     ? cli_fail(&err)
		     : tail_run(&t, lines, is_following);
	pane_screen_free(t.screen);
	pane_reader_close(&t.record);
	close_fd(&t.end);
	if (t.has_watch)
		watch_close();
	buf_release(&t.path);
	return status;
}

int
cmd_tail(struct cli *c, int argc, char **argv)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(buf_release) struct buf window = BUF_INIT, text = BUF_INIT;
	bool is_following = false, is_raw = false;
	const char *count = NULL;
	const struct cli_option options[] = {
		{ 'f', "follow", .flag = &is_following },
		{ 'n', "lines", .value = &count },
		{ 0, "raw", .flag = &is_raw },
		{ 0 },
	};
	struct episode_id ep;
	struct operands id;
	uint64_t lines = 0;
	int status;

	if (!options_parse("tail", options, argc, argv, 1, 1, &id, &status))
		return status;
	if (count && !options_number("tail", "--lines", count, 1000000, &lines, &status))
		return status;
	status = pane_find(c, id.v[0], &r, &ep, &window);
	if (status != EXIT_OK)
		return status;
	if (is_following || is_raw)
		return tail_record(
		    c, ep, count ? (uint32_t)lines : TAIL_LINES, is_raw, is_following);
	print_open(&p);
	/* It may have gone since. */
	if (window.len == 0 || pane_window(c, ep, window.p, (uint32_t)lines, &text, NULL) < 0)
		return pane_show_kept(c, &r.ticket, ep, (uint32_t)lines, &p);
	pane_print(&p, buf_str(&text));
	return print_close(&p);
}
