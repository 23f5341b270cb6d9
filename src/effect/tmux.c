/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmux.c: requests are queued, written as command lines, and answered in order.
 *
 * A request is two lines: its commands as one list, which tmux carries out without looking at
 * anything else in between and breaks off at the first failure; and a command that prints the number
 * of the request.  Whatever blocks come before that number belong to the request, so nothing depends on
 * how many blocks a list yields.
 *
 * Nothing is sent before tmux has attached us: it would carry it out at once, on a session that is
 * not there yet.
 */
#include "base/base.h"

#include "effect/tmux.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "codec/tmux_control.h"
#include "codec/tmux_window.h"
#include "effect/tmux_client.h"
#include "sys/clock.h"

#define TMUX_TRIES 8

/* '=': exactly this name, not one that begins with it. */
#define SESSION "=reeve:"
#define REPLY   "reeve-reply "

struct request {
	uint64_t number;
	uint64_t tag;
	bool is_setup; /* our own; nobody waits for it */
	bool failed;
	char *text; /* first that was printed, or the error; NULL: nothing */
};

struct tmux {
	struct tmux_client client;
	struct tmux_control control;
	struct {
		struct request *v;
		size_t n, cap;
	} queue; /* not answered yet, oldest first */
	struct buf out;
	size_t sent; /* of out */
	uint64_t last_number;
	int64_t opened_ms;
	bool attached; /* the session is there and we may speak */
	bool ready;    /* and its options are set */
	bool lost;
	char *why; /* the connection was lost */
	char *state, *run;
	uint64_t record_max; /* 0: no window is recorded */
	tmux_reply_fn *on_reply;
	void *self;
};

static void
lose(struct tmux *t, const char *why)
{
	if (t->lost)
		return;
	t->lost = true;
	set_charp(&t->why, why);
}

