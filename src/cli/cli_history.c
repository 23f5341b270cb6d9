/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_history.h"

#include "codec/stamp.h"

#define HISTORY_OID 12 /* digits of a commit id that are shown */

void
cli_history_release(struct cli_history *h)
{
	free(h->entries.v);
	free(h->episodes.v);
	memset(h, 0, sizeof *h);
}

static struct report_episode *
history_last_episode(struct cli_history *h)
{
	return h->episodes.n > 0 ? &h->episodes.v[h->episodes.n - 1] : NULL;
}

static void
history_take_episode(struct cli_history *h, const struct history_entry *e)
{
	struct report_episode *ep;

	if (e->event.kind == EVENT_START) {
		ep = VEC_PUSH(&h->episodes);
		ep->n = (uint32_t)h->episodes.n;
		ep->role = e->to == PHASE_REV_STARTING ? ROLE_REVIEWER : ROLE_AUTHOR;
		ep->opened_wall_ms = e->wall_ms;
		return;
	}
	/* What stands in the way of a merge closes no episode. */
	if (e->event.kind != EVENT_CLOSED && e->event.kind != EVENT_NEVER_STARTED &&
	    (e->event.kind != EVENT_ENV_FAILED ||
		(e->from != PHASE_STARTING && e->from != PHASE_REV_STARTING)))
		return;
	ep = history_last_episode(h);
	if (ep == NULL || ep->closed_wall_ms != 0)
		return; /* it failed before one was opened */
	ep->closed_wall_ms = e->wall_ms;
	ep->ending = e->event.ending;
	ep->has_asked = e->from == PHASE_ASKING && e->event.ending == ENDING_DIED;
	ep->reason = str_of(e->event.reason);
}

static bool
history_is_feedback(const struct history_entry *e)
{
	enum event_kind kind = e->event.kind;

	return e->text.len > 0 && (kind == EVENT_FAIL || kind == EVENT_REJECT ||
				      kind == EVENT_CONFLICT || kind == EVENT_GATE_FAILED);
}

int
cli_history_load(struct cli_history *h, const struct record *r, struct err *err)
{
	const struct ticket *t = &r->ticket;
	struct str rest = buf_str(&r->history);
	struct history_entry e;
	int code;

	memset(h, 0, sizeof *h);
	while ((code = history_next(&rest, &e, err)) == 0)
		*VEC_PUSH(&h->entries) = e;
	if (code != ERR_NOTFOUND)
		return err_prefix(err, "ticket %u", t->id.n);
	/* From here on the entries stay where they are. */
	for (size_t i = 0; i < h->entries.n; i++) {
		const struct history_entry *now = &h->entries.v[i];

		history_take_episode(h, now);
		if (t->question_rev != 0 && now->rev == t->question_rev)
			h->question = now;
		if (history_is_feedback(now))
			h->feedback = now;
		if (now->event.kind == EVENT_GATED || now->event.kind == EVENT_GATE_FAILED)
			h->gate = now;
	}
	if (ticket_is_open(t) && history_last_episode(h) != NULL)
		history_last_episode(h)->state = t->episode.state;
	return 0;
}

static void
history_add_oid(struct buf *ret, const char *before, struct oid oid)
{
	if (oid_is_set(oid))
		buf_addf(ret, "%s%.*s", before, HISTORY_OID, oid.hex);
}

