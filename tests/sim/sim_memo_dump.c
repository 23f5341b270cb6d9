/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reeve itself has just written, the checker mostly takes as it was meant: to read each revision again and to
 * replay its history was a quarter of the work.  One of DUMP_SAMPLE is read, and must be what was given; and all
 * that a start or fsck reads is read.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "store/tickets.h"

#define DUMP_SAMPLE 8

/* ld --wrap */
void __real_ticket_text_dump(const struct record *r, struct buf *ret);
void __wrap_ticket_text_dump(const struct record *r, struct buf *ret);

static struct dump {
	uint64_t hash;
	size_t len;
	struct record rec;
} dumps[SIM_TICKETS]; /* the last one of each ticket */

static void
wipe_tail(char *s, size_t size)
{
	size_t n = strnlen(s, size);

	memset(s + n, 0, size - n);
}

/* As it is read: whole seconds, and nothing behind a text. */
static void
as_read(struct ticket *t)
{
	int64_t *const times[] = { &t->not_before_wall_ms, &t->passed_wall_ms, &t->created_wall_ms,
		&t->updated_wall_ms, &t->since_wall_ms };
	struct oid *const oids[] = { &t->pinned, &t->passed, &t->gated, &t->merge_from,
		&t->merge_commit, &t->episode.base, &t->episode.review };

	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		*times[i] -= *times[i] % 1000;
	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		wipe_tail(oids[i]->hex, sizeof oids[i]->hex);
	wipe_tail(t->episode.boot.s, sizeof t->episode.boot.s);
	wipe_tail(t->backoff_boot.s, sizeof t->backoff_boot.s);
	wipe_tail(t->cause, sizeof t->cause);
}

void
__wrap_ticket_text_dump(const struct record *r, struct buf *ret)
{
	size_t at = ret->len;
	struct dump *m;
	struct str bytes;
	uint64_t hash;

	__real_ticket_text_dump(r, ret);
	bytes = str_n(ret->p + at, ret->len - at);
	hash = memo_hash(1, bytes.p, bytes.len);
	m = &dumps[r->ticket.id.n % SIM_TICKETS];
	m->hash = hash;
	m->len = bytes.len;
	m->rec.ticket = r->ticket;
	as_read(&m->rec.ticket);
	spec_copy(&m->rec.spec, &r->spec);
	buf_clear(&m->rec.history);
	buf_add_str(&m->rec.history, buf_str(&r->history));
}

enum dumped { DUMP_UNKNOWN, DUMP_TAKE, DUMP_COMPARE };

/* What was given when these bytes were made, as it has to be read.  COMPARE: it is the turn of this one. */
static enum dumped
dump_find(uint32_t id, struct str bytes, struct record *ret)
{
	uint64_t hash = memo_hash(1, bytes.p, bytes.len);
	const struct dump *m = &dumps[id % SIM_TICKETS];

	if (m->hash != hash || m->len != bytes.len || m->rec.ticket.id.n != id)
		return DUMP_UNKNOWN;
	*ret = (struct record){ .ticket = m->rec.ticket, .history = BUF_INIT };
	spec_copy(&ret->spec, &m->rec.spec);
	buf_add_str(&ret->history, buf_str(&m->rec.history));
	return (hash >> 32) % DUMP_SAMPLE == 0 ? DUMP_COMPARE : DUMP_TAKE;
}

static bool
record_eq(const struct record *a, const struct record *b)
{
	struct digest spec_a = spec_digest(&a->spec), spec_b = spec_digest(&b->spec);
	struct digest words_a = ticket_words_digest(&a->spec);
	struct digest words_b = ticket_words_digest(&b->spec);

	return memcmp(&a->ticket, &b->ticket, sizeof a->ticket) == 0 &&
	       digest_eq(&spec_a, &spec_b) && digest_eq(&words_a, &words_b) &&
	       str_eq(buf_str(&a->history), buf_str(&b->history));
}

void
memo_read(uint32_t id, const struct fs_node *file, struct record *ret)
{
	_cleanup_(record_release) struct record was = { .history = BUF_INIT };
	enum dumped how = dump_find(id, buf_str(&file->data), &was);
	struct err err = ERR_INIT;

	if (how == DUMP_TAKE) {
		*ret = was;
		was = (struct record){ .history = BUF_INIT };
		return;
	}
	if (ticket_read(&sim.eyes, (struct ticket_id){ id }, ret, &err) < 0)
		sim_fail("%s", err.text);
	if (how == DUMP_COMPARE && !record_eq(&was, ret))
		sim_fail("ticket %u is read as another one than was written", id);
}
