/* SPDX-License-Identifier: GPL-2.0-only */
/* What lies in refused/: what can be made of it, and how it is shown. */
#include "base/base.h"

#include "cli/cli_look.h"
#include "cli/cli_refused.h"
#include "codec/stamp.h"
#include "core/lifecycle.h"
#include "store/tickets.h"

/* A broken agent writes hundreds of them; what waits for a person is not to be lost among them. */
#define REFUSALS_SHOWN 20

static bool
refusal_is_report(const struct refused *r)
{
	return r->kind != NULL && (strcmp(r->kind, event_name(EVENT_DONE)) == 0 ||
				      strcmp(r->kind, event_name(EVENT_REVIEW)) == 0);
}

/* A commit that is the one to be judged already need not be adopted. */
static bool
refusal_is_news(const struct ticket *t, struct oid commit)
{
	return !oid_is_set(commit) || t->pinned_by == 0 || !oid_eq(t->pinned, commit);
}

/* Tickets with their histories, which brief facts have not; each is read once, however many reports of it were
 * refused. */
struct refusal_tickets {
	struct record *v;
	size_t n, cap;
};

static void
refusal_tickets_release(struct refusal_tickets *l)
{
	for (size_t i = 0; i < l->n; i++)
		record_release(&l->v[i]);
	free(l->v);
}

/* Valid until the next call. */
static const struct record *
refusal_ticket(const struct cli_facts *f, struct ticket_id id, struct refusal_tickets *whole)
{
	const struct record *r = cli_facts_find(f, id);
	struct record rec = { .history = BUF_INIT };

	if (r == NULL || !f->is_brief)
		return r;
	for (size_t i = whole->n; i-- > 0;) /* a flood is one ticket's: mostly the last one */
		if (whole->v[i].ticket.id.n == id.n)
			return &whole->v[i];
	if (ticket_read(&f->cli->root, id, &rec, NULL) < 0)
		return NULL;
	r = VEC_PUSH(whole);
	whole->v[whole->n - 1] = rec;
	return r;
}

static void
refusal_look(const struct cli_facts *f, struct look_refusal *l, struct refusal_tickets *whole)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	const struct record *r = NULL;

	if (refusal_is_report(l->refused))
		r = refusal_ticket(f, l->refused->ticket, whole);
	if (r == NULL || refused_read(&f->cli->root, l->refused->name, &s, NULL) < 0)
		return;
	l->commit = s.event.commit;
	l->adopted_rev = refused_adopted(r, &s.event.sig);
	l->is_adoptable = l->adopted_rev == 0 && s.event.ticket.n == r->ticket.id.n &&
			  strcmp(lifecycle_cell(r->ticket.phase, EVENT_ADOPT), "step") == 0 &&
			  refusal_is_news(&r->ticket, s.event.commit);
}

void
look_refusals_gather(const struct cli_facts *f, const struct refused_list *list, uint32_t ticket,
    struct look_refusals *ret)
{
	_cleanup_(refusal_tickets_release) struct refusal_tickets whole = { NULL, 0, 0 };

	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < list->n; i++) {
		struct look_refusal l = { .refused = &list->v[i] };

		if (ticket != 0 && list->v[i].ticket.n != ticket)
			continue;
		refusal_look(f, &l, &whole);
		if (ticket != 0 || l.adopted_rev == 0)
			*VEC_PUSH(ret) = l;
	}
}

void
look_refusals_release(struct look_refusals *l)
{
	free(l->v);
	memset(l, 0, sizeof *l);
}

struct report_refused *
look_refusals_report(const struct look_refusals *l)
{
	struct report_refused *v = xcalloc(l->n + 1, sizeof *v);

	for (size_t i = 0; i < l->n; i++) {
		const struct refused *r = l->v[i].refused;

		v[i] = (struct report_refused){ .name = r->name,
			.why = r->why,
			.ticket = r->ticket,
			.kind = r->kind,
			.text = r->text,
			.from = r->from,
			.at_wall_ms = r->at_wall_ms,
			.commit = l->v[i].commit,
			.adopted_rev = l->v[i].adopted_rev };
	}
	return v;
}

static void
refusal_print(struct print *p, const struct look_refusal *l, int64_t now_wall_ms)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, what = BUF_INIT, next = BUF_INIT;
	const struct refused *r = l->refused;
	const char *dashes = refused_dashes(r->name);
	bool is_maybe =
	    l->is_adoptable && r->why == REFUSAL_UNAUTHENTICATED && oid_is_set(l->commit);

	if (r->ticket.n != 0)
		buf_addf(&b, "ticket %u, ", r->ticket.n);
	if (r->kind != NULL)
		buf_addf(&b, "%s, ", r->kind);
	buf_addf(&b, "%s, ", r->why != REFUSAL_NONE ? refusal_name(r->why) : "unknown");
	stamp_add_age(&b, now_wall_ms - r->at_wall_ms);
	buf_adds(&b, " ago");
	if (l->adopted_rev != 0)
		buf_addf(&what, "adopted by revision %llu", (unsigned long long)l->adopted_rev);
	else if (is_maybe)
		buf_addf(&what, "maybe done: commit %.12s; reeve adopt %s%s takes it",
		    l->commit.hex, dashes, r->name);
	else
		buf_adds(&what, r->text);
	if (l->is_adoptable && !is_maybe)
		buf_addf(&next, "reeve adopt %s%s, or ", dashes, r->name);
	buf_addf(&next, "reeve discard %s%s", dashes, r->name);
	print_words(p, "  ");
	print_text(p, l->adopted_rev != 0 ? PRINT_DIM : PRINT_WARN, buf_str(&b));
	print_words(p, ": ");
	print_text(p, PRINT_PLAIN, buf_str(&what));
	print_words(p, "\n      ");
	print_text(p, PRINT_DIM, buf_str(&next));
	print_words(p, "\n");
}

void
look_refusals_print(struct print *p, const struct cli_facts *f, const struct look_refusals *l)
{
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct look_refusal *one = &l->v[i];

		if (!one->is_adoptable && shown++ >= REFUSALS_SHOWN)
			left++;
		else
			refusal_print(p, one, f->wall_ms);
	}
	if (left > 0)
		print_words(p,
		    "  and %zu more, none of which can be adopted\n"
		    "      reeve doctor lists all, and reeve discard NAME... ends them\n",
		    left);
}
