/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve log: the history of a ticket, readable; with --full also what stands in the directories of its episodes,
 * where it belongs: the brief at the start, the last screen at the end.
 */
#include "base/base.h"

#include "cli/cli_facts.h"
#include "cli/cli_history.h"
#include "cli/cli_options.h"
#include "cli/cli_pager.h"
#include "cli/cli_pane.h"
#include "cli/cmds.h"
#include "store/episode.h"

#define LOG_FILE_MAX ((size_t)4 << 20)
#define LOG_INDENT   12

static void
log_part(struct print *p, const char *heading, struct str text)
{
	if (text.len == 0)
		return;
	print_words(p, "%*s", LOG_INDENT - 4, "");
	print_text(p, PRINT_BOLD, str_of(heading));
	print_words(p, "\n");
	print_lines(p, LOG_INDENT, text);
}

/* What the episode was told, or what it showed last; what is not there is left out. */
static void
log_episode(struct cli *c, struct print *p, struct ticket_id id, const struct history_entry *e)
{
	struct episode_id ep = { id, e->event.episode.n };
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (ep.n == 0)
		return;
	if (e->event.kind == EVENT_START &&
	    episode_read(&c->root, ep, EPISODE_BRIEF, LOG_FILE_MAX, &text, NULL) == 0)
		log_part(p, "its brief", buf_str(&text));
	else if (e->event.kind == EVENT_CLOSED && pane_kept(c, ep, 0, &text, NULL) == 0)
		log_part(p, "its last screen", buf_str(&text));
}

int
cmd_log(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_history_release) struct cli_history h = { 0 };
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	bool is_full = false;
	const struct cli_option options[] = {
		{ 0, "full", .flag = &is_full },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct operands id;
	int status;

	if (!options_parse("log", options, argc, argv, 1, 1, &id, &status))
		return status;
	status = cli_ticket(c, id.v[0], &r);
	if (status != EXIT_OK)
		return status;
	if (cli_history_load(&h, &r, &err) < 0)
		return cli_fail(&err);
	print_open(&p);
	if (!is_full) {
		cli_history_print(&p, &h, r.ticket.id, 0, true);
		return print_close(&p);
	}
	for (size_t i = 0; i < h.entries.n; i++) {
		cli_history_print_one(&p, &h.entries.v[i], r.ticket.id, true);
		log_episode(c, &p, r.ticket.id, &h.entries.v[i]);
	}
	return pager_close(&p);
}