/* What tmux printed, as one clean line. */
static char *
one_line(struct str text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	while (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	clean_add_line(&b, text, 0);
	return buf_take(&b);
}

/* The number, if the block is the end of a request's answer. */
static bool
reply_number(const struct tmux_item *item, uint64_t *ret)
{
	struct str s = item->text, number;

	if (item->is_error || !str_starts(s, REPLY))
		return false;
	s = str_n(s.p + strlen(REPLY), s.len - strlen(REPLY));
	return str_cut(&s, '\n', &number) && s.len == 0 && str_u64(number, ret);
}

static void
answer_first(struct tmux *t)
{
	struct request req = t->queue.v[0];
	_cleanup_(free_charp) char *text = req.text;

	/* Out of the queue first: on_reply may ask for more. */
	t->queue.n--;
	memmove(t->queue.v, t->queue.v + 1, t->queue.n * sizeof *t->queue.v);
	if (req.is_setup) {
		t->ready = !req.failed;
		if (req.failed)
			lose(
			    t, text != NULL ? text : "tmux did not set the options of the session");
		return;
	}
	/* The session was closed or renamed under us: only a new connection brings it back. */
	if (req.failed && text != NULL && str_starts(str_of(text), "can't find session"))
		lose(t, text);
	t->on_reply(t->self, req.tag, !req.failed, text != NULL ? text : "");
}

static void
take_answer(struct tmux *t, const struct tmux_item *item)
{
	struct request *first = t->queue.v;
	uint64_t number;

	if (t->queue.n == 0)
		return;
	if (reply_number(item, &number)) {
		if (number != first->number)
			lose(t, "tmux answered out of order");
		else
			answer_first(t);
		return;
	}
	/* The window is there; what failed is what comes with it. */
	if (item->is_error && first->text != NULL && first->text[0] == '@')
		return;
	if (item->is_error && !first->failed) {
		first->failed = true;
		free_charp(&first->text);
	}
	if (first->text == NULL && item->text.len > 0 && item->is_error == first->failed)
		first->text = one_line(item->text);
}

static void
take_item(struct tmux *t, const struct tmux_item *item)
{
	if (item->kind == TMUX_ITEM_NOTICE) {
		if (tmux_item_is_exit(item)) {
			_cleanup_(free_charp) char *why = one_line(item->text);

			lose(t, why);
		}
	} else if (item->is_own) {
		take_answer(t, item);
	} else if (!t->attached) {
		_cleanup_(free_charp) char *why = one_line(item->text);

		if (item->is_error)
			lose(t, why);
		t->attached = true;
	}
}

/* At the end of the connection: what was waiting when it ended is answered; what on_reply asks for
 * meanwhile is left, or this would never end. */
static bool
settle(struct tmux *t)
{
	if (!t->lost)
		return true;
	for (size_t n = t->queue.n; n > 0; n--) {
		t->queue.v[0].failed = true;
		set_charp(&t->queue.v[0].text, t->why);
		answer_first(t);
	}
	return false;
}

static void
flush(struct tmux *t)
{
	while (t->attached && !t->lost && t->sent < t->out.len) {
		ssize_t n =
		    send(t->client.in, t->out.p + t->sent, t->out.len - t->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			lose(t, "tmux has closed the connection");
		else
			t->sent += (size_t)n;
	}
	if (t->sent == t->out.len) {
		buf_clear(&t->out);
		t->sent = 0;
	}
}

static void
drain(struct tmux *t)
{
	char bytes[16384];

	/* Bounded, so that a flood cannot hold the loop; the descriptor stays readable. */
	for (int i = 0; i < 64 && !t->lost; i++) {
		ssize_t n = read(t->client.out, bytes, sizeof bytes);
		struct str in = str_n(bytes, n > 0 ? (size_t)n : 0);
		struct tmux_item item;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			lose(t, "the tmux server has ended, or the connection to it");
		while (tmux_control_next(&t->control, &in, &item))
			take_item(t, &item);
	}
	flush(t);
}

/* Adds the end of the request, whose commands are in t->out, and sends what can be sent. */
static void
ask(struct tmux *t, uint64_t tag, bool is_setup)
{
	*VEC_PUSH(&t->queue) = (struct request){
		.number = ++t->last_number,
		.tag = tag,
		.is_setup = is_setup,
	};
	buf_addf(&t->out, "\ndisplay-message -p \"" REPLY "%llu\"\n",
	    (unsigned long long)t->last_number);
	flush(t);
}

/*
 * exit-unattached and destroy-unattached would end the workers with the supervisor, detach-on-destroy
 * off would leave us in somebody else's session.  exit-empty may be as it likes: when the last window
 * is gone the connection ends either way, and tmux_open() makes a new server or a new session.
 */
static void
ask_setup(struct tmux *t)
{
	buf_adds(&t->out, "set-option -s exit-unattached off"
			  " ; set-option -t " SESSION " destroy-unattached off"
			  " ; set-option -t " SESSION " detach-on-destroy on");
	ask(t, 0, true);
}

void
tmux_record(struct tmux *t, uint64_t max)
{
	t->record_max = max;
}

void
tmux_window(struct tmux *t, uint64_t tag, struct episode_id ep, const char *name, struct str title,
    const char *const *argv)
{
	char born[80];
	const struct tmux_window_plan plan = { .session = SESSION,
		.born = born,
		.name = name,
		.run = t->run,
		.state = t->state,
		.ep = ep,
		.title = title,
		.argv = argv,
		.record_max = t->record_max };

	/* Of this connection and no other, also among what an older one left half done. */
	(void)snprintf(born, sizeof born, "reeve-%lld-%d-%llu", (long long)t->opened_ms,
	    (int)t->client.pid, (unsigned long long)t->last_number + 1);
	tmux_window_add(&t->out, &plan);
	ask(t, tag, false);
}

/* Waits for the connection to be ready or lost. */
static void
wait_ready(struct tmux *t, int64_t deadline_ms)
{
	while (!t->ready && !t->lost) {
		struct pollfd p[] = {
			{ .fd = t->client.out, .events = POLLIN },
			{ .fd = t->client.pidfd, .events = POLLIN },
			{ .fd = tmux_wants_write(t) ? t->client.in : -1, .events = POLLOUT },
		};
		int64_t left_ms = deadline_ms - clock_boot_ms();

		if (left_ms <= 0 || (poll(p, ARRAY_LEN(p), (int)left_ms) < 0 && errno != EINTR))
			return;
		drain(t);
		if (p[1].revents != 0)
			lose(t, "the tmux client ended");
	}
}

static void
release_connection(struct tmux *t)
{
	tmux_client_stop(&t->client);
	tmux_control_release(&t->control);
	for (size_t i = 0; i < t->queue.n; i++)
		free(t->queue.v[i].text);
	free(t->queue.v);
	memset(&t->queue, 0, sizeof t->queue);
	buf_release(&t->out);
	t->sent = 0;
	t->attached = t->ready = t->lost = false;
	free_charp(&t->why);
}

static int
connect_once(struct tmux *t, const struct strvec *argv, int64_t deadline_ms, struct err *err)
{
	_cleanup_(buf_release) struct buf complaint = BUF_INIT;
	struct pollfd gone;
	int r;

	t->opened_ms = clock_boot_ms();
	r = tmux_client_start(&t->client, argv, err);
	if (r < 0)
		return r;
	ask_setup(t);
	wait_ready(t, deadline_ms);
	if (!t->lost)
		return 0;
	/* It says why on stderr, if at all, as the last thing it does. */
	gone = (struct pollfd){ .fd = t->client.pidfd, .events = POLLIN };
	(void)poll(&gone, 1, 50);
	tmux_client_complaint(&t->client, &complaint);
	r = err_set(err, ERR_EXTERNAL, "%s", complaint.len > 0 ? complaint.p : t->why);
	release_connection(t);
	(void)waitpid(t->client.pid, NULL, 0); /* killed; ECHILD when SIGCHLD is ignored */
	return r;
}

int
tmux_open(const struct tmux_config *config, tmux_reply_fn *on_reply, void *self, struct tmux **ret,
    struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	int64_t deadline_ms;
	struct tmux *t;
	int r = tmux_check(err);

	if (r < 0)
		return r;
	t = xcalloc(1, sizeof *t);
	t->client = (struct tmux_client)TMUX_CLIENT_INIT;
	t->control = (struct tmux_control)TMUX_CONTROL_INIT;
	buf_init(&t->out);
	set_charp(&t->state, config->state);
	set_charp(&t->run, config->run);
	t->on_reply = on_reply;
	t->self = self;
	tmux_client_argv(config, &argv);
	deadline_ms = clock_boot_ms() + TMUX_OPEN_MS;
	/* A server that is just going takes the call and hangs up: measured, and over in milliseconds. */
	for (int i = 0;; i++) {
		struct err why = ERR_INIT;

		r = connect_once(t, &argv, deadline_ms, &why);
		if (r == 0)
			break;
		if (i + 1 == TMUX_TRIES || clock_boot_ms() + (5 << i) >= deadline_ms) {
			tmux_close(t);
			return err_set(err, r,
			    "cannot reach or start the tmux server %s: %s; is the directory of its "
			    "socket yours? `tmux %s %s new-session` may tell more",
			    config->socket, why.text, argv.v[1], argv.v[2]);
		}
		(void)poll(NULL, 0, 5 << i); /* a pause; one cut short by a signal does no harm */
	}
	*ret = t;
	return 0;
}

int
tmux_fd(const struct tmux *t)
{
	return t->client.out;
}

int
tmux_write_fd(const struct tmux *t)
{
	return t->client.in;
}

pid_t
tmux_pid(const struct tmux *t)
{
	return t->client.pid;
}

bool
tmux_on_readable(struct tmux *t)
{
	drain(t);
	return settle(t);
}

bool
tmux_wants_write(const struct tmux *t)
{
	return t->attached && !t->lost && t->sent < t->out.len;
}

bool
tmux_on_writable(struct tmux *t)
{
	flush(t);
	return settle(t);
}

void
tmux_close(struct tmux *t)
{
	if (t == NULL)
		return;
	release_connection(t);
	free_charp(&t->state);
	free_charp(&t->run);
	free(t);
}