static const char *const history_phrases[EVENT_COUNT] = {
	[EVENT_DONE] = "reports DONE",
	[EVENT_REVIEW] = "asks for a review",
	[EVENT_QUESTION] = "asks a question",
	[EVENT_PASS] = "the reviewer passes it",
	[EVENT_FAIL] = "the reviewer sends it back",
	[EVENT_NOTE] = "notes",
	[EVENT_START] = "is opened",
	[EVENT_CLAIMED] = "runs",
	[EVENT_NEVER_STARTED] = "never started",
	[EVENT_ENV_FAILED] = "the machine, the repository or a program stood in the way",
	[EVENT_CLOSED] = "has ended",
	[EVENT_EXPIRED] = "has to end now",
	[EVENT_ROUTE] = "goes to its reviewer",
	[EVENT_INTENT] = "is about to be merged",
	[EVENT_MERGED] = "has landed",
	[EVENT_MOVED] = "the target branch moved first",
	[EVENT_HELD] = "local changes are in the way",
	[EVENT_CONFLICT] = "conflicts with the target branch",
	[EVENT_GATED] = "the gates passed",
	[EVENT_GATE_FAILED] = "the gate failed",
	[EVENT_MENDED] = "what it failed for works again",
	[EVENT_REMIND] = "nothing was heard of it for long",
	[EVENT_WITHDRAWN] = "its landing is withdrawn",
	[EVENT_HOOK_RUN] = "its hook `landed' was run",
	[EVENT_HOOK_FAILED] = "its hook `landed' failed",
	[EVENT_PRUNED] = "what was left of it is gone",
	[EVENT_KEPT] = "its worktree stays",
	[EVENT_CREATE] = "created",
	[EVENT_PARK] = "parked",
	[EVENT_UNPARK] = "unparked",
	[EVENT_EDIT] = "edited",
	[EVENT_ASSIGN] = "assigned",
	[EVENT_RETRY] = "retry",
	[EVENT_CANCEL] = "cancelled",
	[EVENT_REOPEN] = "opened again",
	[EVENT_ANSWER] = "answers",
	[EVENT_TELL] = "tells the next worker",
	[EVENT_ACCEPT] = "passes it",
	[EVENT_REJECT] = "sends it back",
	[EVENT_LAND] = "lets it land",
	[EVENT_ADOPT] = "adopts as the work",
	[EVENT_AMEND] = "puts another commit in its place",
	[EVENT_PRUNE] = "wants what is left of it gone",
};

void
cli_history_words(const struct history_entry *e, struct ticket_id id, struct buf *ret)
{
	enum event_kind kind = e->event.kind;
	bool is_of_episode = kind == EVENT_START || kind == EVENT_CLAIMED || kind == EVENT_CLOSED ||
			     kind == EVENT_NEVER_STARTED || kind == EVENT_EXPIRED;
	const char *phrase = kind < EVENT_COUNT ? history_phrases[kind] : NULL;

	if (is_of_episode && e->event.episode.n != 0)
		buf_addf(ret, "episode %u.%u ", id.n, e->event.episode.n);
	else if (is_of_episode)
		buf_adds(ret, "the episode ");
	if (kind == EVENT_TELL && oid_is_set(e->event.commit))
		phrase = "comments on the work";
	if (kind == EVENT_ENV_FAILED && e->event.blame == BLAME_TICKET)
		phrase = "its own worktree, branch, base or gate stood in the way";
	buf_adds(ret, phrase != NULL ? phrase : event_name(kind));
	if (kind == EVENT_CLOSED && e->from == PHASE_ASKING && e->event.ending == ENDING_DIED)
		buf_adds(ret, ": asked"); /* as outcome.json says: it did what it is told to do */
	else if (e->event.ending != ENDING_UNSET)
		buf_addf(ret, ": %s", ending_name(e->event.ending));
	history_add_oid(ret, ", commit ", e->event.commit);
	if (e->event.adopts.s[0] != '\0')
		buf_addf(ret, ", the refused report %s", e->event.adopts.s);
	history_add_oid(ret, kind == EVENT_INTENT ? " as " : " on ", e->event.merge);
	history_add_oid(ret, ", unreported work kept as ", e->event.salvage);
}

void
cli_history_print_one(
    struct print *p, const struct history_entry *e, struct ticket_id id, bool has_text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, text = BUF_INIT;

	buf_addf(&b, "%4llu  ", (unsigned long long)e->rev);
	stamp_add(&b, e->wall_ms);
	buf_addf(&b, "  %s: ", e->event.actor[0] ? e->event.actor : "-");
	cli_history_words(e, id, &b);
	print_text(p, PRINT_PLAIN, buf_str(&b));
	if (e->from != e->to) {
		print_words(p, "  ");
		buf_clear(&b);
		buf_addf(
		    &b, "%s%s%s", phase_name(e->from), e->from ? " > " : "", phase_name(e->to));
		print_text(p, PRINT_DIM, buf_str(&b));
	}
	if (e->event.reason[0] != '\0') {
		print_words(p, "  ");
		print_text(p, PRINT_PLAIN, str_of(e->event.reason));
	}
	print_words(p, "\n");
	history_text(e, &text);
	if (has_text && text.len > 0)
		print_lines(p, 12, buf_str(&text));
}

void
cli_history_print(
    struct print *p, const struct cli_history *h, struct ticket_id id, size_t first, bool has_texts)
{
	for (size_t i = first; i < h->entries.n; i++)
		cli_history_print_one(p, &h->entries.v[i], id, has_texts);
}
