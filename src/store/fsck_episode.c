/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/json.h"
#include "store/episode.h"
#include "sys/file.h"

#define FSCK_OUTCOME_MAX ((size_t)1024 * 1024)

static const char *const outcome_keys[] = { "status", "summary", "root_cause", "safe_retry",
	"stop_condition", "human_input_required", "next_actions", "artifacts" };

/* I16 */
static void
fsck_outcome(struct fsck *f, struct episode_id ep)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(json_drop) json_t *o = NULL;
	struct err why = ERR_INIT;
	struct str value;

	if (episode_read(f->r, ep, EPISODE_OUTCOME, FSCK_OUTCOME_MAX, &text, &why) < 0 ||
	    json_open(buf_str(&text), 16, &o, &why) < 0) {
		fsck_say(f, "I16 episode %u.%u is closed, but its outcome.json cannot be read: %s",
		    ep.ticket.n, ep.n, why.text);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(outcome_keys); i++)
		/* One of another type is there, too. */
		if (json_get_str(o, outcome_keys[i], &value, NULL) == 0 && value.p == NULL)
			fsck_say(f, "I16 episode %u.%u: outcome.json has no \"%s\"", ep.ticket.n,
			    ep.n, outcome_keys[i]);
}

/* I6, I7: the files of one that has a record. */
static void
fsck_episode(struct fsck *f, const struct ticket *t, uint32_t n, bool last_is_start)
{
	struct episode_id ep = { t->id, n };
	struct episode_seen seen;
	bool is_last = n == t->episode.n, is_open = is_last && ticket_is_open(t);
	enum episode_state state = is_open ? t->episode.state : EPISODE_NONE;

	episode_look(f->r, ep, &seen);
	if (seen.has_claimed && seen.has_revoked)
		fsck_say(f, "I7 episode %u.%u is both claimed and revoked", t->id.n, n);
	if (seen.has_token && (seen.has_claimed || seen.has_revoked))
		fsck_say(f, "I7 episode %u.%u has a token beside `%s`", t->id.n, n,
		    seen.has_claimed ? EPISODE_CLAIMED : EPISODE_REVOKED);
	else if (seen.has_token && !is_open)
		fsck_say(f, "I7 episode %u.%u is closed and has a token", t->id.n, n);
	if ((state == EPISODE_RUN || state == EPISODE_TERM) && !seen.has_claimed)
		fsck_say(f, "I6 episode %u.%u is '%s', but was never claimed", t->id.n, n,
		    episode_state_name(state));
	if (state == EPISODE_OPEN && !seen.has_token && !seen.has_claimed && !seen.has_revoked &&
	    !f->live && !last_is_start)
		fsck_say(f, "I6 episode %u.%u is open, but has no token, claimed or revoked",
		    t->id.n, n);
	/* It is written after the commit: a supervisor at work may not have come to the last one. */
	if (!is_open && seen.has_dir && !(f->live && is_last))
		fsck_outcome(f, ep);
}

/* Names in episodes/ that no revision opened. */
static void
fsck_strangers(struct fsck *f, const struct ticket *t)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char dir_name[40];
	uint32_t n;
	int dir;

	snprintf(dir_name, sizeof dir_name, "%u/episodes", t->id.n);
	dir = file_open_dir(f->r->io, f->r->tickets, dir_name, NULL);
	if (dir < 0 || file_list(f->r->io, dir, &names, NULL) < 0)
		fsck_say(f, "I18 ticket %u: its directory episodes cannot be read", t->id.n);
	io_close(f->r->io, dir);
	for (size_t i = 0; i < names.n; i++) {
		if (!str_u32(str_of(names.v[i]), &n) || n == 0)
			fsck_say(f, "I18 ticket %u: episodes holds \"%s\", which is no number",
			    t->id.n, names.v[i]);
		else if (n > t->episode.n)
			fsck_say(f, "I7 episode %u.%u has a directory, but no revision opened it",
			    t->id.n, n);
	}
}

/* I4: what a crash left and nobody swept. */
static void
fsck_left_overs(struct fsck *f, const struct ticket *t)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char dir_name[20];
	int dir;

	snprintf(dir_name, sizeof dir_name, "%u", t->id.n);
	dir = file_open_dir(f->r->io, f->r->tickets, dir_name, NULL);
	/* That it cannot be read is said elsewhere. */
	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (str_starts(str_of(names.v[i]), FILE_TMP_PREFIX))
				fsck_say(
				    f, "I4 ticket %u: %s was left by a crash", t->id.n, names.v[i]);
	io_close(f->r->io, dir);
}

void
fsck_episodes(struct fsck *f, const struct ticket *t, bool last_is_start)
{
	for (uint32_t n = 1; n <= t->episode.n; n++)
		fsck_episode(f, t, n, last_is_start);
	fsck_strangers(f, t);
	if (!f->live)
		fsck_left_overs(f, t);
}
