/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_publish.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "cli/cli_settled.h"
#include "codec/signal_json.h"
#include "intake/watch.h"
#include "store/spool.h"
#include "sys/proc.h"

#define ONCE_TIMEOUT_MS 60000
#define LOOK_MS         1000 /* a waiting client may look again: it decides nothing */
#define ID_TRIES        10
#define ONCE_TRIES      5 /* somebody else may have been the one writer each time */

/* The sentences of signal_json.h begin with a key; whoever calls us has typed something else. */
static void
publish_say_typed(struct err *err)
{
	static const struct {
		const char *key, *typed;
	} words[] = { { "title", "the title" }, { "text", "the text" }, { "body", "the text" },
		{ "summary", "the text" }, { "agent", "the agent" }, { "commit", "the commit" },
		{ "base", "--base" }, { "from", "--from" }, { "mission", "--mission" },
		{ "after", "--after" }, { "notify", "--notify" }, { "review", "--review" },
		{ "merge", "--merge" }, { "priority", "--priority" }, { "not_before", "--until" },
		{ "expect", "--expect" }, { "repo", "--repo" } };
	struct str rest = str_of(err != NULL ? err->text : ""), key;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (!str_starts(rest, "key \""))
		return;
	rest = str_n(rest.p + strlen("key \""), rest.len - strlen("key \""));
	(void)str_cut(&rest, '"', &key);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(key, words[i].key)) {
			buf_addf(&b, "%s%.*s", words[i].typed, STR_FMT(rest));
			(void)err_set(err, err->code, "%s", b.p);
			return;
		}
}

/* What can never be taken is told at once, and not written. */
static int
publish_check(const struct buf *bytes, struct err *err)
{
	struct signal back = { 0 };
	enum refusal why = REFUSAL_NONE;
	int e = signal_json_parse(buf_str(bytes), &back, &why, NULL, err);

	if (e == 0)
		signal_release(&back);
	else
		publish_say_typed(err);
	return e;
}

static int
publish_write(struct cli *c, struct signal *s, const struct nonce *nonce, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct episode_id ep = nonce != NULL ? s->event.episode : (struct episode_id){ 0 };
	int e = ERR_CONFLICT;

	if (nonce == NULL && s->event.actor[0] == '\0')
		cli_actor(s->event.actor, sizeof s->event.actor);
	signal_json_dump(s, nonce, &bytes);
	if (bytes.len > SIGNAL_BYTES_MAX)
		e = err_set(err, ERR_INVALID,
		    "this is too long: a signal has at most %u KiB. Put long texts into a file of "
		    "the "
		    "branch and name it",
		    SIGNAL_BYTES_MAX / 1024);
	else if (publish_check(&bytes, err) < 0)
		e = ERR_INVALID;
	else
		for (int i = 0; e == ERR_CONFLICT && i < ID_TRIES; i++) {
			spool_new_id(ep, &s->event.sig);
			e = spool_publish(&c->root, &s->event.sig, buf_str(&bytes), err);
		}
	if (nonce != NULL) /* the bytes hold it */
		explicit_bzero(bytes.p, bytes.len);
	return e;
}

int
cli_publish(struct cli *c, struct signal *s, const struct nonce *nonce, bool wait,
    struct publish_result *ret, struct err *err)
{
	int e = publish_write(c, s, nonce, err);

	if (e < 0)
		return e;
	if (wait)
		return cli_publish_wait(c, s, ret, err);
	*ret = (struct publish_result){ .outcome = PUBLISH_PENDING };
	return 0;
}

/* ---- waiting ---- */

static volatile sig_atomic_t wait_is_interrupted;

static void
wait_on_signal(int sig)
{
	wait_is_interrupted = sig;
}

struct wait {
	struct cli *c;
	const struct signal *s;
	bool has_watch;
	int once_left;
	sigset_t before; /* the mask outside of the wait */
	struct sigaction old_int, old_term;
};

/* Both signals are let in only while nothing is going on: in ppoll. */
static void
wait_begin(struct wait *w)
{
	struct sigaction sa = { .sa_handler = wait_on_signal };
	sigset_t both;

	wait_is_interrupted = 0;
	(void)sigemptyset(&sa.sa_mask);
	(void)sigemptyset(&both);
	(void)sigaddset(&both, SIGINT);
	(void)sigaddset(&both, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &both, &w->before);
	(void)sigaction(SIGINT, &sa, &w->old_int);
	(void)sigaction(SIGTERM, &sa, &w->old_term);
}

static void
wait_end(struct wait *w)
{
	if (w->has_watch)
		watch_close();
	(void)sigaction(SIGINT, &w->old_int, NULL);
	(void)sigaction(SIGTERM, &w->old_term, NULL);
	(void)sigprocmask(SIG_SETMASK, &w->before, NULL);
}

