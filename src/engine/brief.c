/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/brief.h"

#include "base/clean.h"
#include "codec/comment.h"
#include "codec/embedded.h"
#include "codec/ticket_text.h"

/* In words; what is not here a worker need not know. */
static const char *const brief_phrases[EVENT_COUNT] = {
	[EVENT_REJECT] = "A person looked at the work and wants it changed",
	[EVENT_ANSWER] = "The answer to the question",
	[EVENT_QUESTION] = "An earlier episode asked",
	[EVENT_CONFLICT] = "The passed commit conflicts with the target branch in these files; "
			   "merge or rebase onto it and report again",
	[EVENT_FAIL] = "A reviewer looked at the work and wants it changed",
	[EVENT_GATE_FAILED] = "Merged into the target branch, it does not pass the gate",
	[EVENT_TELL] = "A person says",
	[EVENT_ADOPT] = "A person named another commit as the work; build on it (git merge "
			"--ff-only, or git rebase)",
	[EVENT_AMEND] = "A person named another commit as the work; build on it (git merge "
			"--ff-only, or git rebase)",
	[EVENT_ASSIGN] = "The ticket was given to another agent",
	[EVENT_REOPEN] = "The ticket was done, and was opened again",
};

static const char *
brief_phrase(const struct history_entry *h)
{
	const struct event *e = &h->event;

	/* who asks is told to end its turn then: only what it left behind is news */
	if (e->kind == EVENT_CLOSED && h->from == PHASE_ASKING)
		return oid_is_set(e->salvage) ? "The episode that asked has ended" : NULL;
	if (e->kind == EVENT_CLOSED && e->ending == ENDING_DIED)
		return "An earlier episode ended without a report";
	if (e->kind == EVENT_CONFLICT && e->landing == LANDING_REBASE)
		return "The passed commit cannot be made again on the target branch; rebase the "
		       "branch "
		       "onto it (a merge cannot land here) and report again";
	if (e->kind == EVENT_PRUNED && oid_is_set(e->commit))
		return "The branch was removed, and begins anew. What it held is kept; build on it "
		       "(git merge --ff-only, or git rebase) unless you are told otherwise";
	if (e->kind == EVENT_PRUNED && oid_is_set(e->salvage))
		return "The worktree was removed, and begins anew";
	return brief_phrases[e->kind];
}

static void
brief_entry(const struct history_entry *h, struct buf *ret)
{
	const char *what = brief_phrase(h);
	size_t before;

	if (!what)
		return;
	buf_addf(ret, "\n**%s** (revision %llu):\n\n", what, (unsigned long long)h->rev);
	before = ret->len;
	history_text(h, ret);
	if (ret->len == before)
		buf_adds(ret, h->event.reason);
	if (h->event.kind == EVENT_ADOPT || h->event.kind == EVENT_AMEND ||
	    (h->event.kind == EVENT_PRUNED && oid_is_set(h->event.commit)))
		buf_addf(ret, "\nThe commit is %s.", h->event.commit.hex);
	if (oid_is_set(h->event.salvage))
		buf_addf(ret, "\nIts uncommitted work is kept as commit %s.", h->event.salvage.hex);
	buf_addch(ret, '\n');
}

/* What a later worker has to know of the earlier ones.  Comments stand together, before the verdict that they led to
 * or the start that first had them. */
void
brief_history(const struct item *it, uint64_t since, struct buf *ret)
{
	_cleanup_(comments_release) struct comments comments = { 0 };
	struct str rest = buf_str(&it->rec.history);
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct history_entry h;

	if (it->rec.spec.from && since == 0)
		buf_addf(&all,
		    "\n**The branch did not begin at %s** but at the commit %s: what is on it from "
		    "there lands with your work.\n",
		    it->rec.spec.base, it->rec.spec.from);
	while (history_next(&rest, &h, NULL) == 0) {
		enum event_kind kind = h.event.kind;

		if (h.rev <= since || comments_add(&comments, &h))
			continue;
		if (kind == EVENT_REJECT || kind == EVENT_FAIL || kind == EVENT_START) {
			comments_add_brief(&comments, &all);
			comments_release(&comments);
		}
		brief_entry(&h, &all);
	}
	comments_add_brief(&comments, &all);
	clean_add(
	    ret, buf_str(&all), true); /* others' words: an agent shows its prompt in its window */
}

/* The last gate that passed, on what is delivered now, if the command lines are those of now; what failed is in the
 * history. */
static void
brief_gated(const struct item *it, const struct config_gate *gate, struct buf *ret)
{
	struct str rest = buf_str(&it->rec.history);
	struct history_entry h, last = { .rev = 0 };
	struct digest by = config_gate_digest(gate);

	if (!digest_eq(&by, &it->rec.ticket.gated_by))
		return;
	while (oid_is_set(it->rec.ticket.gated) && history_next(&rest, &h, NULL) == 0)
		if (h.event.kind == EVENT_GATED)
			last = h;
	if (last.rev > 0)
		buf_addf(ret, "\n%s a trial merge of this commit (revision %llu): %s\n",
		    last.event.is_preexisting
			? "Not all of them pass on the target branch, which is let pass; on"
			: "They have passed on",
		    (unsigned long long)last.rev, last.event.reason);
}

/* What the configuration asks for, and what came of it so far. */
void
brief_gates(const struct engine *e, const struct item *it, struct buf *ret)
{
	const struct config_repo *repo = item_repo(e, it);

	if (!repo || repo->gate.commands.n == 0) {
		buf_adds(ret, "No gate is configured: nothing is run before it lands.\n");
		return;
	}
	buf_adds(ret, "Before it lands, each of these has to succeed on the merge:\n\n");
	for (size_t i = 0; i < repo->gate.commands.n; i++)
		buf_addf(ret, "    %s\n", repo->gate.commands.v[i]);
	brief_gated(it, &repo->gate, ret);
}

void
brief_diffstat(const struct brief_facts *facts, struct buf *ret)
{
	struct str rest = facts->diffstat, line;

	while (str_cut(&rest, '\n', &line) || line.len > 0)
		buf_addf(ret, "    %.*s\n", STR_FMT(line));
}

int
brief_fill(const struct item *it, enum brief_kind kind, const struct words_value *values,
    struct buf *ret, struct err *err)
{
	static const char *const names[] = {
		[BRIEF_AUTHOR] = "templates/brief-author.md",
		[BRIEF_REVIEWER] = "templates/brief-reviewer.md",
		[BRIEF_RESUME] = "templates/brief-resume.md",
		[BRIEF_REPORT] = "templates/brief-report.md",
	};
	const struct embedded *template = embedded_find(names[kind]);
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	if (!template)
		BUG("no template for a brief");
	strvec_push(&words, template->text);
	if (words_fill(&words, values, err) < 0)
		return err_prefix(err, "ticket %u, brief", it->rec.ticket.id.n);
	buf_adds(ret, words.v[0]);
	return 0;
}
