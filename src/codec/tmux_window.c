/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/tmux_window.h"

#include "base/clean.h"
#include "codec/tmux_control.h"

#define NAME_MAX_BYTES 64

/* ` ; COMMAND -t WINDOW`: by exactly the name that it was born with. */
static void
add_command(struct buf *b, const struct tmux_window_plan *plan, const char *command)
{
	_cleanup_(buf_release) struct buf target = BUF_INIT;

	buf_addf(&target, "%s=%s", plan->session, plan->born);
	buf_addf(b, " ; %s -t", command);
	tmux_quote(b, buf_str(&target));
}

static void
add_option(struct buf *b, const struct tmux_window_plan *plan, const char *name, const char *value)
{
	add_command(b, plan, "set-option -w");
	buf_addf(b, " %s", name);
	tmux_quote(b, str_of(value));
}

/* A word for sh that is nothing but digits and backslashes, whatever the path is, to tmux and its formats, too. */
static void
add_octal(struct buf *sh, const char *path)
{
	buf_adds(sh, " \"$(printf '");
	for (; *path != '\0'; path++)
		buf_addf(sh, "\\%03o", (unsigned)(unsigned char)*path);
	buf_adds(sh, "')\"");
}

/* pipe-pane has a shell run it, after a look for formats: the terminal's name is the one that is there. */
static void
add_recorder(struct buf *b, const struct tmux_window_plan *plan, const char *episode)
{
	_cleanup_(buf_release) struct buf sh = BUF_INIT, state = BUF_INIT;

	buf_addf(&state, "%s/.", plan->state); /* $() would take line ends off a path */
	buf_adds(&sh, "exec");
	add_octal(&sh, plan->run);
	buf_adds(&sh, " --record");
	add_octal(&sh, state.p);
	buf_addf(&sh, " %s %llu '#{pane_tty}'", episode, (unsigned long long)plan->record_max);
	add_command(b, plan, "pipe-pane -O");
	tmux_quote(b, buf_str(&sh));
}

void
tmux_window_add(struct buf *b, const struct tmux_window_plan *plan)
{
	_cleanup_(buf_release) struct buf slug = BUF_INIT, title = BUF_INIT;
	char episode[32];

	if (plan->argv[0] == NULL || plan->argv[1] == NULL)
		BUG("tmux would give a single word to a shell");
	clean_slug(&slug, str_of(plan->name), NAME_MAX_BYTES);
	clean_add_line(&title, plan->title, TMUX_WINDOW_TITLE);
	(void)snprintf(episode, sizeof episode, "%u.%u", plan->ep.ticket.n, plan->ep.n);

	buf_addf(b, "new-window -d -P -F \"#{window_id}\" -t %s -n %s -c / --", plan->session,
	    plan->born);
	for (const char *const *word = plan->argv; *word != NULL; word++)
		tmux_quote(b, str_of(*word));
	add_option(b, plan, "@reeve", episode);
	if (plan->state != NULL)
		add_option(b, plan, "@reeve_state", plan->state);
	add_option(b, plan, "@title", title.p);
	add_option(b, plan, "remain-on-exit", "off");
	add_option(b, plan, "automatic-rename", "off");
	add_option(b, plan, "allow-rename", "off");
	add_option(b, plan, "window-size", "latest");
	if (plan->record_max > 0 && plan->state != NULL && plan->run != NULL)
		add_recorder(b, plan, episode);
	add_command(b, plan, "rename-window");
	buf_addf(b, " -- %s", slug.p);
}
