/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/outcome.h"

#include "codec/episode_json.h"
#include "codec/signal_json.h"
#include "codec/ticket_text.h"
#include "engine/commit.h"
#include "store/spool.h"
#include "sys/file.h"
#include "sys/log.h"

#define OUTCOME_NOTE_MAX 65536

/* When the current episode was opened. */
static int64_t
outcome_began(const struct item *it)
{
	struct str rest = buf_str(&it->rec.history);
	struct history_entry h;
	int64_t began = 0;

	while (history_next(&rest, &h, NULL) == 0)
		if (h.event.kind == EVENT_START)
			began = h.wall_ms;
	return began;
}

/* Is this refused file a report of its end, and of no other episode? */
static bool
outcome_is_claim(
    struct engine *e, const struct item *it, const struct refused *r, struct oid *ret_commit)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(signal_release) struct signal s = { 0 };
	struct ticket_id ticket;
	enum refusal why;

	if (r->ticket.n != it->rec.ticket.id.n ||
	    (r->why != REFUSAL_UNAUTHENTICATED && r->why != REFUSAL_MISMATCH) ||
	    file_read_plain(
		e->root->io, e->root->spool_refused, r->name, SIGNAL_BYTES_MAX, &bytes, NULL) < 0 ||
	    signal_json_parse(buf_str(&bytes), &s, &why, &ticket, NULL) < 0 ||
	    (s.event.kind != EVENT_DONE && s.event.kind != EVENT_REVIEW))
		return false;
	if (s.event.episode.n > 0 ? s.event.episode.n != it->rec.ticket.episode.n
				  : r->at_wall_ms < outcome_began(it))
		return false;
	*ret_commit = s.event.commit;
	return true;
}

