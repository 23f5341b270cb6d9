/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_store.h: what the tests of store share: a state directory, tickets with a history, and the crash
 * at every step.
 */
#ifndef UNIT_TEST_STORE_H
#define UNIT_TEST_STORE_H

#include "test_sys.h"

#include "codec/ticket_text.h"
#include "store/episode.h"
#include "store/fsck.h"
#include "store/root.h"
#include "store/spool.h"
#include "store/tickets.h"

#define STORE_NOW   ((int64_t)1795242205000) /* 2026-11-21T06:23:25Z */
#define STORE_OID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define STORE_OID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define STORE_OUTCOME                                                                              \
	"{\"status\":\"never-started\",\"summary\":\"\",\"root_cause\":\"\",\"safe_retry\":true,"  \
	"\"stop_condition\":\"\",\"human_input_required\":\"\",\"next_actions\":[],"               \
	"\"artifacts\":[]}\n"

/* The store of the running test: opened and locked, in the directory "state" of its place. */
static struct root store = ROOT_INIT;

static inline void
store_path(struct buf *ret)
{
	buf_addf(ret, "%s/state", place_path);
}

static inline void
store_reopen(void)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	store_path(&path);
	root_release(&store);
	if (root_open(io_real(), path.p, &store, &err) < 0 || root_lock(&store, false, &err) < 0)
		fail_msg("%s", err.text);
}

static inline int
store_make(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	if (place_make(state) < 0)
		return -1;
	store_path(&path);
	if (root_init(io_real(), path.p, &err) < 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	store_reopen();
	return 0;
}

static inline int
store_remove(void **state)
{
	root_release(&store);
	return place_remove(state);
}

#define in_store(test) cmocka_unit_test_setup_teardown(test, store_make, store_remove)

/* A new one in the middle of a test. */
static inline void
store_renew(void)
{
	assert_int_equal(store_remove(NULL), 0);
	assert_int_equal(store_make(NULL), 0);
}

/* --- files --- */

static inline bool
store_has(const char *name)
{
	return file_exists(io_real(), store.dir, name);
}

static inline void
store_put(const char *name, const char *text)
{
	assert_int_equal(file_replace(io_real(), store.dir, name, str_of(text), NULL), 0);
}

static inline void
store_check(const char *name, const char *text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_int_equal(file_read(io_real(), store.dir, name, 1 << 20, &b, NULL), 0);
	assert_string_equal(b.p, text);
}

/* --- tickets --- */

static inline void
rec_init(struct record *rec, uint32_t id)
{
	*rec = (struct record){ .ticket = { .id = { id } } };
	set_charp(&rec->spec.title, "fix the login");
	set_charp(&rec->spec.repo, "app");
	set_charp(&rec->spec.base, "main");
	set_charp(&rec->spec.branch, "reeve/1-fix-the-login");
	set_charp(&rec->spec.agent, "sh");
	set_charp(&rec->spec.text, "It fails.\n");
}

static inline struct event
rec_event(enum event_kind kind)
{
	struct event e = { .kind = kind, .boot = { "boot-1" } };
	const char *actor = event_is_command(kind)  ? "person:ann"
			    : event_is_report(kind) ? "worker"
						    : "reeve";

	(void)snprintf(e.actor, sizeof e.actor, "%s", actor);
	return e;
}

/* A legal step: the history and the header go on. */
static inline void
rec_step(struct record *rec, struct event e, const char *text)
{
	struct decision d;

	e.ticket = rec->ticket.id;
	if (e.kind == EVENT_CREATE)
		e.spec = spec_digest(&rec->spec);
	if (event_is_report(e.kind)) {
		e.has_nonce = true;
		e.nonce = rec->ticket.episode.nonce;
		e.episode = ticket_episode(&rec->ticket);
	}
	d = lifecycle_step(&rec->ticket, &e, STORE_NOW + (int64_t)rec->ticket.rev * 1000);
	if (d.verdict != VERDICT_APPLY)
		fail_msg("%s in %s: verdict %d %s", event_name(e.kind),
		    phase_name(rec->ticket.phase), (int)d.verdict, refusal_name(d.refusal));
	history_add(&rec->history, &rec->ticket, &e, &d, text);
	rec->ticket = d.next;
}

/* One that the table does not have; the header follows. */
static inline void
rec_forge(struct record *rec, struct event e, enum phase to, unsigned row)
{
	struct decision d = { .verdict = VERDICT_APPLY, .row = row, .next = rec->ticket };

	e.ticket = rec->ticket.id;
	d.next.rev++;
	d.next.phase = to;
	d.next.updated_wall_ms = STORE_NOW + (int64_t)rec->ticket.rev * 1000;
	history_add(&rec->history, &rec->ticket, &e, &d, NULL);
	rec->ticket = d.next;
}

static inline void
rec_sign(struct event *e, const char *id, const char *bytes)
{
	assert_true(signal_id_parse(str_of(id), &e->sig));
	e->sig_hash = digest_of(str_of(bytes));
}

/* create, and up to a running worker */
static inline void
rec_create(struct record *rec, uint32_t id)
{
	rec_init(rec, id);
	rec_step(rec, rec_event(EVENT_CREATE), NULL);
}

static inline void
rec_start(struct record *rec)
{
	struct event e = rec_event(EVENT_START);
	struct nonce nonce = { { (unsigned char)(rec->ticket.episode.n + 1) } };

	e.fresh = nonce_digest(&nonce);
	assert_true(oid_parse(str_of(STORE_OID_A), &e.base));
	rec_step(rec, e, NULL);
}

static inline void
rec_put(struct record *rec)
{
	struct err err = ERR_INIT;
	char name[20];
	int r;

	(void)snprintf(name, sizeof name, "%u", rec->ticket.id.n);
	r = file_exists(io_real(), store.tickets, name) ? ticket_commit(&store, rec, NULL, &err)
							: ticket_create(&store, rec, &err);
	if (r < 0)
		fail_msg("%s", err.text);
}

/* --- crashes --- */

struct crash_run {
	int (*op)(struct root *r, void *arg);
	void *arg;
	uint64_t at;
};

static inline int
crash_child(void *arg)
{
	struct crash_run *c = arg;
	struct root r = store; /* its descriptors, LOCK among them, are the child's too */

	r.io = io_crash(c->at);
	return c->op(&r, c->arg) == 0 ? 0 : 1;
}

/* Ends the operation at its n-th step and opens the store again.  True: it came to its end. */
static inline bool
crash_at(uint64_t at, int (*op)(struct root *r, void *arg), void *arg)
{
	struct crash_run c = { op, arg, at };
	int end = child_run(crash_child, &c);

	assert_true(end == 0 || end == IO_CRASH_EXIT);
	store_reopen();
	return end == 0;
}

/* What fsck finds; nothing is expected. */
static inline void
check_fsck_clean(void)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct err err = ERR_INIT;

	if (fsck_run(&store, false, &found, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < found.n; i++)
		print_error("%s\n", found.v[i]);
	assert_int_equal(found.n, 0);
}

#endif
