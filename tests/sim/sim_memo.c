/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same bytes are read again and again: by the engine, by fsck, by the checker.  history_next(),
 * ticket_text_load(), ticket_text_read(), history_replay() and digest_of() are pure functions
 * (tests/lint/pure.sh), so what they said of the same bytes once is remembered; refusals are not.  What fsck finds
 * in one ticket follows from the files below its directory: while they are the same, and there was nothing to
 * find, it is not done again.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "store/fsck_parts.h"

#define LINE_SLOTS   256
#define TICKET_SLOTS 64
#define DIGEST_SLOTS 256

struct line_memo {
	uint64_t hash;
	size_t len, cap;
	char *bytes;
	struct history_entry entry;
};

/* ld --wrap */
int __real_history_next(struct str *rest, struct history_entry *ret, struct err *err);
int __wrap_history_next(struct str *rest, struct history_entry *ret, struct err *err);
int __real_ticket_text_load(struct str bytes, struct record *ret, struct err *err);
int __wrap_ticket_text_load(struct str bytes, struct record *ret, struct err *err);
bool __real_ticket_text_read(struct str bytes, struct record *ret, struct hand_edit *ret_edit);
bool __wrap_ticket_text_read(struct str bytes, struct record *ret, struct hand_edit *ret_edit);
int __real_history_replay(const struct record *r, struct err *err);
int __wrap_history_replay(const struct record *r, struct err *err);
struct digest __real_digest_of(struct str bytes);
struct digest __wrap_digest_of(struct str bytes);
void __real_fsck_ticket(struct fsck *f, struct ticket_id id);
void __wrap_fsck_ticket(struct fsck *f, struct ticket_id id);

static uint64_t
memo_mix(uint64_t h, const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	h = (h ^ word) * 0xff51afd7ed558ccdu;
	return h ^ h >> 32;
}

uint64_t
memo_hash(uint64_t seed, const void *bytes, size_t n)
{
	uint64_t h = (seed ^ n) * 0x9e3779b97f4a7c15u, other[3] = { 1, 2, 3 };
	const char *p = bytes;

	for (; n >= 32; p += 32, n -= 32) { /* four at once: none waits for the other */
		h = memo_mix(h, p);
		for (size_t i = 0; i < 3; i++)
			other[i] = memo_mix(other[i], p + 8 * (i + 1));
	}
	for (size_t i = 0; i < 3; i++)
		h = memo_mix(h, (const char *)&other[i]);
	for (; n >= 8; p += 8, n -= 8)
		h = memo_mix(h, p);
	for (; n > 0; p++, n--)
		h = (h ^ (unsigned char)*p) * 0xff51afd7ed558ccdu;
	return h ^ h >> 29;
}

/* --- one line --- */

/* The first line, and those after it that begin with a TAB; 0: the last one is cut off. */
static size_t
memo_extent(struct str s)
{
	size_t n = 0;

	do {
		const char *end = n < s.len ? memchr(s.p + n, '\n', s.len - n) : NULL;

		if (end == NULL)
			return 0;
		n = (size_t)(end - s.p) + 1;
	} while (n < s.len && s.p[n] == '\t');
	return n;
}

static void
memo_keep(struct line_memo *m, uint64_t hash, const char *p, const struct history_entry *e)
{
	size_t len = (size_t)(e->text.p + e->text.len - p);

	if (len > m->cap) {
		m->cap = len + 256;
		m->bytes = xrealloc(m->bytes, m->cap);
	}
	memcpy(m->bytes, p, len);
	m->len = len;
	m->hash = hash;
	m->entry = *e;
}

int
__wrap_history_next(struct str *rest, struct history_entry *ret, struct err *err)
{
	static struct line_memo memos[LINE_SLOTS];
	size_t len = memo_extent(*rest);
	const char *p = rest->p;
	uint64_t hash;
	struct line_memo *m;
	int rc;

	if (len == 0)
		return __real_history_next(rest, ret, err);
	hash = memo_hash(0, p, len);
	m = &memos[hash % LINE_SLOTS];
	if (m->len != len || m->hash != hash || memcmp(m->bytes, p, len) != 0) {
		rc = __real_history_next(rest, ret, err);
		if (rc == 0)
			memo_keep(m, hash, p, ret);
		return rc;
	}
	*ret = m->entry;
	ret->line.p = p;
	ret->text.p = p + ret->line.len + 1;
	*rest = str_n(p + len, rest->len - len);
	return 0;
}

/* --- a ticket file --- */

struct file_memo {
	uint64_t hash;
	size_t len;
	struct record rec;
	struct hand_edit edit; /* of ticket_text_read() */
};

