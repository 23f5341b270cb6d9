/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/session.h"

#include "codec/episode_json.h"
#include "codec/session_id.h"
#include "codec/turn_json.h"
#include "sys/log.h"

#define SESSION_SPEC_MAX ((size_t)1024 * 1024)
#define SESSION_TURN_MAX 4096
#define SESSION_LOOK_MAX 20u /* episodes back: reviewers, and those that never ran */

_Static_assert(EVENT_SESSION_MAX >= TURN_SESSION_MAX, "what hooks tell has room in the history");

/* What the history says of one episode; n == 0: nothing. */
struct session_past {
	uint32_t n;
	uint64_t rev; /* of its start */
	int64_t from_wall_ms, to_wall_ms;
	enum role role;
	char agent[EVENT_AGENT_MAX], session[EVENT_SESSION_MAX];
	uint32_t continues;
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

/* The last episodes, by number: that of n is v[n % SESSION_LOOK_MAX]. */
static void
session_look_back(const struct item *it, struct session_past v[SESSION_LOOK_MAX])
{
	struct str rest = buf_str(&it->rec.history);
	struct session_past *at = NULL;
	struct history_entry h;
	uint32_t n = 0;

	memset(v, 0, SESSION_LOOK_MAX * sizeof *v);
	while (history_next(&rest, &h, NULL) == 0) {
		if (h.event.kind == EVENT_START) {
			n++;
			at = &v[n % SESSION_LOOK_MAX];
			*at = (struct session_past){ .n = n,
				.rev = h.rev,
				.from_wall_ms = h.wall_ms,
				.role = h.to == PHASE_REV_STARTING ? ROLE_REVIEWER : ROLE_AUTHOR,
				.continues = h.event.continues };
			memcpy(at->agent, h.event.agent, sizeof at->agent);
			memcpy(at->session, h.event.session, sizeof at->session);
		} else if (at != NULL && h.event.kind == EVENT_CLOSED) {
			at->ending = h.event.ending;
			at->to_wall_ms = h.wall_ms;
		} else if (at != NULL && strcmp(h.event.actor, "worker") == 0 &&
			   h.event.kind != EVENT_NOTE) {
			at->has_reported = true;
		}
	}
}

/* It was in this worktree.  Its spec.json is the worker's own by now: it may say no, and nothing else. */
static bool
session_was_in(struct engine *e, struct episode_id ep, const char *worktree)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	return episode_read(e->root, ep, EPISODE_SPEC, SESSION_SPEC_MAX, &b, NULL) == 0 &&
	       launch_load(buf_str(&b), &l, NULL) == 0 && strcmp(l.worktree, worktree) == 0;
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

/* --- what only hooks told: the worker could have written it --- */

/* Does turn.json of the episode name it? */
static bool
session_is_told(struct engine *e, struct episode_id ep, const char *id)
{
	struct turn turn;

	(void)session_heard(e, ep, &turn);
	return strcmp(turn.session, id) == 0;
}

/* Starts and ends of a history are few of its lines: only those are parsed. */
static bool
session_next(struct str *rest, struct history_entry *ret)
{
	struct str line;

	while (str_cut(rest, '\n', &line)) {
		struct str entry = str_n(line.p, line.len + 1);

		if (!str_starts(line, "\t") &&
		    (str_find(line, STR(" started ")) >= 0 ||
			str_find(line, STR(" closed ")) >= 0) &&
		    history_next(&entry, ret, NULL) == 0 &&
		    (ret->event.kind == EVENT_START || ret->event.kind == EVENT_CLOSED))
			return true;
	}
	return false;
}

/* An episode that ran when the session was made tells of it, or one has gone on with it.  role: UNSET: any. */
static bool
session_is_of(struct engine *e, const struct item *o, enum role role, const char *id, int64_t made)
{
	struct str rest = buf_str(&o->rec.history);
	struct episode_id ep = { o->rec.ticket.id, 0 };
	struct history_entry h;
	bool is_asked = false; /* ep, when it has ended, or has not */

	while (session_next(&rest, &h)) {
		if (h.event.kind == EVENT_CLOSED) {
			if (is_asked && made < h.wall_ms + 1000 && session_is_told(e, ep, id))
				return true;
			is_asked = false;
			continue;
		}
		ep.n++;
		is_asked =
		    made >= h.wall_ms &&
		    (role == ROLE_UNSET || (h.to == PHASE_REV_STARTING) == (role == ROLE_REVIEWER));
		if (role == ROLE_UNSET && strcmp(h.event.session, id) == 0)
			return true;
	}
	return is_asked && session_is_told(e, ep, id);
}

/* Another ticket's, or that of a reviewer of its own.  Who had no episode then has not begun it: most tickets were not
 * there yet, or have not changed since, and cost a look at two numbers. */
static bool
session_is_of_other(struct engine *e, const struct item *it, const char *id, int64_t made)
{
	for (size_t i = 0; i < e->items.n; i++) {
		const struct item *o = e->items.v[i];
		const struct ticket *t = &o->rec.ticket;

		if (t->episode.n > 0 && t->created_wall_ms <= made &&
		    (ticket_is_open(t) || t->updated_wall_ms + 1000 > made) &&
		    session_is_of(e, o, o == it ? ROLE_REVIEWER : ROLE_UNSET, id, made))
			return true;
	}
	return false;
}

/* Only its own episode can have begun it, as far as an id and the histories show. */
static bool
session_is_its_own(struct engine *e, const struct item *it, const struct config_agent *agent,
    const struct session_past *of, const char *id)
{
	uint32_t n = it->rec.ticket.id.n;
	int64_t made;

	if (!agent->session) {
		log_line(LOG_WARN,
		    "ticket %u: the session that turn.json of episode %u names is not gone on "
		    "with: anybody could have named it, and [agent \"%s\"] has no \"session\" that "
		    "shows whose it is; give \"start\" a {session}, if the agent can be told one",
		    n, of->n, agent->name);
		return false;
	}
	if (session_id_fits(agent->session, str_of(id), of->from_wall_ms, of->to_wall_ms, &made) &&
	    !session_is_of_other(e, it, id, made))
		return true;
	log_line(LOG_WARN,
	    "ticket %u: the session that turn.json of episode %u names is not gone on with: it is "
	    "none that this episode began, or another worker's",
	    n, of->n);
	return false;
}

/* --- */

/* Can the session of that author's episode be gone on with? */
static bool
session_take(struct engine *e, struct item *it, const struct config_agent *agent,
    const struct session_past *of, struct session *ret)
{
	struct episode_id ep = { it->rec.ticket.id, of->n };
	struct turn turn;
	bool has_begun = session_heard(e, ep, &turn) || of->has_reported;
	const char *id = of->session[0] ? of->session : turn.session;

	if (!has_begun || !id[0] ||
	    (of->continues > 0 && !of->has_reported && of->ending == ENDING_DIED))
		return false;
	if (!of->session[0] && !session_is_its_own(e, it, agent, of, id))
		return false;
	buf_adds(&ret->id, id);
	ret->continues = ep;
	ret->told_rev = of->rev;
	return true;
}

static bool
session_find(struct engine *e, struct item *it, const struct config_agent *agent,
    const char *worktree, struct session *ret)
{
	struct session_past past[SESSION_LOOK_MAX];
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	uint32_t last = ep.n > SESSION_LOOK_MAX ? ep.n - SESSION_LOOK_MAX : 0;

	session_look_back(it, past);
	for (; ep.n > last; ep.n--) {
		const struct session_past *of = &past[ep.n % SESSION_LOOK_MAX];
		struct episode_seen seen;

		if (of->n != ep.n || of->role != ROLE_AUTHOR)
			continue;
		episode_look(e->root, ep, &seen);
		if (!seen.has_running)
			continue; /* the agent was not executed: the session is as it was */
		return strcmp(of->agent, agent->name) == 0 && session_was_in(e, ep, worktree) &&
		       session_take(e, it, agent, of, ret);
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
