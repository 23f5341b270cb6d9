/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_engine.h: a world of paper around the real engine and the real store.
 *
 *	play_open(io)	state directory (made once), LOCK, engine
 *	play_until()	turns, answers and a worker's life until a ticket has a phase
 *	play_close()
 *
 * The worker lives in this process: it claims the token, holds the locks, publishes what it is told to,
 * and "dies" by closing them.  A process that is ended by io_crash() takes it along, as a power cut would.
 */
#ifndef UNIT_TEST_ENGINE_H
#define UNIT_TEST_ENGINE_H

#include "codec/signal_json.h"
#include "codec/ticket_text.h"
#include "engine/engine.h"
#include "store/episode.h"
#include "store/fsck.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "test_sys.h"

#define PLAY_BASE  "1111111111111111111111111111111111111111"
#define PLAY_TIP   "2222222222222222222222222222222222222222"
#define PLAY_MERGE "3333333333333333333333333333333333333333"
#define PLAY_TURNS 200

struct play {
	struct world world; /* first */
	struct root root;
	struct engine *engine;
	char state[4200];
	int64_t boot_ms;
	struct {
		struct paper {
			enum work_kind kind;
			struct episode_id ep;
		} * v;
		size_t n;
		size_t cap;
	} asked;
	struct work last;               /* its pointers are gone */
	unsigned count[WORK_CLEAN + 1]; /* how often each kind was asked for */
	unsigned cancelled[WORK_CLEAN + 1];
	enum work_answer answer[WORK_CLEAN + 1]; /* what it gets; 0: OK */
	int launcher, ticket;                    /* the worker's locks; -1: it does not live */
	struct episode_id ep;                    /* its episode */
	struct nonce nonce;
	bool has_reported;
	bool dies;       /* before it reports */
	bool says_alive; /* SALVAGE: processes live */
	bool passes;     /* a person passes what is reported */
	struct {         /* what one ticket gets, whatever the others do; 0: no ticket */
		unsigned id;
		enum work_kind kind;
		enum work_answer answer;
		bool flag;
	} own;
	const char *boot_id;
	const char *tree;   /* of what would land; NULL: none */
	const char *notify; /* of new tickets; NULL: nobody */
};

static inline int
play_start(struct world *w, const struct work *work, struct err *err)
{
	struct play *p = (struct play *)(void *)w;

	(void)err;
	*VEC_PUSH(&p->asked) = (struct paper){ work->kind, work->ep };
	p->count[work->kind]++;
	p->last = *work;
	return 0;
}

static inline void
play_no_dir(struct world *w, const char *dir)
{
	(void)w;
	(void)dir;
}

static inline void
play_cancel(struct world *w, enum work_kind kind, struct ticket_id id)
{
	struct play *p = (struct play *)(void *)w;

	(void)id;
	p->cancelled[kind]++;
}

static inline void
play_no_follow(struct world *w, struct episode_id ep, pid_t pid, uint64_t start)
{
	(void)w;
	(void)ep;
	(void)pid;
	(void)start;
}

static inline void
play_no_unfollow(struct world *w, struct episode_id ep)
{
	(void)w;
	(void)ep;
}

static inline struct instant
play_now(struct world *w)
{
	struct play *p = (struct play *)(void *)w;

	return (struct instant){ 1700000000000 + p->boot_ms, p->boot_ms, p->boot_id };
}

static const struct world_ops play_ops = {
	.start = play_start,
	.cancel = play_cancel,
	.watch = play_no_dir,
	.unwatch = play_no_dir,
	.follow = play_no_follow,
	.unfollow = play_no_unfollow,
	.now = play_now,
};

static inline void
play_init(struct play *p)
{
	struct err err = ERR_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	memset(p, 0, sizeof *p);
	p->world.ops = &play_ops;
	p->boot_ms = 1000000;
	p->boot_id = "first-boot";
	p->launcher = p->ticket = -1;
	(void)snprintf(p->state, sizeof p->state, "%s/state", place_path);
	if (root_init(io_real(), p->state, &err) < 0)
		fail_msg("%s", err.text);
	buf_addf(&b,
	    "[defaults]\nagent = sh\nslots = 2\nremind = 0s\n[repo \"app\"]\npath = %s\nbase = "
	    "main\n"
	    "[agent \"sh\"]\nstart = sh -c {text}\n",
	    place_path);
	put_file("state/config", b.p);
}

