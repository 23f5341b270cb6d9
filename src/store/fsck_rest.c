/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_rest.c: I21: looking again changes nothing.
 *
 * core/reconcile.h is asked, as the supervisor asks it, what a ticket needs.  An event that it finds is stepped
 * in memory, and it is asked again: that must come to rest, and no event may be illegal.  With a supervisor
 * at work no event may be left, either: it would have been applied when its file appeared.
 *
 * What only the supervisor knows (when a drain ends, what it is just doing) is taken as "not yet": so a real
 * event may be missed here, but none is invented.
 */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "core/lifecycle.h"
#include "core/reconcile.h"
#include "sys/clock.h"

#define REST_ROUNDS  8
#define REST_LATE_MS 60000

static void
rest_facts(struct fsck *f, const struct ticket *t, struct facts *ret)
{
	struct episode_seen seen = { .launcher = PROBE_FREE, .ticket = PROBE_FREE };

	if (t->episode.n > 0)
		episode_look(f->r, ticket_episode(t), &seen);
	*ret = (struct facts){ .wall_ms = clock_wall_ms(),
		.boot_ms = clock_boot_ms(),
		.boot_id = clock_boot_id(),
		.is_killed = root_control(f->r, "kill", NULL) != 0,
		.is_stopped = root_control(f->r, "stop", NULL) != 0,
		.has_slot = true,
		.has_deps = true,
		.has_token = seen.has_token,
		.has_claimed = seen.has_claimed,
		.has_revoked = seen.has_revoked,
		.launcher_held = seen.launcher != PROBE_FREE,
		.ticket_held = seen.ticket != PROBE_FREE,
		.due_boot_ms = INT64_MAX,
		.needs_gate = true };
}

/* Since when it could have been seen; INT64_MAX: its files went meanwhile. */
static int64_t
rest_since(struct fsck *f, const struct ticket *t)
{
	static const char *const names[] = { EPISODE_CLAIMED, EPISODE_REVOKED };
	int64_t since = t->updated_wall_ms;

	for (size_t i = 0; t->episode.n > 0 && i < ARRAY_LEN(names); i++) {
		struct fsck_path path = fsck_episode_path(ticket_episode(t), names[i]);
		struct io_stat st;

		if (f->r->io->ops->stat(f->r->io, f->r->dir, path.s, &st) == 0 &&
		    st.mtime_ms > since)
			since = st.mtime_ms;
	}
	return since;
}

/* Steps what is due.  The action it comes to rest with; ACTION_EVENT: it does not, and text says why. */
static struct action
rest_run(const struct ticket *t, const struct facts *facts, struct buf *text)
{
	struct ticket now = *t;
	struct action a = reconcile_next(&now, facts);

	for (unsigned i = 0; a.kind == ACTION_EVENT; i++) {
		struct event e = { .kind = a.event,
			.ticket = t->id,
			.actor = "reeve",
			.ending = a.ending,
			.boot_ms = facts->boot_ms };
		struct decision d;

		(void)snprintf(e.boot.s, sizeof e.boot.s, "%s", facts->boot_id);
		d = lifecycle_step(&now, &e, facts->wall_ms);
		if (d.verdict != VERDICT_APPLY) {
			buf_addf(text, "its files ask for '%s', which is no step in phase '%s'",
			    event_name(e.kind), phase_name(now.phase));
			return a;
		}
		if (i == REST_ROUNDS) {
			buf_addf(text, "it does not come to rest: '%s' follows again and again",
			    event_name(e.kind));
			return a;
		}
		now = d.next;
		a = reconcile_next(&now, facts);
	}
	return a;
}

void
fsck_rest(struct fsck *f, const struct ticket *t, bool has_owner)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, again = BUF_INIT;
	struct facts facts;
	struct action first, end, second;
	int64_t since;

	rest_facts(f, t, &facts);
	since = rest_since(f, t);
	first = reconcile_next(t, &facts);
	end = rest_run(t, &facts, &text);
	second = rest_run(t, &facts, &again);
	if (text.len == 0 && (end.kind != second.kind || end.event != second.event))
		buf_adds(&text, "two looks at the same facts do not agree");
	if (text.len == 0 && has_owner && first.kind == ACTION_EVENT &&
	    facts.wall_ms - since > REST_LATE_MS)
		buf_addf(&text,
		    "'%s' is due since %lld s, and the supervisor, which runs, has not recorded it",
		    event_name(first.event), (long long)((facts.wall_ms - since) / 1000));
	if (text.len > 0)
		fsck_add(f->found, "I21", t->id.n, fsck_ticket_path(t->id).s, "ticket %u: %s",
		    t->id.n, text.p);
}
