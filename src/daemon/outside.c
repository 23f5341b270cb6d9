/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/outside.h"

#include "daemon/runner.h"
#include "daemon/windows.h"
#include "intake/watch.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/port.h"
#include "sys/proc.h"

/* A launcher whose end is a hint. */
struct follower {
	struct follower *next;
	struct outside *owner;
	struct episode_id ep;
	int pidfd;
	struct event *event;
};

struct outside {
	struct world world; /* first: the engine has a pointer to it */
	struct event_base *base;
	struct root *root;
	struct engine *engine;
	void (*wake)(void *self);
	void *self;
	struct event *watch_event;
	struct strvec watched; /* directories; all of them are added again when watches were lost */
	struct follower *followers;
	struct runner *runner;
	struct windows *windows;
};

static struct outside *
outside_of(struct world *w)
{
	return (struct outside *)(void *)w; /* its first member */
}

/* --- answers --- */

static void
outside_on_answer(
    void *self, enum work_kind kind, struct episode_id ep, const struct work_result *r)
{
	struct outside *o = self;

	engine_on_work(o->engine, kind, ep.ticket, r);
	o->wake(o->self);
}

static int
outside_start(struct world *w, const struct work *work, struct err *err)
{
	struct outside *o = outside_of(w);

	if (work->kind == WORK_SPAWN)
		return windows_spawn(o->windows, engine_config(o->engine), work, err);
	return runner_start(o->runner, work, err);
}

static void
outside_cancel(struct world *w, enum work_kind kind, struct ticket_id id)
{
	runner_cancel(outside_of(w)->runner, kind, id);
}

/* --- hints --- */

static void
outside_watch(struct world *w, const char *dir)
{
	struct outside *o = outside_of(w);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < o->watched.n; i++)
		if (strcmp(o->watched.v[i], dir) == 0)
			return;
	strvec_push(&o->watched, dir);
	if (watch_add(dir, &err) < 0)
		log_line(LOG_WARN, "%s (changes there are noticed late)", err.text);
}

static void
outside_unwatch(struct world *w, const char *dir)
{
	struct outside *o = outside_of(w);

	for (size_t i = 0; i < o->watched.n; i++)
		if (strcmp(o->watched.v[i], dir) == 0) {
			free(o->watched.v[i]);
			o->watched.v[i] = o->watched.v[--o->watched.n];
			o->watched.v[o->watched.n] = NULL;
			watch_remove(dir);
			return;
		}
}

static void
outside_on_watch(evutil_socket_t fd, short what, void *self)
{
	struct outside *o = self;
	struct watch_news news = watch_drain();

	(void)fd;
	(void)what;
	if (news.lost)
		for (size_t i = 0; i < o->watched.n; i++)
			(void)watch_add(o->watched.v[i], NULL); /* the slow scan is behind it */
	if (news.any || news.lost)
		o->wake(o->self);
}

static void
follower_free(struct follower *f)
{
	event_free(f->event);
	close_fd(&f->pidfd);
	free(f);
}

static void
outside_unfollow(struct world *w, struct episode_id ep)
{
	struct outside *o = outside_of(w);

	for (struct follower **p = &o->followers; *p; p = &(*p)->next)
		if (episode_id_eq((*p)->ep, ep)) {
			struct follower *f = *p;

			*p = f->next;
			follower_free(f);
			return;
		}
}

static void
outside_on_end(evutil_socket_t fd, short what, void *self)
{
	struct follower *f = self;
	struct outside *o = f->owner;

	(void)fd;
	(void)what;
	(void)event_del(f->event); /* it stays readable */
	o->wake(o->self);
}

static void
outside_follow(struct world *w, struct episode_id ep, pid_t pid, uint64_t start)
{
	struct outside *o = outside_of(w);
	int pidfd = proc_open(pid, start, NULL);
	struct follower *f;

	if (pidfd < 0) { /* gone already */
		o->wake(o->self);
		return;
	}
	f = xcalloc(1, sizeof *f);
	f->owner = o;
	f->ep = ep;
	f->pidfd = pidfd;
	f->event = event_new(o->base, pidfd, EV_READ, outside_on_end, f);
	f->next = o->followers;
	o->followers = f;
	(void)event_add(f->event, NULL);
}

static struct instant
outside_now(struct world *w)
{
	(void)w;
	return (struct instant){ clock_wall_ms(), clock_boot_ms(), clock_boot_id() };
}

static bool
outside_port_is_free(struct world *w, uint32_t port)
{
	(void)w;
	return port_is_free(port);
}

static const struct world_ops outside_ops = {
	.start = outside_start,
	.cancel = outside_cancel,
	.watch = outside_watch,
	.unwatch = outside_unwatch,
	.follow = outside_follow,
	.unfollow = outside_unfollow,
	.now = outside_now,
	.port_is_free = outside_port_is_free,
};

/* --- life --- */

int
outside_open(struct event_base *base, struct root *root, void (*wake)(void *self), void *self,
    struct outside **ret, struct err *err)
{
	struct outside *o = xcalloc(1, sizeof *o);

	o->world.ops = &outside_ops;
	o->base = base;
	o->root = root;
	o->wake = wake;
	o->self = self;
	if (watch_open(err) < 0) {
		free(o);
		return ERR_LIMIT;
	}
	o->watch_event = event_new(base, watch_fd(), EV_READ | EV_PERSIST, outside_on_watch, o);
	(void)event_add(o->watch_event, NULL);
	o->runner = runner_open(base, outside_on_answer, o);
	o->windows = windows_open(base, root->path, outside_on_answer, o);
	*ret = o;
	return 0;
}

void
outside_close(struct outside *o)
{
	if (!o)
		return;
	while (o->followers)
		outside_unfollow(&o->world, o->followers->ep);
	runner_close(o->runner);
	windows_close(o->windows);
	event_free(o->watch_event);
	watch_close();
	strvec_release(&o->watched);
	free(o);
}

struct world *
outside_world(struct outside *o)
{
	return &o->world;
}

void
outside_attach(struct outside *o, struct engine *e)
{
	o->engine = e;
}

void
outside_on_child(struct outside *o)
{
	windows_on_child(o->windows);
}