static inline int
play_open(struct play *p, struct io *io, bool is_observer, struct err *err)
{
	p->root = (struct root)ROOT_INIT;
	p->engine = NULL;
	if (root_open(io, p->state, &p->root, err) < 0 || root_lock(&p->root, false, err) < 0)
		return -1;
	return engine_open(&p->root, &p->world, is_observer, &p->engine, err);
}

static inline void
play_die(struct play *p)
{
	close_fd(&p->launcher);
	close_fd(&p->ticket);
}

static inline void
play_close(struct play *p)
{
	if (p->engine)
		engine_close(p->engine);
	root_release(&p->root);
	free(p->asked.v);
	p->asked.v = NULL;
	p->asked.n = p->asked.cap = 0;
}

/* Publishes through the real kernel: what a worker or a person does is not what is interrupted. */
static inline void
play_publish(struct play *p, struct signal *s, const struct nonce *nonce, const char *id)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct io *io = p->root.io;
	struct signal_id sig;
	struct err err = ERR_INIT;

	assert_true(signal_id_parse(str_of(id), &sig));
	p->root.io = io_real();
	if (spool_find(&p->root, &sig) == SPOOL_NOWHERE) {
		signal_json_dump(s, nonce, &b);
		if (spool_publish(&p->root, &sig, buf_str(&b), &err) < 0)
			fail_msg("%s", err.text);
	}
	p->root.io = io;
}

static inline void
play_say(struct play *p, enum event_kind kind, unsigned ticket, const char *body, const char *id)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = kind;
	s.event.ticket.n = ticket;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.body, body);
	play_publish(p, &s, NULL, id);
}

static inline void
play_create(struct play *p, const char *id)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_CREATE;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.text, "true");
	set_charp(&s.spec.repo, "app");
	set_charp(&s.spec.notify, p->notify);
	play_publish(p, &s, NULL, id);
}

static inline void
play_report(struct play *p, enum event_kind kind, const char *commit)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	char id[64];

	s.event.kind = kind;
	s.event.ticket = p->ep.ticket;
	if (commit)
		assert_true(oid_parse(str_of(commit), &s.event.commit));
	set_charp(&s.body, "what was done");
	(void)snprintf(id, sizeof id, "report-%u-%u", p->ep.ticket.n, p->ep.n);
	play_publish(p, &s, &p->nonce, id);
	p->has_reported = true;
}

/* The ticket as its file says; rev 0: none. */
static inline struct ticket
play_ticket(struct play *p, unsigned id)
{
	struct record rec = { .history = BUF_INIT };
	struct ticket t = { .rev = 0 };
	struct io *io = p->root.io;
	struct err err = ERR_INIT;
	int rc;

	p->root.io = io_real();
	rc = ticket_read(&p->root, (struct ticket_id){ id }, &rec, &err);
	p->root.io = io;
	if (rc == 0)
		t = rec.ticket;
	else if (rc != ERR_NOTFOUND)
		fail_msg("%s", err.text);
	record_release(&rec);
	return t;
}

/* The launcher's part of P3: token -> claimed, both locks, started. */
static inline void
play_live(struct play *p, unsigned id)
{
	struct ticket t = play_ticket(p, id);
	_cleanup_(buf_release) struct buf token = BUF_INIT;
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct io *io = io_real();
	struct root real = p->root;
	int dir, ticket_dir;

	real.io = io;
	if (t.episode.state != EPISODE_OPEN || p->launcher >= 0)
		return;
	episode_path(&real, ticket_episode(&t), NULL, &path);
	dir = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !file_exists(io, dir, EPISODE_TOKEN)) {
		close_fd(&dir);
		return;
	}
	ticket_dir = ticket_open_dir(&real, t.id, NULL);
	assert_true(ticket_dir >= 0);
	p->ticket = lock_take(io, ticket_dir, "lock", "worker", NULL, NULL);
	p->launcher = lock_take(io, dir, EPISODE_LOCK, "worker", NULL, NULL);
	assert_true(p->ticket >= 0 && p->launcher >= 0);
	assert_int_equal(file_rename(io, dir, EPISODE_TOKEN, dir, EPISODE_CLAIMED, false, NULL), 0);
	assert_int_equal(file_read(io, dir, EPISODE_CLAIMED, 100, &token, NULL), 0);
	assert_true(nonce_parse(str_trim(str_n(token.p, token.len - 1)), &p->nonce));
	assert_int_equal(file_create(io, dir, EPISODE_STARTED, STR("x"), NULL), 0);
	assert_int_equal(file_create(io, dir, EPISODE_RUNNING, STR(""), NULL), 0);
	p->ep = ticket_episode(&t);
	p->has_reported = false;
	close_fd(&dir);
	close_fd(&ticket_dir);
}

