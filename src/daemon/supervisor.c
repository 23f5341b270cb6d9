/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/supervisor.h"

#include <event2/event.h>
#include <signal.h>

#include "daemon/outside.h"
#include "engine/engine.h"
#include "intake/watch.h"
#include "store/root.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"

#define SUPERVISOR_FULL_S 5 /* look again when the disk was full */
#define LOCK_MS           10000
#define SYNC_PREFIX       "sync."

struct supervisor {
	const struct supervisor_options *options;
	struct root root;
	struct event_base *base;
	struct outside *outside;
	struct engine *engine;
	struct event *turn;  /* at once: set by hints */
	struct event *timer; /* the next due time */
	struct event *signals[4];
	int ready_fd;
	int rc; /* why the loop ended */
	struct err *err;
	bool is_full;
};

static void
supervisor_wake(void *self)
{
	struct supervisor *s = self;

	/* Not event_active(): a callback that activates itself would never let the loop poll. */
	(void)event_add(s->turn, &(struct timeval){ 0, 0 });
}

static void
supervisor_end(struct supervisor *s, int rc)
{
	s->rc = rc;
	(void)event_base_loopbreak(s->base);
}

/* Barriers that were there before the turn began; they go when it left all at rest. */
static void
supervisor_list_barriers(struct supervisor *s, struct strvec *ret)
{
	struct strvec names = STRVEC_INIT;

	if (file_list(s->root.io, s->root.control, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (str_starts(str_of(names.v[i]), SYNC_PREFIX))
				strvec_push(ret, names.v[i]);
	strvec_release(&names);
}

static void
supervisor_say_ready(struct supervisor *s)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (s->ready_fd < 0)
		return;
	if (write(s->ready_fd, "ready\n", 6) < 0)
		log_line(LOG_WARN, "nobody waits for us to be ready");
	close_fd(&s->ready_fd);
	engine_describe(s->engine, &b);
	log_line(LOG_INFO, "ready: %s", b.p);
}

static int64_t
supervisor_rescan_ms(void)
{
#ifdef REEVE_TEST_HOOKS
	uint64_t s;

	if (str_u64(str_of(getenv("REEVE_RESCAN_S")), &s) && s > 0)
		return (int64_t)s * 1000;
#endif
	return SUPERVISOR_RESCAN_S * 1000;
}

static void
supervisor_set_timer(struct supervisor *s, const struct engine_rest *rest)
{
	int64_t ms = supervisor_rescan_ms();
	struct timeval tv;

	if (s->is_full)
		ms = SUPERVISOR_FULL_S * 1000;
	if (rest->next_boot_ms > 0) {
		int64_t left = rest->next_boot_ms - clock_boot_ms();

		if (left < ms)
			ms = left > 1 ? left : 1;
	}
	if (rest->is_more)
		ms = 0; /* not event_active(): that would come before all other events */
	tv = (struct timeval){ ms / 1000, (ms % 1000) * 1000 };
	(void)event_add(s->timer, &tv);
}

/* Armed before the scan; anew when another directory has the name. */
static void
supervisor_watch(struct supervisor *s)
{
	static const char *const dirs[] = { "spool/new", "control" };
	struct world *world = outside_world(s->outside);

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s/%s", s->root.path, dirs[i]);
		world->ops->unwatch(world, path.p);
		world->ops->watch(world, path.p);
	}
}

/* Somebody may have moved the spool away: no silent deafness. */
static void
supervisor_follow(struct supervisor *s)
{
	struct err err = ERR_INIT;
	int rc = root_follow(&s->root, &err);

	if (rc < 0)
		log_line(LOG_ERROR, "%s", err.text);
	if (rc != 0)
		supervisor_watch(s);
}

