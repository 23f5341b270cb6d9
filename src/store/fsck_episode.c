/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "sys/file.h"

#define FSCK_SAY(f, invariant, ep, name, ...)                                                      \
	fsck_add((f)->found, invariant, (ep).ticket.n, fsck_episode_path(ep, name).s, __VA_ARGS__)

/* The history says that it was taken back before anybody claimed it.  (One that was claimed and never
 * executed its agent is `closed`.) */
static bool
fsck_was_revoked(const struct fsck_end *end)
{
	return end != NULL && end->by == EVENT_NEVER_STARTED;
}

/* I7: claimed, or taken back, or neither; never two of them. */
static void
fsck_token(struct fsck *f, struct episode_id ep, const struct episode_seen *seen, bool is_open)
{
	if (seen->has_claimed && seen->has_revoked)
		FSCK_SAY(f, "I7", ep, EPISODE_CLAIMED, "episode %u.%u is both claimed and revoked",
		    ep.ticket.n, ep.n);
	if (seen->has_token && (seen->has_claimed || seen->has_revoked))
		FSCK_SAY(f, "I7", ep, EPISODE_TOKEN, "episode %u.%u has a token beside `%s`",
		    ep.ticket.n, ep.n, seen->has_claimed ? EPISODE_CLAIMED : EPISODE_REVOKED);
	else if (seen->has_token && !is_open)
		FSCK_SAY(f, "I7", ep, EPISODE_TOKEN, "episode %u.%u is closed and has a token",
		    ep.ticket.n, ep.n);
}

void
fsck_open_episode(
    struct fsck *f, const struct ticket *t, const struct episode_seen *seen, bool is_settled)
{
	struct episode_id ep = ticket_episode(t);
	enum episode_state state = t->episode.state;

	fsck_token(f, ep, seen, true);
	if ((state == EPISODE_RUN || state == EPISODE_TERM) && !seen->has_claimed)
		FSCK_SAY(f, "I6", ep, NULL, "episode %u.%u is '%s', but was never claimed",
		    ep.ticket.n, ep.n, episode_state_name(state));
	if (state == EPISODE_OPEN && !seen->has_token && !seen->has_claimed && !seen->has_revoked &&
	    is_settled)
		FSCK_SAY(f, "I6", ep, NULL,
		    "episode %u.%u is open, but has no token, claimed or revoked", ep.ticket.n,
		    ep.n);
}

/* The files of one that has a record. */
static void
fsck_episode(struct fsck *f, const struct ticket *t, uint32_t n, const struct fsck_end *end,
    bool last_is_start)
{
	struct episode_id ep = { t->id, n };
	struct episode_seen seen;
	bool is_last = n == t->episode.n;

	episode_look(f->r, ep, &seen);
	if (is_last && ticket_is_open(t)) {
		fsck_open_episode(f, t, &seen, !f->live && !last_is_start);
		return;
	}
	fsck_token(f, ep, &seen, false);
	if (seen.has_claimed && !seen.has_revoked && fsck_was_revoked(end))
		FSCK_SAY(f, "I11", ep, EPISODE_CLAIMED,
		    "episode %u.%u was claimed; its history says that it was taken back and never "
		    "started",
		    t->id.n, n);
	/* It is written before the commit that closes; but a supervisor at work may be about to mend it. */
	if (seen.has_dir && !(f->live && is_last))
		fsck_outcome(f, ep, end);
}

/* Names in episodes/ that no revision opened. */
static void
fsck_strangers(struct fsck *f, const struct ticket *t)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct fsck_path path = fsck_path("tickets/%u/episodes", t->id.n);
	uint32_t n;
	int dir = file_open_dir(f->r->io, f->r->dir, path.s, NULL);

	if (dir < 0 || file_list(f->r->io, dir, &names, NULL) < 0)
		fsck_add(f->found, "I18", t->id.n, path.s,
		    "ticket %u: its directory episodes cannot be read", t->id.n);
	io_close(f->r->io, dir);
	for (size_t i = 0; i < names.n; i++) {
		path = fsck_path("tickets/%u/episodes/%s", t->id.n, names.v[i]);
		if (!str_u32(str_of(names.v[i]), &n) || n == 0)
			fsck_add(f->found, "I18", t->id.n, path.s,
			    "ticket %u: episodes holds \"%s\", which is no number", t->id.n,
			    names.v[i]);
		else if (n > t->episode.n)
			fsck_add(f->found, "I7", t->id.n, path.s,
			    "episode %u.%u has a directory, but no revision opened it", t->id.n, n);
	}
}

/* I4: what a crash left and nobody swept. */
static void
fsck_left_overs(struct fsck *f, const struct ticket *t)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(f->r->io, f->r->dir, fsck_path("tickets/%u", t->id.n).s, NULL);

	/* That it cannot be read is said elsewhere. */
	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (str_starts(str_of(names.v[i]), FILE_TMP_PREFIX))
				fsck_add(f->found, "I4", t->id.n,
				    fsck_path("tickets/%u/%s", t->id.n, names.v[i]).s,
				    "ticket %u: %s was left by a crash", t->id.n, names.v[i]);
	io_close(f->r->io, dir);
}

void
fsck_episodes(
    struct fsck *f, const struct ticket *t, const struct fsck_ends *ends, bool last_is_start)
{
	size_t next = 0;

	for (uint32_t n = 1; n <= t->episode.n; n++) {
		const struct fsck_end *end = NULL;

		if (ends != NULL && next < ends->n && ends->v[next].n == n)
			end = &ends->v[next++];
		fsck_episode(f, t, n, end, last_is_start);
	}
	fsck_strangers(f, t);
	if (!f->live)
		fsck_left_overs(f, t);
}
