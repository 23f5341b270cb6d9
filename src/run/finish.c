/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/finish.h"

#include "codec/pane_text.h"
#include "sys/file.h"
#include "sys/proc.h"

#define FINISH_SCREEN_MAX ((size_t)1 << 20)
#define FINISH_TAIL_MAX   ((size_t)128 << 10)

bool
finish_capture_argv(const char *tmux_socket, const char *pane, struct strvec *ret)
{
	char start[32];
	uint32_t n;

	if (tmux_socket == NULL || tmux_socket[0] == '\0' || pane == NULL || pane[0] != '%' ||
	    !str_u32(str_of(pane + 1), &n))
		return false;
	strvec_push(ret, "tmux");
	/* A path, or a name in tmux's own directory. */
	strvec_push(ret, strchr(tmux_socket, '/') != NULL ? "-S" : "-L");
	strvec_push(ret, tmux_socket);
	strvec_push(ret, "capture-pane");
	strvec_push(ret, "-p");
	strvec_push(ret, "-t");
	strvec_push(ret, pane);
	strvec_push(ret, "-S");
	snprintf(start, sizeof start, "-%d", FINISH_TAIL_LINES);
	strvec_push(ret, start);
	return true;
}

int
finish_tail(const struct claim *c, const char *pane, struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf screen = BUF_INIT, text = BUF_INIT;
	struct err why = ERR_INIT;
	int status = 0, r = 0, written;

	if (finish_capture_argv(c->launch.tmux_socket, pane, &argv))
		r = proc_run(
		    &argv, NULL, FINISH_TAIL_MS, FINISH_SCREEN_MAX, &screen, &status, &why);
	if (r == 0 && status == 0)
		pane_text_add(&text, buf_str(&screen), FINISH_TAIL_LINES, FINISH_TAIL_MAX);
	/* An empty file says: asked, and there was nothing. */
	written = file_replace(c->io, c->dir, CLAIM_TAIL, buf_str(&text), err);
	if (written < 0)
		return written;
	if (r < 0 || status != 0)
		return err_set(
		    err, ERR_EXTERNAL, "cannot keep the last screen of the agent: %s", why.text);
	return 0;
}

int
finish_note(const struct claim *c, const struct exit_note *note, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	exit_note_dump(note, &text);
	return file_create(c->io, c->dir, CLAIM_EXIT, buf_str(&text), err);
}