/* E-17: work that says it is finished is not thrown away because its report could not be taken. */
static void
outcome_find_claim(struct engine *e, const struct item *it, struct oid head, struct event *ev)
{
	struct refused_list list = { NULL, 0, 0 };
	struct oid commit;

	if (spool_refused(e->root, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		if (outcome_is_claim(e, it, &list.v[i], &commit))
			ev->commit = oid_is_set(commit) ? commit : head;
	refused_list_release(&list);
}

void
outcome_judge(struct engine *e, const struct item *it, const struct episode_seen *seen,
    struct oid head, struct event *ev)
{
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	_cleanup_(exit_note_release) struct exit_note note = { 0 };
	bool has_note =
	    seen->has_exit &&
	    episode_read(e->root, ep, EPISODE_EXIT, OUTCOME_NOTE_MAX, &bytes, NULL) == 0 &&
	    exit_note_load(buf_str(&bytes), &note, NULL) == 0;
	bool is_silent = it->rec.ticket.episode.state == EPISODE_RUN;

	if (has_note && note.setup) {
		ev->ending = note.was_paused    ? ENDING_PAUSED
			     : note.was_stopped ? ENDING_NOT_STARTED
						: ENDING_NO_SETUP;
		exit_note_words(&note, &words);
		if (ev->ending == ENDING_NO_SETUP)
			buf_addf(&words, "; reeve tail %u shows it", ep.ticket.n);
	} else if (has_note && note.exec_errno != 0) {
		ev->ending = ENDING_NO_EXEC;
		buf_addf(&words, "the agent could not be executed: %s",
		    note.exec_error ? note.exec_error : "unknown error");
	} else if (has_note) {
		ev->ending = ENDING_DIED;
		if (is_silent)
			buf_adds(&words, it->rec.ticket.phase == PHASE_ASKING
					     ? "ended after its question: "
					     : "ended without a report: ");
		exit_note_words(&note, &words);
	} else if (strcmp(it->rec.ticket.episode.boot.s, ev->boot.s) != 0) {
		ev->ending = ENDING_REBOOTED;
		buf_adds(&words, "the machine was restarted while it ran");
	} else if (!seen->has_started) {
		ev->ending = ENDING_NOT_STARTED;
		buf_adds(&words, "the launcher ended before the agent was executed");
	} else {
		ev->ending = ENDING_DIED;
		buf_adds(&words, "the launcher was killed, and the agent with it");
	}
	if (!is_silent)
		ev->ending = ENDING_EXITED;
	else if (ev->ending == ENDING_DIED && it->rec.ticket.phase == PHASE_WORKING)
		outcome_find_claim(e, it, head, ev);
	engine_reason(ev, buf_str(&words));
}

/* What the worker itself said last in this episode, in its report or question; "" when it said neither. */
static void
outcome_said(const struct item *it, struct buf *ret)
{
	struct str rest = buf_str(&it->rec.history);
	struct history_entry h;

	while (history_next(&rest, &h, NULL) == 0) {
		enum event_kind kind = h.event.kind;

		if (kind == EVENT_START)
			buf_clear(ret);
		if ((kind == EVENT_DONE || kind == EVENT_REVIEW || kind == EVENT_PASS ||
			kind == EVENT_FAIL || kind == EVENT_QUESTION) &&
		    strcmp(h.event.actor, "worker") == 0) {
			buf_clear(ret);
			buf_adds(ret, h.event.reason);
		}
	}
}

/* Would another try do nothing twice?  Not after a report, nor when one may have been meant; and a question is
 * only asked again. */
static bool
outcome_may_retry(const struct ticket *t, const struct event *ev)
{
	return t->episode.state != EPISODE_TERM && t->phase != PHASE_ASKING &&
	       !oid_is_set(ev->commit);
}

/* As it looked when the episode was closed. */
static void
outcome_next(const struct ticket *t, const struct event *ev, enum phase next, struct strvec *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	unsigned id = t->id.n;

	buf_addf(&b, "reeve show %u", id);
	strvec_push(ret, b.p);
	buf_clear(&b);
	if (next == PHASE_ASKING)
		buf_addf(&b, "reeve answer %u -m TEXT", id);
	else if (next == PHASE_ATTENTION && oid_is_set(ev->commit))
		buf_addf(&b, "reeve adopt %u %s", id, ev->commit.hex);
	else if (next == PHASE_ATTENTION && outcome_may_retry(t, ev))
		buf_addf(&b, "reeve retry %u", id);
	if (b.len > 0)
		strvec_push(ret, b.p);
}

static bool
outcome_has_tail(struct engine *e, struct episode_id ep)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct io *io = e->root->io;
	struct io_stat st;

	episode_path(e->root, ep, EPISODE_TAIL, &path);
	return io->ops->stat(io, IO_CWD, path.p, &st) == 0;
}

int
outcome_write(struct engine *e, const struct item *it, const struct event *ev,
    const struct decision *d, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	struct episode_id ep = ticket_episode(t);
	_cleanup_(strvec_release) struct strvec next = STRVEC_INIT;
	_cleanup_(strvec_release) struct strvec artifacts = STRVEC_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT, said = BUF_INIT;
	bool is_asked = t->episode.state == EPISODE_RUN && t->phase == PHASE_ASKING;
	struct outcome o = { .status = ending_status(t->episode.state, t->phase, ev->ending),
		.summary = ev->reason,
		.root_cause = t->episode.state == EPISODE_RUN && !is_asked ? ev->reason : "",
		.safe_retry = outcome_may_retry(t, ev),
		.stop_condition = "",
		.human_input = "",
		.next_actions = &next,
		.artifacts = &artifacts };

	if (d->next.phase == PHASE_ATTENTION) {
		o.stop_condition = oid_is_set(ev->commit)
				       ? "a report that could not be taken says that it is done"
				       : "a budget of this ticket is used up";
		o.human_input = "decide whether it is tried again, changed or given up";
	}
	if (is_asked)
		o.human_input = "an answer to its question";
	outcome_said(it, &said);
	if (said.len > 0 && (is_asked || t->episode.state == EPISODE_TERM))
		o.summary = said.p; /* its own words say more than how its process ended */
	outcome_next(t, ev, d->next.phase, &next);
	if (t->pinned_by == ep.n && oid_is_set(t->pinned) && t->episode.role == ROLE_AUTHOR) {
		buf_clear(&b);
		buf_addf(&b, "refs/reeve/%u/%u", ep.ticket.n, ep.n);
		strvec_push(&artifacts, b.p);
	}
	if (oid_is_set(ev->salvage)) {
		buf_clear(&b);
		buf_addf(&b, "refs/reeve/%u/%u-salvage", ep.ticket.n, ep.n);
		strvec_push(&artifacts, b.p);
	}
	if (outcome_has_tail(e, ep)) /* a launcher that was killed has kept none */
		strvec_push(&artifacts, EPISODE_TAIL);
	buf_clear(&b);
	outcome_dump(ep, &o, &b);
	return episode_write(e->root, ep, EPISODE_OUTCOME, buf_str(&b), err);
}
