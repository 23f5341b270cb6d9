/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_window.h"

#include "codec/pane_text.h"
#include "sys/proc.h"

#define WINDOW_ANSWER_MS 5000
#define WINDOW_LIST_MAX  (4u << 20)
#define WINDOW_TEXT_MAX  (4u << 20)

void
window_argv(struct cli *c, struct strvec *ret)
{
	const char *socket = c->config.tmux_socket;

	strvec_push(ret, "tmux");
	strvec_push(ret, strchr(socket, '/') != NULL ? "-S" : "-L");
	strvec_push(ret, socket);
}

void
window_word(struct strvec *argv, const char *word)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	size_t n = strlen(word);

	buf_adds(&b, word);
	if (n > 0 && word[n - 1] == ';') {
		buf_truncate(&b, n - 1);
		buf_adds(&b, "\\;");
	}
	strvec_push_str(argv, buf_str(&b));
}

bool
window_is_own_session(struct str name)
{
	size_t n = strlen(WINDOW_OWN);
	uint32_t pid;

	return str_starts(name, WINDOW_OWN) && str_u32(str_n(name.p + n, name.len - n), &pid);
}

static int
window_run(const struct strvec *argv, size_t max, struct buf *ret, struct err *err)
{
	int status = 0;
	int e = proc_run(argv, NULL, WINDOW_ANSWER_MS, max, ret, &status, err);

	return e == 0 && status != 0 ? ERR_NOTFOUND : e; /* no server, no session, no window */
}

/* Several state directories may share a server, and each may have several names. */
static bool
window_is_ours(struct cli *c, struct str state)
{
	_cleanup_(free_charp) char *path = xstrndup(state.p, state.len);
	_cleanup_(free_charp) char *theirs = realpath(path, NULL),
				   *ours = realpath(c->root.path, NULL);

	return strcmp(path, c->root.path) == 0 ||
	       (theirs != NULL && ours != NULL && strcmp(theirs, ours) == 0);
}

int
window_find(struct cli *c, struct episode_id ep, struct buf *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct str rest, line, window, episode;
	struct episode_id of;
	uint32_t number;
	int e;

	window_argv(c, &argv);
	strvec_push(&argv, "list-windows");
	strvec_push(&argv, "-t");
	strvec_push(&argv, "=" WINDOW_SESSION);
	strvec_push(&argv, "-F");
	strvec_push(&argv, "#{window_id} #{@reeve} #{@reeve_state}");
	e = window_run(&argv, WINDOW_LIST_MAX, &out, err);
	if (e < 0 && e != ERR_NOTFOUND)
		return e;
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		if (!str_cut(&line, ' ', &window) || !str_cut(&line, ' ', &episode) ||
		    !str_starts(window, "@") ||
		    !str_u32(str_n(window.p + 1, window.len - 1), &number) ||
		    !episode_id_parse(episode, &of) || !episode_id_eq(of, ep) ||
		    !window_is_ours(c, line))
			continue;
		buf_add_str(ret, window);
		return 0;
	}
	return err_set(err, ERR_NOTFOUND, "episode %u.%u has no window", ep.ticket.n, ep.n);
}

int
window_capture(struct cli *c, const char *window, uint32_t lines, struct buf *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	char from[32];
	int e;

	window_argv(c, &argv);
	strvec_push(&argv, "capture-pane");
	strvec_push(&argv, "-p");
	strvec_push(&argv, "-t");
	strvec_push(&argv, window);
	if (lines > 0) {
		snprintf(from, sizeof from, "-%u", lines);
		strvec_push(&argv, "-S");
		strvec_push(&argv, from);
	}
	e = window_run(&argv, WINDOW_TEXT_MAX, &out, err);
	if (e == 0)
		pane_text_add(ret, buf_str(&out), SIZE_MAX, WINDOW_TEXT_MAX);
	return e;
}

int
window_ask(const struct strvec *tmux, const char *format, struct buf *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	int e;

	for (size_t i = 0; i < tmux->n; i++)
		strvec_push(&argv, tmux->v[i]);
	strvec_push(&argv, "display-message");
	strvec_push(&argv, "-p");
	strvec_push(&argv, format);
	e = window_run(&argv, 4096, ret, err);
	while (e == 0 && ret->len > 0 && ret->p[ret->len - 1] == '\n')
		buf_truncate(ret, ret->len - 1);
	return e;
}
