/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/windows.h"

#include <sys/wait.h>

#include "effect/tmux.h"
#include "sys/log.h"
#include "sys/proc.h"

#define WINDOWS_ANSWER_S 15

struct pending {
	struct pending *next;
	struct windows *owner;
	uint64_t tag;
	struct episode_id ep;
	struct event *deadline;
};

struct windows {
	struct event_base *base;
	char *state;
	runner_answer_fn *on_answer;
	void *self;
	struct tmux *tmux;
	pid_t client; /* to be reaped; 0: none */
	struct event *readable, *writable;
	struct pending *pending;
	uint64_t last_tag;
};

static void
pending_free(struct pending *p)
{
	event_free(p->deadline);
	free(p);
}

/* Answers the request with this tag, if it still waits. */
static void
windows_on_reply(void *self, uint64_t tag, bool ok, const char *text)
{
	struct windows *w = self;
	struct work_result r = { .answer = ok ? WORK_OK : WORK_ENVIRONMENT };
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	for (struct pending **at = &w->pending; *at; at = &(*at)->next) {
		struct pending *p = *at;

		if (p->tag != tag)
			continue;
		*at = p->next;
		if (!ok)
			buf_addf(&words, "tmux: %s", text);
		r.text = buf_str(&words);
		w->on_answer(w->self, WORK_SPAWN, p->ep, &r);
		pending_free(p);
		return;
	}
}

static void
windows_disconnect(struct windows *w)
{
	struct tmux *t = w->tmux;

	if (!t)
		return;
	event_free(w->readable);
	event_free(w->writable);
	w->readable = w->writable = NULL;
	w->tmux = NULL;
	tmux_close(t);
	if (w->client > 0)
		(void)waitpid(w->client, NULL, 0); /* tmux_close() has ended it */
	w->client = 0;
	while (w->pending) /* tmux_close() leaves them unanswered */
		windows_on_reply(w, w->pending->tag, false, "the connection was lost");
}

static void
windows_want_write(struct windows *w)
{
	if (w->tmux && tmux_wants_write(w->tmux))
		(void)event_add(w->writable, NULL);
}

static void
windows_on_readable(evutil_socket_t fd, short what, void *self)
{
	struct windows *w = self;

	(void)fd;
	(void)what;
	if (!tmux_on_readable(w->tmux)) {
		log_line(
		    LOG_WARN, "the connection to tmux has ended; the next start opens it again");
		windows_disconnect(w);
	}
	windows_want_write(w);
}

static void
windows_on_writable(evutil_socket_t fd, short what, void *self)
{
	struct windows *w = self;

	(void)fd;
	(void)what;
	if (!tmux_on_writable(w->tmux))
		windows_disconnect(w);
	windows_want_write(w);
}

static void
windows_on_deadline(evutil_socket_t fd, short what, void *self)
{
	struct pending *p = self;
	struct windows *w = p->owner;

	(void)fd;
	(void)what;
	log_line(
	    LOG_WARN, "tmux did not answer for %d s; its connection is given up", WINDOWS_ANSWER_S);
	windows_disconnect(w);
}

static int
windows_connect(struct windows *w, const struct config *c, struct err *err)
{
	_cleanup_(buf_release) struct buf run = BUF_INIT;
	struct tmux_config tc = {
		.socket = c->tmux_socket, .conf = c->tmux_conf, .state = w->state
	};

	if (w->tmux)
		return 0;
	if (proc_exe_dir(&run, err) < 0)
		return ERR_EXTERNAL;
	buf_adds(&run, "/reeve-run");
	tc.run = run.p;
	if (tmux_open(&tc, windows_on_reply, w, &w->tmux, err) < 0) {
		w->tmux = NULL;
		return ERR_EXTERNAL;
	}
	w->client = tmux_pid(w->tmux);
	w->readable =
	    event_new(w->base, tmux_fd(w->tmux), EV_READ | EV_PERSIST, windows_on_readable, w);
	w->writable = event_new(w->base, tmux_write_fd(w->tmux), EV_WRITE, windows_on_writable, w);
	(void)event_add(w->readable, NULL);
	windows_want_write(w);
	return 0;
}

int
windows_spawn(struct windows *w, const struct config *c, const struct work *work, struct err *err)
{
	_cleanup_(buf_release) struct buf run = BUF_INIT;
	struct timeval tv = { WINDOWS_ANSWER_S, 0 };
	const char *name = strrchr(work->worktree, '/');
	char ep[32];
	struct pending *p;

	(void)snprintf(ep, sizeof ep, "%u.%u", work->ep.ticket.n, work->ep.n);
	p = xcalloc(1, sizeof *p);
	p->owner = w;
	p->tag = ++w->last_tag;
	p->ep = work->ep;
	p->deadline = evtimer_new(w->base, windows_on_deadline, p);
	if (windows_connect(w, c, err) < 0 || proc_exe_dir(&run, err) < 0) {
		pending_free(p);
		return ERR_EXTERNAL;
	}
	(void)event_add(p->deadline, &tv);
	p->next = w->pending;
	w->pending = p;
	buf_adds(&run, "/reeve-run");
	tmux_record(w->tmux, c->transcript);
	tmux_window(w->tmux, p->tag, work->ep, name ? name + 1 : work->worktree,
	    str_of(work->message), (const char *const[]){ run.p, w->state, ep, NULL });
	windows_want_write(w);
	return 0;
}

/* The control client is reaped here; its end is the end of the connection, whatever the pipe says. */
void
windows_on_child(struct windows *w)
{
	if (w->client > 0 && waitpid(w->client, NULL, WNOHANG) == w->client) {
		w->client = 0;
		windows_disconnect(w);
	}
}

struct windows *
windows_open(struct event_base *base, const char *state, runner_answer_fn *on_answer, void *self)
{
	struct windows *w = xcalloc(1, sizeof *w);

	w->base = base;
	w->state = xstrdup(state);
	w->on_answer = on_answer;
	w->self = self;
	return w;
}

void
windows_close(struct windows *w)
{
	struct tmux *t = w->tmux;

	while (w->pending) {
		struct pending *p = w->pending;

		w->pending = p->next;
		pending_free(p);
	}
	if (t) {
		event_free(w->readable);
		event_free(w->writable);
		tmux_close(t);
	}
	if (w->client > 0)
		(void)waitpid(w->client, NULL, 0); /* tmux_close() has ended it */
	set_charp(&w->state, NULL);
	free(w);
}