static inline void
play_answer(struct play *p, enum work_kind kind, struct episode_id ep)
{
	enum work_answer said = p->answer[kind] ? p->answer[kind] : WORK_OK;
	struct work_result r = {
		.answer = said, .text = STR("because"), .flag = said == WORK_OK || p->says_alive
	};
	bool is_own = ep.ticket.n == p->own.id && kind == p->own.kind;
	const char *a = kind == WORK_PREFLIGHT  ? PLAY_BASE
			: kind == WORK_ARTIFACT ? PLAY_TIP
			: kind == WORK_COMPUTE  ? PLAY_BASE
						: NULL;

	if (is_own)
		r.answer = said = p->own.answer;
	if (is_own && p->own.flag)
		r.flag = true;
	if (a)
		(void)oid_parse(str_of(a), &r.a);
	(void)oid_parse(STR(PLAY_MERGE), &r.b);
	if (p->tree)
		(void)oid_parse(str_of(p->tree), &r.c);
	if (kind == WORK_GATE)
		r.flag = said == WORK_ENVIRONMENT;
	engine_on_work(p->engine, kind, ep.ticket, &r);
}

/* A turn, then everything that was asked for is answered. */
static inline int
play_turn(struct play *p, struct engine_rest *rest, struct err *err)
{
	int rc = engine_turn(p->engine, rest, err);

	while (rc == 0 && p->asked.n > 0) {
		struct paper w = p->asked.v[0];

		memmove(p->asked.v, p->asked.v + 1, --p->asked.n * sizeof w);
		play_answer(p, w.kind, w.ep);
	}
	return rc;
}

/* Turns until ticket `id` has that phase and nothing is left to do; the worker lives and reports DONE. */
static inline void
play_until(struct play *p, unsigned id, enum phase phase)
{
	struct engine_rest rest = { false, false, 0 };
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < PLAY_TURNS; i++) {
		struct ticket t;

		if (play_turn(p, &rest, &err) < 0)
			fail_msg("turn: %s", err.text);
		play_live(p, id);
		t = play_ticket(p, id);
		if (p->launcher >= 0 && p->dies)
			play_die(p);
		else if (p->launcher >= 0 && t.episode.state == EPISODE_RUN && !p->has_reported)
			play_report(p, EVENT_DONE, PLAY_TIP);
		else if (p->launcher >= 0 && t.episode.state != EPISODE_OPEN &&
			 t.episode.state != EPISODE_RUN)
			play_die(p);
		else if (t.phase == PHASE_HUMAN_REVIEW && p->passes)
			play_say(p, EVENT_ACCEPT, id, NULL, "pass-1");
		if (rest.next_boot_ms > p->boot_ms && rest.is_at_rest)
			p->boot_ms = rest.next_boot_ms; /* nobody waits for real */
		if (t.phase == phase && !ticket_is_open(&t) && rest.is_at_rest && p->asked.n == 0)
			return;
	}
	fail_msg("ticket %u is %s, not %s, after %d turns", id,
	    phase_name(play_ticket(p, id).phase), phase_name(phase), PLAY_TURNS);
}

static inline void
play_fsck(struct play *p)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct err err = ERR_INIT;

	if (fsck_run(&p->root, false, &found, &err) < 0)
		fail_msg("%s", err.text);
	if (found.n > 0)
		fail_msg("fsck: %s", found.v[0]);
}

static inline unsigned
play_count_refused(struct play *p)
{
	struct refused_list l = { NULL, 0, 0 };
	unsigned n;

	assert_int_equal(spool_refused(&p->root, &l, NULL), 0);
	n = (unsigned)l.n;
	refused_list_release(&l);
	return n;
}

/* Turns that have to succeed, each with its answers. */
static inline struct engine_rest
play_turns(struct play *p, unsigned n)
{
	struct engine_rest rest = { false, false, 0 };
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < n; i++)
		if (play_turn(p, &rest, &err) < 0)
			fail_msg("%s", err.text);
	return rest;
}

#endif
