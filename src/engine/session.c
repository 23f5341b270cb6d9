/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/session.h"

#include "codec/episode_json.h"
#include "codec/turn_json.h"

#define SESSION_SPEC_MAX ((size_t)1024 * 1024)
#define SESSION_TURN_MAX 4096
#define SESSION_LOOK_MAX 20u /* episodes back: reviewers, and those that never ran */

/* What the history says of one episode. */
struct session_past {
	uint64_t rev; /* of its start */
	bool has_reported;
	enum ending ending;
};

/* An id for a new session: another one for every episode, the same one when asked again. */
static void
session_new(const struct engine *e, struct episode_id ep, struct buf *ret)
{
	_cleanup_(buf_release) struct buf seed = BUF_INIT;
	_cleanup_(buf_release) struct buf hex = BUF_INIT;
	struct digest d;

	buf_addf(&seed, "%s %u.%u", e->root->uuid, ep.ticket.n, ep.n);
	d = digest_of(buf_str(&seed));
	digest_add_hex(&hex, &d);
	buf_addf(ret, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16,
	    hex.p + 20);
}

static void
session_look_back(const struct item *it, uint32_t n, struct session_past *ret)
{
	struct str rest = buf_str(&it->rec.history);
	struct history_entry h;
	uint32_t at = 0;

	*ret = (struct session_past){ .rev = 0 };
	while (at <= n && history_next(&rest, &h, NULL) == 0) {
		if (h.event.kind == EVENT_START && ++at == n)
			ret->rev = h.rev;
		if (at != n)
			continue;
		if (h.event.kind == EVENT_CLOSED)
			ret->ending = h.event.ending;
		else if (strcmp(h.event.actor, "worker") == 0 && h.event.kind != EVENT_NOTE)
			ret->has_reported = true;
	}
}

static bool
session_read(struct engine *e, struct episode_id ep, struct launch *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	return episode_read(e->root, ep, EPISODE_SPEC, SESSION_SPEC_MAX, &b, NULL) == 0 &&
	       launch_load(buf_str(&b), ret, NULL) == 0;
}

static bool
session_has_author(const struct launch *l)
{
	for (size_t i = 0; i < l->env.n; i++)
		if (strcmp(l->env.v[i], "REEVE_ROLE=author") == 0)
			return true;
	return false;
}

/* What its hooks told: which session, and whether it was given a prompt. */
static bool
session_heard(struct engine *e, struct episode_id ep, struct turn *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	*ret = (struct turn){ .session = "" };
	return episode_read(e->root, ep, EPISODE_TURN, SESSION_TURN_MAX, &b, NULL) == 0 &&
	       turn_load(buf_str(&b), ret, NULL) == 0 &&
	       strcmp(ret->event, turn_event_name(TURN_ON_SESSION_START)) != 0;
}

/* The id becomes an argument: it may not look like an option. */
static bool
session_is_id(const char *s)
{
	return (s[0] >= '0' && s[0] <= '9') || (s[0] >= 'a' && s[0] <= 'z') ||
	       (s[0] >= 'A' && s[0] <= 'Z');
}

/* Can the session of that author's episode be gone on with? */
static bool
session_take(struct engine *e, struct item *it, const struct launch *l, struct episode_id ep,
    struct session *ret)
{
	struct session_past past;
	struct turn turn;
	bool has_begun = session_heard(e, ep, &turn);
	const char *id = l->session ? l->session : turn.session;

	session_look_back(it, ep.n, &past);
	has_begun |= past.has_reported;
	if (past.rev == 0 || !has_begun || !session_is_id(id) ||
	    (l->continues && !past.has_reported && past.ending == ENDING_DIED))
		return false;
	buf_adds(&ret->id, id);
	ret->continues = ep;
	ret->told_rev = past.rev;
	return true;
}

static bool
session_find(struct engine *e, struct item *it, const struct config_agent *agent,
    const char *worktree, struct session *ret)
{
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	uint32_t last = ep.n > SESSION_LOOK_MAX ? ep.n - SESSION_LOOK_MAX : 0;

	for (; ep.n > last; ep.n--) {
		_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
		struct episode_seen seen;

		if (!session_read(e, ep, &l) || !session_has_author(&l))
			continue;
		episode_look(e->root, ep, &seen);
		if (!seen.has_running)
			continue; /* the agent was not executed: the session is as it was */
		return l.agent && strcmp(l.agent, agent->name) == 0 &&
		       strcmp(l.worktree, worktree) == 0 && session_take(e, it, &l, ep, ret);
	}
	return false;
}

void
session_choose(
    struct engine *e, struct item *it, bool is_review, const char *worktree, struct session *ret)
{
	const struct config_agent *agent = config_agent(&e->config, it->rec.spec.agent);
	struct episode_id ep = { it->rec.ticket.id, it->rec.ticket.episode.n + 1 };

	*ret = (struct session){ .id = BUF_INIT };
	if (!is_review && agent && agent->resume && session_find(e, it, agent, worktree, ret))
		return;
	session_new(e, ep, &ret->id);
}