static void
supervisor_on_turn(evutil_socket_t fd, short what, void *self)
{
	struct supervisor *s = self;
	_cleanup_(strvec_release) struct strvec barriers = STRVEC_INIT;
	struct engine_rest rest = { false, false, 0 };
	struct err err = ERR_INIT;
	int rc;

	(void)fd;
	(void)what;
	supervisor_follow(s);
	supervisor_list_barriers(s, &barriers);
	rc = engine_turn(s->engine, &rest, &err);
	if (rc == ERR_LIMIT && !s->options->once) {
		if (!s->is_full)
			log_line(LOG_ERROR, "%s; nothing is lost, trying again", err.text);
		s->is_full = true;
		rest.is_at_rest = false;
	} else if (rc < 0) {
		log_line(LOG_ERROR, "%s", err.text);
		if (s->err)
			*s->err = err;
		supervisor_end(s, rc);
		return;
	} else {
		s->is_full = false;
	}
	supervisor_say_ready(s);
	if (rest.is_at_rest) {
		for (size_t i = 0; i < barriers.n; i++)
			(void)file_unlink(s->root.io, s->root.control, barriers.v[i],
			    NULL); /* taken away by who set it */
		if (s->options->once) {
			supervisor_end(s, 0);
			return;
		}
	}
	supervisor_set_timer(s, &rest);
}

static void
supervisor_on_signal(evutil_socket_t sig, short what, void *self)
{
	struct supervisor *s = self;

	(void)what;
	if (sig == SIGCHLD) {
		outside_on_child(s->outside);
	} else if (sig == SIGHUP) {
		supervisor_wake(s); /* a turn reads the configuration again */
	} else {
		log_line(LOG_INFO, "ends by signal %d; workers go on", (int)sig);
		supervisor_end(s, 0);
	}
}

/* A supervisor is started once: who has LOCK only for a moment is worth a wait. */
static int
supervisor_lock(struct supervisor *s, struct err *err)
{
	int64_t end = clock_boot_ms() + LOCK_MS;
	bool is_once = s->options->once;
	struct err why = ERR_INIT;
	int rc;

	while ((rc = root_lock(&s->root, is_once, &why)) == ERR_BUSY && !is_once &&
	       clock_boot_ms() < end && root_await(&s->root, end - clock_boot_ms()))
		;
	if (rc < 0 && err)
		*err = why;
	return rc;
}

static int
supervisor_listen(struct supervisor *s, struct err *err)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct event_config *ec = event_config_new();

	s->base = ec ? event_base_new_with_config(ec) : NULL;
	if (ec)
		event_config_free(ec);
	if (!s->base)
		return err_set(err, ERR_EXTERNAL, "libevent cannot be started");
	s->turn = evtimer_new(s->base, supervisor_on_turn, s);
	s->timer = evtimer_new(s->base, supervisor_on_turn, s);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], supervisor_on_signal, s);
		(void)event_add(s->signals[i], NULL);
	}
	return 0;
}

/* Signals are taken when LOCK is: one that comes while it is waited for ends the wait, and us. */
static int
supervisor_open(struct supervisor *s, struct err *err)
{
	struct world *world;
	int rc = root_open(io_default(), s->options->state, &s->root, err);

	if (rc == 0)
		rc = supervisor_lock(s, err);
	if (rc == 0)
		rc = supervisor_listen(s, err);
	if (rc == 0)
		rc = root_settle(&s->root, err);
	if (rc == 0)
		rc = outside_open(s->base, &s->root, supervisor_wake, s, &s->outside, err);
	if (rc < 0)
		return rc;
	world = outside_world(s->outside);
	rc = engine_open(&s->root, world, s->options->once, &s->engine, err);
	if (rc < 0)
		return rc;
	outside_attach(s->outside, s->engine);
	return 0;
}

static void
supervisor_close(struct supervisor *s)
{
	outside_close(s->outside);
	if (s->engine)
		engine_close(s->engine);
	root_release(&s->root);
	for (size_t i = 0; i < ARRAY_LEN(s->signals); i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	if (s->turn)
		event_free(s->turn);
	if (s->timer)
		event_free(s->timer);
	if (s->base)
		event_base_free(s->base);
	close_fd(&s->ready_fd);
}

int
supervisor_run(const struct supervisor_options *options, struct err *err)
{
	struct supervisor s = {
		.options = options, .root = ROOT_INIT, .ready_fd = options->ready_fd, .err = err
	};
	int rc = supervisor_open(&s, err);

	if (rc == 0) {
		supervisor_watch(&s);
		supervisor_wake(&s);
		(void)event_base_dispatch(s.base);
		rc = s.rc;
	}
	supervisor_close(&s);
	return rc;
}