/* Without a watch (the user's inotify limits) looking again now and then does it, too. */
static void
wait_arm(struct wait *w)
{
	static const char *const dirs[] = { "spool/done", "spool/refused" };

	if (!w->has_watch)
		w->has_watch = watch_open(NULL) == 0;
	for (size_t i = 0; w->has_watch && i < ARRAY_LEN(dirs); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s/%s", w->c->root.path, dirs[i]);
		(void)watch_add(path.p, NULL); /* the look every second remains */
	}
}

static void
wait_sleep(struct wait *w)
{
	struct pollfd p = { .fd = w->has_watch ? watch_fd() : -1, .events = POLLIN };
	struct timespec limit = { .tv_sec = LOOK_MS / 1000, .tv_nsec = LOOK_MS % 1000 * 1000000L };

	if (ppoll(&p, 1, &limit, &w->before) > 0 && w->has_watch && watch_drain().lost)
		wait_arm(w);
}

/* No supervisor: one turn that decides and commits, and starts nothing.  True: another process was the
 * one writer just then, it is worth another try. */
static bool
wait_once(struct wait *w, struct publish_result *ret)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf program = BUF_INIT;
	struct err err = ERR_INIT;
	int status = 0, e;

	cli_program("reeved", &program);
	strvec_push(&argv, program.p);
	strvec_push(&argv, "--once");
	(void)setenv(
	    "REEVE_STATE", w->c->root.path, 1); /* no memory: reeved finds the default one */
	w->once_left--;
	e = proc_run(&argv, NULL, ONCE_TIMEOUT_MS, 0, NULL, &status, &err);
	if (e < 0 || status != 0) {
		(void)err_prefix(
		    &err, "no supervisor runs, and it could not be decided without one");
		(void)snprintf(ret->text, sizeof ret->text, "%s", err.text);
	} else {
		(void)snprintf(ret->text, sizeof ret->text,
		    "no supervisor runs, and `reeved --once` left it where it is. Start one with "
		    "`reeve up`");
	}
	return e == 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN;
}

/* True: the wait is over. */
static bool
wait_look(struct wait *w, struct publish_result *ret, int *ret_e, struct err *err)
{
	switch (spool_find(&w->c->root, &w->s->event.sig)) {
	case SPOOL_DONE:
		*ret_e = settled_applied(&w->c->root, w->s, ret, err);
		return true;
	case SPOOL_REFUSED:
		*ret_e = settled_refused(&w->c->root, w->s, ret, err);
		return true;
	case SPOOL_NOWHERE:
		*ret_e = err_set(err, ERR_IO,
		    "signal %s is neither in spool/new nor in done nor in refused: somebody "
		    "removed it",
		    w->s->event.sig.s);
		return true;
	case SPOOL_NEW:
		break;
	}
	return false;
}

int
cli_publish_wait(struct cli *c, const struct signal *s, struct publish_result *ret, struct err *err)
{
	struct wait w = { .c = c, .s = s, .once_left = ONCE_TRIES };
	struct publish_result result = { .outcome = PUBLISH_PENDING };
	int e = 0;

	wait_begin(&w);
	wait_arm(&w); /* arm, then look: what comes in between is not missed */
	while (!wait_look(&w, &result, &e, err)) {
		if (wait_is_interrupted) {
			(void)snprintf(
			    result.text, sizeof result.text, "you did not wait for the decision");
			break;
		}
		if (root_owner(&c->root, NULL) != PROBE_FREE) {
			wait_sleep(&w);
			continue;
		}
		if (w.once_left == 0)
			break;
		if (!wait_once(&w, &result) && spool_find(&c->root, &s->event.sig) == SPOOL_NEW &&
		    root_owner(&c->root, NULL) == PROBE_FREE)
			break;
	}
	wait_end(&w);
	if (e == 0)
		*ret = result;
	return e;
}

int
cli_publish_report(const struct publish_result *r, const char *done_word, bool quiet)
{
	switch (r->outcome) {
	case PUBLISH_APPLIED:
		if (!quiet)
			cli_out("%u: %s (rev %llu)", r->ticket.n, done_word,
			    (unsigned long long)r->rev);
		return EXIT_OK;
	case PUBLISH_REFUSED:
		if (r->ticket.n != 0)
			cli_say("%u: refused: %s", r->ticket.n, r->text);
		else
			cli_say("refused: %s", r->text);
		return EXIT_REFUSED;
	case PUBLISH_PENDING:
		break;
	}
	cli_say("durable, not yet decided%s%s", r->text[0] != '\0' ? ": " : "", r->text);
	return EXIT_AGAIN;
}
