/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/finish.h"

#include "codec/pane_screen.h"
#include "codec/pane_text.h"
#include "run/record.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define FINISH_SCREEN_MAX ((size_t)1 << 20)
#define FINISH_LOG_MAX    ((size_t)1 << 20)  /* of the record that is read */
#define FINISH_LOG_SHORT  ((size_t)64 << 10) /* what came before it is read, too */

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

/* The last lines of the record.  Its end comes only when tmux has gone: a tmux that lives, and showed nothing, keeps the
 * recorder for as long as we are in its window. */
static void
finish_record(const struct claim *c, bool has_tmux, struct buf *ret)
{
	_cleanup_(buf_release) struct buf log = BUF_INIT, older = BUF_INIT;
	struct pane_screen *screen = pane_screen_new(false);

	if (!has_tmux)
		(void)lock_await(c->io, c->dir, RECORD_LOG, FINISH_TAIL_MS);
	if (file_read_last(c->io, c->dir, RECORD_LOG, FINISH_LOG_MAX, &log, NULL) == 0 &&
	    log.len < FINISH_LOG_SHORT)
		(void)file_read_last(c->io, c->dir, RECORD_OLDER, FINISH_LOG_MAX, &older, NULL);
	pane_screen_feed(screen, buf_str(&older));
	pane_screen_feed(screen, buf_str(&log));
	pane_screen_last(screen, FINISH_TAIL_LINES, FINISH_TAIL_MAX, ret);
	pane_screen_free(screen);
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
	if (text.len == 0)
		finish_record(c, r == 0 && status == 0, &text);
	/* An empty file says: asked, and there was nothing. */
	written = file_replace(c->io, c->dir, CLAIM_TAIL, buf_str(&text), err);
	if (written < 0)
		return written;
	if ((r < 0 || status != 0) && text.len == 0)
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