static void
memo_give(const struct file_memo *m, struct record *ret)
{
	*ret = (struct record){ .ticket = m->rec.ticket, .history = BUF_INIT };
	spec_copy(&ret->spec, &m->rec.spec);
	buf_add_str(&ret->history, buf_str(&m->rec.history));
}

static void
memo_take(struct file_memo *m, uint64_t hash, size_t len, const struct record *r)
{
	m->hash = hash;
	m->len = len;
	m->rec.ticket = r->ticket;
	spec_copy(&m->rec.spec, &r->spec);
	buf_clear(&m->rec.history);
	buf_add_str(&m->rec.history, buf_str(&r->history));
}

int
__wrap_ticket_text_load(struct str bytes, struct record *ret, struct err *err)
{
	static struct file_memo memos[TICKET_SLOTS];
	uint64_t hash = memo_hash(1, bytes.p, bytes.len);
	struct file_memo *m = &memos[hash % TICKET_SLOTS];
	int rc;

	if (m->hash == hash && m->len == bytes.len) {
		memo_give(m, ret);
		return 0;
	}
	rc = __real_ticket_text_load(bytes, ret, err);
	if (rc == 0)
		memo_take(m, hash, bytes.len, ret);
	return rc;
}

bool
__wrap_ticket_text_read(struct str bytes, struct record *ret, struct hand_edit *ret_edit)
{
	static struct file_memo memos[TICKET_SLOTS];
	uint64_t hash = memo_hash(4, bytes.p, bytes.len);
	struct file_memo *m = &memos[hash % TICKET_SLOTS];

	if (m->hash != hash || m->len != bytes.len) {
		if (!__real_ticket_text_read(bytes, ret, ret_edit))
			return false;
		memo_take(m, hash, bytes.len, ret);
		m->edit = *ret_edit;
		return true;
	}
	memo_give(m, ret);
	*ret_edit = m->edit;
	return true;
}

static uint64_t
record_hash(const struct record *r)
{
	const char *names[] = { r->spec.repo, r->spec.base, r->spec.branch, r->spec.agent };
	uint64_t h = memo_hash(2, &r->ticket, sizeof r->ticket);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		h = memo_hash(h, str_of(names[i]).p, str_of(names[i]).len);
	return memo_hash(h, r->history.p, r->history.len);
}

int
__wrap_history_replay(const struct record *r, struct err *err)
{
	static uint64_t good[TICKET_SLOTS];
	uint64_t hash = record_hash(r);
	int rc = 0;

	if (good[hash % TICKET_SLOTS] != hash)
		rc = __real_history_replay(r, err);
	if (rc == 0)
		good[hash % TICKET_SLOTS] = hash;
	return rc;
}

/* --- SHA-256 --- */

struct digest
__wrap_digest_of(struct str bytes)
{
	static struct {
		uint64_t hash;
		size_t len;
		struct digest digest;
	} memos[DIGEST_SLOTS], *m;
	uint64_t hash = memo_hash(3, bytes.p, bytes.len);

	m = &memos[hash % DIGEST_SLOTS];
	if (m->hash != hash || m->len != bytes.len) {
		m->digest = __real_digest_of(bytes);
		m->hash = hash;
		m->len = bytes.len;
	}
	return m->digest;
}

/* --- fsck of a ticket --- */

struct fsck_memo {
	uint64_t below;
	int64_t kill_wall_ms;
	bool live;
	struct fsck_signals signals; /* that its history names */
};

void
__wrap_fsck_ticket(struct fsck *f, struct ticket_id id)
{
	static struct fsck_memo memos[SIM_TICKETS];
	const struct fs_node *tickets = fs_fd(&sim.fs, f->r->tickets)->node, *dir;
	struct fsck_memo *m = &memos[id.n % SIM_TICKETS];
	size_t found = f->found->n, signals = f->signals.n;
	char name[20];

	(void)snprintf(name, sizeof name, "%u", id.n);
	dir = fs_child(tickets, name);
	if (dir->below == m->below && f->kill_wall_ms == m->kill_wall_ms && f->live == m->live) {
		for (size_t i = 0; i < m->signals.n; i++)
			*VEC_PUSH(&f->signals) = m->signals.v[i];
		return;
	}
	__real_fsck_ticket(f, id);
	m->below = 0;
	if (f->found->n > found || f->has_unread)
		return;
	m->below = dir->below;
	m->kill_wall_ms = f->kill_wall_ms;
	m->live = f->live;
	m->signals.n = 0;
	for (size_t i = signals; i < f->signals.n; i++)
		*VEC_PUSH(&m->signals) = f->signals.v[i];
}
