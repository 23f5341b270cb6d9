/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifecycle.h: the one decision.
 *
 *	struct decision d = lifecycle_step(&ticket, &event, now);
 *	switch (d.verdict) {
 *	case VERDICT_APPLY:	commit d.next with a history line of the event, d.row and d.next.cause
 *	case VERDICT_REFUSE:	keep the signal with refusal_text(d.refusal); the ticket is as it was
 *	case VERDICT_KNOWN:	nothing to do: it was applied before; file the signal away
 *	case VERDICT_NEEDS_CLAIM:    is the token claimed?  Then step CLAIMED first, and this again
 *	case VERDICT_NEEDS_ARTIFACT: check the commit, set event.artifact (and .commit), step again
 *	}
 *
 * Pure: no clock, no file, no memory.  Order: known signal, nonce, revision, cell of the table, guard,
 * policy.  What follows from the new state (start, stop, merge) is reconcile.h's to find.
 *
 * Replaying the events of a history, in their order, arrives at the header of the ticket file; `fsck`
 * and every load do that.  So what a step leads to may never change for a line that is written: a store would not be
 * believed any more.  It is reckoned by a rule, which has a number that goes with the event (event.rule) and into its
 * line (`rule`, see codec/ticket_text.h), and all rules that there ever were are in here:
 *
 *	1	Failures of the environment count on when another thing is to blame, none is the ticket's own, all are
 *		forgotten when one mends, and stay when the ticket is routed to a person.  Its lines name no rule.
 *	2	They count for what is to blame now; BLAME_TICKET; a gate that mends for others is the ticket's own from
 *		then on; routing forgets them.
 *
 * Whoever makes a step lead elsewhere than before (another phase, row, count, pause or header; or refuses what was
 * taken) raises LIFECYCLE_RULE, leaves the older way to older events (`s->rule` in the rows) and tells of it above.
 * What no line can have yet, a new event or a new field that older lines leave zero, needs none.  See
 * tests/unit/test_codec_rules.c, which has histories of every rule.
 */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include "core/event.h"

#define LIFECYCLE_RULE 2 /* today's */

/* name, then what it means and what to do next */
#define REFUSAL_LIST(X)                                                                            \
	X(REFUSAL_STALE, "stale",                                                                  \
	    "this episode is closed; a newer one may run. Stop working: your report cannot be "    \
	    "taken any more")                                                                      \
	X(REFUSAL_SUPERSEDED, "superseded",                                                        \
	    "the ticket was parked, cancelled or changed while this episode ran. Stop working; a " \
	    "person will decide")                                                                  \
	X(REFUSAL_AFTER_TERMINAL, "after-terminal",                                                \
	    "this episode has reported its end already; the first report counts")                  \
	X(REFUSAL_UNAUTHENTICATED, "unauthenticated",                                              \
	    "the nonce is missing or is none of this ticket's. Report with `reeve` from the "      \
	    "worker's own environment")                                                            \
	X(REFUSAL_MISMATCH, "mismatch",                                                            \
	    "the episode that it names is not the one of its nonce. Leave \"episode\" out or use " \
	    "$REEVE_EPISODE")                                                                      \
	X(REFUSAL_WRONG_ROLE, "wrong-role",                                                        \
	    "authors report DONE, REVIEW or QUESTION; reviewers PASS, FAIL or QUESTION")           \
	X(REFUSAL_ILLEGAL, "illegal",                                                              \
	    "this cannot happen to a ticket in this phase. See `reeve show ID`")                   \
	X(REFUSAL_CONFLICT, "conflict",                                                            \
	    "the ticket changed meanwhile. Look at it again (`reeve show ID`) and repeat")         \
	X(REFUSAL_BAD_ARTIFACT, "bad-artifact",                                                    \
	    "the commit cannot be taken. Commit your work on the ticket's branch and report "      \
	    "again")                                                                               \
	X(REFUSAL_NEEDS_TEXT, "needs-text",                                                        \
	    "it needs words: say what is wrong, asked or answered (-m TEXT)")                      \
	X(REFUSAL_WRONG_COMMIT, "wrong-commit",                                                    \
	    "the verdict is about another commit than the one that is pinned now. Look again")     \
	X(REFUSAL_UNKNOWN_TICKET, "unknown-ticket", "there is no such ticket. See `reeve ls`")     \
	X(REFUSAL_MALFORMED, "malformed",                                                          \
	    "it is not a signal: see reeve-signal(5). Nothing was done")                           \
	X(REFUSAL_UNSAFE, "unsafe",                                                                \
	    "not a plain file of yours with one name: links, pipes and directories are not read")  \
	X(REFUSAL_TOO_BIG, "too-big",                                                              \
	    "a signal has at most 256 KiB. Put long texts into a file "                            \
	    "of the branch and name it")                                                           \
	X(REFUSAL_FLOOD, "flood",                                                                  \
	    "the ticket has said too much already: its file is nearly full. Report the end "       \
	    "(done, review), or let a person decide")                                              \
	X(REFUSAL_INVALID, "invalid", "a value in it cannot be used")

enum refusal {
	REFUSAL_NONE,
#define LIFECYCLE_ENUMERATOR(id, name, text) id,
	REFUSAL_LIST(LIFECYCLE_ENUMERATOR)
#undef LIFECYCLE_ENUMERATOR
	    REFUSAL_COUNT
};
const char *refusal_name(enum refusal v);
const char *refusal_text(enum refusal v);
bool refusal_parse(struct str s, enum refusal *ret);

enum verdict {
	VERDICT_APPLY = 1,
	VERDICT_REFUSE,
	VERDICT_KNOWN,
	VERDICT_NEEDS_CLAIM,
	VERDICT_NEEDS_ARTIFACT,
};

struct decision {
	enum verdict verdict;
	enum refusal refusal;
	unsigned row; /* T<row> of the table; 0 unless VERDICT_APPLY */
	struct ticket next;
};

/* For PHASE_UNBORN the event must be `create`; its ticket id is taken. */
struct decision lifecycle_step(const struct ticket *t, const struct event *e, int64_t now_wall_ms);

/* What the table says of a cell, for its golden file: "step", "illegal". */
const char *lifecycle_cell(enum phase phase, enum event_kind kind);

/* May a ticket of this phase have its episode in this state?  (The totality rule, I6.) */
bool lifecycle_pair_is_legal(enum phase phase, enum episode_state state, enum role role);

#endif
