/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_pane.h"

#include "cli/cli_window.h"
#include "codec/episode_json.h"
#include "codec/pane_screen.h"
#include "codec/pane_text.h"
#include "codec/stamp.h"
#include "store/episode.h"
#include "store/tickets.h"
#include "sys/clock.h"
#include "sys/file.h"

#define PANE_FILE_MAX (4u << 20)
#define PANE_TEXT_MAX ((size_t)4 << 20)

static size_t
pane_lines(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == '\n';
	return n;
}

/* "12.3": the ticket of it, and the episode. */
static int
pane_ticket(struct cli *c, const char *arg, struct record *r, struct episode_id *ret)
{
	struct episode_id ep = { { 0 }, 0 };
	bool is_episode = episode_id_parse(str_of(arg[0] == '#' ? arg + 1 : arg), &ep);
	char number[16];
	int status;

	(void)snprintf(number, sizeof number, "%u", ep.ticket.n);
	status = cli_ticket(c, is_episode ? number : arg, r);
	if (status != EXIT_OK)
		return status;
	if (r->ticket.episode.n == 0) {
		cli_say("no worker was ever started for ticket %u; `reeve show %u` says what it "
			"waits for",
		    r->ticket.id.n, r->ticket.id.n);
		return EXIT_REFUSED;
	}
	if (is_episode && ep.n > r->ticket.episode.n) {
		cli_say("ticket %u has no episode %u; its last is %u", ep.ticket.n, ep.n,
		    r->ticket.episode.n);
		return EXIT_REFUSED;
	}
	*ret = is_episode ? ep : ticket_episode(&r->ticket);
	return EXIT_OK;
}

int
pane_find(struct cli *c, const char *arg, struct record *r, struct episode_id *ret,
    struct buf *ret_window)
{
	struct err err = ERR_INIT;
	int status = pane_ticket(c, arg, r, ret), e;

	if (status == EXIT_OK)
		status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	if (!ticket_is_open(&r->ticket) || !episode_id_eq(*ret, ticket_episode(&r->ticket)))
		return EXIT_OK;
	e = window_find(c, *ret, ret_window, &err);
	return e < 0 && e != ERR_NOTFOUND ? cli_fail(&err) : EXIT_OK;
}

/* The record, as its terminal showed it.  ERR_NOTFOUND: there is none. */
static int
pane_record(struct cli *c, struct episode_id ep, uint32_t lines, struct buf *ret, struct err *err)
{
	static const char *const names[] = { EPISODE_OLDER, EPISODE_LOG };
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct pane_screen *screen;
	int dir, e = 0;

	episode_path(&c->root, ep, NULL, &path);
	dir = file_open_dir(c->root.io, IO_CWD, path.p, err);
	if (dir < 0)
		return dir;
	screen = pane_screen_new(false);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_(buf_release) struct buf bytes = BUF_INIT;

		e = file_read_last(c->root.io, dir, names[i], PANE_READ_MAX, &bytes, err);
		pane_screen_feed(screen, buf_str(&bytes));
	}
	if (e == 0)
		pane_screen_last(screen, lines, PANE_TEXT_MAX, ret);
	pane_screen_free(screen);
	io_close(c->root.io, dir);
	return e;
}

/* When these are fewer lines than were asked for: those of the record, if it has more of them. */
static void
pane_more(struct cli *c, struct episode_id ep, uint32_t lines, struct buf *text)
{
	_cleanup_(buf_release) struct buf record = BUF_INIT;

	if (pane_lines(buf_str(text)) < lines && pane_record(c, ep, lines, &record, NULL) == 0 &&
	    pane_lines(buf_str(&record)) > pane_lines(buf_str(text))) {
		buf_clear(text);
		buf_add_str(text, buf_str(&record));
	}
}

int
pane_window(struct cli *c, struct episode_id ep, const char *window, uint32_t lines,
    struct buf *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int e = window_capture(c, window, lines, &text, err);

	if (e < 0)
		return e;
	pane_more(c, ep, lines, &text);
	pane_text_add(ret, buf_str(&text), lines > 0 ? lines : SIZE_MAX, PANE_TEXT_MAX);
	return 0;
}

int
pane_kept(struct cli *c, struct episode_id ep, uint32_t lines, struct buf *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int e = episode_read(&c->root, ep, EPISODE_TAIL, PANE_FILE_MAX, &text, err);

	if (e < 0 && e != ERR_NOTFOUND)
		return e;
	if (e == ERR_NOTFOUND && lines == 0) /* its launcher was killed */
		e = pane_record(c, ep, 200, &text, err);
	else
		pane_more(c, ep, lines, &text);
	if (e == ERR_NOTFOUND && text.len == 0)
		return e;
	pane_text_add(ret, buf_str(&text), lines > 0 ? lines : SIZE_MAX, PANE_TEXT_MAX);
	return 0;
}

void
pane_end_words(struct cli *c, struct episode_id ep, struct buf *ret)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct exit_note note = { 0 };

	if (episode_read(&c->root, ep, EPISODE_EXIT, PANE_FILE_MAX, &bytes, NULL) < 0 ||
	    exit_note_load(buf_str(&bytes), &note, NULL) < 0) {
		buf_adds(ret, "left no word of its end");
		return;
	}
	buf_adds(ret, "ended");
	if (note.ended_wall_ms > 0) {
		buf_addch(ret, ' ');
		stamp_add(ret, note.ended_wall_ms);
		buf_adds(ret, ", ");
		stamp_add_age(ret, clock_wall_ms() - note.ended_wall_ms);
		buf_adds(ret, " ago");
	}
	buf_adds(ret, ": ");
	exit_note_words(&note, ret);
	exit_note_release(&note);
}

void
pane_print(struct print *p, struct str text)
{
	print_raw(p, text);
	if (text.len > 0 && text.p[text.len - 1] != '\n')
		print_words(p, "\n");
}

int
pane_show_kept(
    struct cli *c, const struct ticket *t, struct episode_id ep, uint32_t lines, struct print *p)
{
	_cleanup_(buf_release) struct buf how = BUF_INIT, text = BUF_INIT;
	struct err err = ERR_INIT;
	int e = pane_kept(c, ep, lines, &text, &err);

	if (e < 0 && e != ERR_NOTFOUND)
		return cli_fail(&err);
	if (t->episode.state == EPISODE_OPEN && episode_id_eq(ep, ticket_episode(t))) {
		cli_say("episode %u.%u is starting and has no window yet; try again", ep.ticket.n,
		    ep.n);
		return EXIT_REFUSED;
	}
	pane_end_words(c, ep, &how);
	cli_say("episode %u.%u has no window (any more): it %s", ep.ticket.n, ep.n, how.p);
	if (e == ERR_NOTFOUND) {
		cli_say("its last screen was not kept");
		return EXIT_REFUSED;
	}
	pane_print(p, buf_str(&text));
	return print_close(p);
}
