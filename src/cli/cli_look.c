/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_look.h"

#include "codec/stamp.h"

/* What holds back all of them is said once, by status; it is asked of none. */
static bool
look_is_asked(const struct look_row *r)
{
	return r->blocker.needs_person && !r->blocker.is_global;
}

static int
look_rank(const struct look_row *r)
{
	return look_is_asked(r) ? 0 : phase_is_final(r->record->ticket.phase) ? 2 : 1;
}

static int
look_compare(const void *pa, const void *pb)
{
	const struct look_row *a = pa, *b = pb;
	const struct ticket *ta = &a->record->ticket, *tb = &b->record->ticket;
	int rank = look_rank(a) - look_rank(b);

	if (rank != 0)
		return rank;
	if (ta->priority != tb->priority)
		return ta->priority > tb->priority ? -1 : 1;
	return ta->id.n < tb->id.n ? -1 : ta->id.n > tb->id.n;
}

void
look_gather(const struct cli_facts *f, bool has_final, const char *mission, struct look *ret)
{
	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *r = &f->records.v[i];
		struct look_row *row;

		if (!has_final && phase_is_final(r->ticket.phase) && r->ticket.hook != HOOK_OWED &&
		    r->ticket.hook != HOOK_FAILED && r->ticket.prune == PRUNE_UNSET)
			continue;
		if (mission && (!r->spec.mission || strcmp(r->spec.mission, mission) != 0))
			continue;
		row = VEC_PUSH(ret);
		row->record = r;
		row->blocker = (struct blocker)BLOCKER_INIT;
		cli_facts_blocker(f, r, &row->blocker);
		ret->n_person += look_rank(row) == 0;
		ret->n_held += row->blocker.is_global;
	}
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof *ret->v, look_compare);
}

void
look_release(struct look *l)
{
	for (size_t i = 0; i < l->n; i++)
		blocker_release(&l->v[i].blocker);
	free(l->v);
	memset(l, 0, sizeof *l);
}

static int
look_compare_id(const void *pa, const void *pb)
{
	uint32_t a = ((const struct look_row *)pa)->record->ticket.id.n;
	uint32_t b = ((const struct look_row *)pb)->record->ticket.id.n;

	return (a > b) - (a < b);
}

static int
look_compare_level(const void *pa, const void *pb)
{
	const struct look_row *a = pa, *b = pb;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return look_compare_id(pa, pb);
}

/* One more than the highest of those that it comes after.  The rows are by number. */
static size_t
look_level(const struct look *l, const struct look_row *row)
{
	struct str rest = str_of(row->record->spec.after), part;
	size_t level = 0;

	while (str_cut(&rest, ',', &part) || part.len > 0) {
		struct record key = { .ticket = { .rev = 0 } };
		struct look_row want = { .record = &key };
		const struct look_row *before;

		if (!ticket_id_parse(str_trim(part), &key.ticket.id))
			continue;
		before = bsearch(&want, l->v, l->n, sizeof *l->v, look_compare_id);
		if (before != NULL && before->level >= level)
			level = before->level + 1;
	}
	return level;
}

void
look_order_after(struct look *l)
{
	bool is_settled = l->n == 0;

	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, look_compare_id);
	/* Nearly always one round and one to see it: who comes after another has the higher number.  No way
	 * is longer than there are rows, should a hand have made a circle. */
	for (size_t round = 0; !is_settled && round < l->n; round++) {
		is_settled = true;
		for (size_t i = 0; i < l->n; i++) {
			size_t level = look_level(l, &l->v[i]);

			is_settled &= level == l->v[i].level;
			l->v[i].level = level;
		}
	}
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, look_compare_level);
}

static enum print_style
look_style(const struct look_row *r)
{
	if (look_rank(r) == 2)
		return PRINT_DIM;
	if (r->record->ticket.phase == PHASE_ATTENTION)
		return PRINT_BAD;
	return r->blocker.needs_person ? PRINT_WARN : PRINT_PLAIN;
}

void
look_table(struct print *p, const struct cli_facts *f, const struct look *l, size_t first)
{
	static const struct print_column columns[] = {
		{ .title = "ID", .is_right = true },
		{ .title = "PHASE" },
		{ .title = "AGE", .is_right = true },
		{ .title = "AGENT", .max = 12 },
		{ .title = "REPO", .max = 16 },
		{ .title = "TITLE", .max = 60, .is_flexible = true },
		{ .title = "WAITS FOR", .is_flexible = true },
	};
	struct print_table t;

	print_table_init(&t, columns, ARRAY_LEN(columns));
	for (size_t i = first; i < l->n; i++) {
		const struct look_row *row = &l->v[i];
		const struct record *r = row->record;
		_cleanup_(buf_release) struct buf age = BUF_INIT;
		enum print_style style = look_style(row);

		stamp_add_age(&age, f->wall_ms - r->ticket.since_wall_ms);
		print_table_addf(&t, PRINT_BOLD, "%u", r->ticket.id.n);
		print_table_add(&t, style, str_of(phase_name(r->ticket.phase)));
		print_table_add(&t, PRINT_PLAIN, buf_str(&age));
		print_table_add(&t, PRINT_PLAIN, str_of(r->spec.agent));
		print_table_add(&t, PRINT_PLAIN, str_of(r->spec.repo));
		print_table_add(&t, PRINT_PLAIN, str_of(r->spec.title));
		print_table_add(&t, style, buf_str(&row->blocker.text));
	}
	print_table_show(p, &t, true);
	print_table_release(&t);
}

struct report_ticket *
look_reports(const struct look *l)
{
	struct report_ticket *v = xcalloc(l->n + 1, sizeof *v);

	for (size_t i = 0; i < l->n; i++)
		v[i] = (struct report_ticket){ l->v[i].record, &l->v[i].blocker };
	return v;
}
