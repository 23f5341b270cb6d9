/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h: the words of the lifecycle, each with the name that files and output use.
 *
 * Every enumeration is one list below; name() and parse() are made from it, so that a word is written
 * once.  Zero is "none" everywhere and has no name.
 */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include "base/str.h"

#define PHASE_LIST(X)                                                                              \
	X(PHASE_PARKED, "parked")     /* wanted by nobody just now */                              \
	X(PHASE_READY, "ready")       /* may start */                                              \
	X(PHASE_STARTING, "starting") /* an author's token is out */                               \
	X(PHASE_WORKING, "working")                                                                \
	X(PHASE_ASKING, "asking")             /* a question waits for its answer */                \
	X(PHASE_DELIVERED, "delivered")       /* a commit was reported and is pinned */            \
	X(PHASE_REV_STARTING, "rev-starting") /* a reviewer's token is out */                      \
	X(PHASE_REVIEWING, "reviewing")                                                            \
	X(PHASE_HUMAN_REVIEW, "human-review") /* a person has to pass or fail it */                \
	X(PHASE_APPROVED, "approved")         /* passed, not landed */                             \
	X(PHASE_MERGING, "merging")           /* the intent is written, the ref may have moved */  \
	X(PHASE_ATTENTION, "attention")       /* a person has to decide how it goes on */          \
	X(PHASE_DONE, "done")                                                                      \
	X(PHASE_CANCELLED, "cancelled")

/* An episode is one start of one worker.  NONE: no open episode. */
#define EPISODE_LIST(X)                                                                            \
	X(EPISODE_OPEN, "open") /* its token may be claimed */                                     \
	X(EPISODE_RUN, "run")   /* claimed */                                                      \
	X(EPISODE_TERM, "term") /* its terminal report was taken, it may finish its turn */        \
	X(EPISODE_STOP, "stop") /* it must end */

#define ROLE_LIST(X)                                                                               \
	X(ROLE_AUTHOR, "author")                                                                   \
	X(ROLE_REVIEWER, "reviewer")

#define WANT_LIST(X)                                                                               \
	X(WANT_RUN, "run")                                                                         \
	X(WANT_PARK, "park")                                                                       \
	X(WANT_CANCEL, "cancel")

#define REVIEW_LIST(X)                                                                             \
	X(REVIEW_HUMAN, "human")                                                                   \
	X(REVIEW_AGENT, "agent")                                                                   \
	X(REVIEW_NONE, "none")

#define MERGE_LIST(X)                                                                              \
	X(MERGE_AUTO, "auto")                                                                      \
	X(MERGE_MANUAL, "manual")                                                                  \
	X(MERGE_NONE, "none")

/* What becomes of a passed commit on its target. */
#define LANDING_LIST(X)                                                                            \
	X(LANDING_MERGE, "merge")   /* a merge commit of the two */                                \
	X(LANDING_SQUASH, "squash") /* one commit with all of its changes */                       \
	X(LANDING_REBASE, "rebase") /* its commits, each made again on the target */

/* The hook `landed` of a ticket that is done. */
#define HOOK_LIST(X)                                                                               \
	X(HOOK_OWED, "owed")     /* it has to be run, or run again */                              \
	X(HOOK_RUN, "run")       /* it was run */                                                  \
	X(HOOK_FAILED, "failed") /* as often as it is tried: a person decides */
/* What a person wants gone of a ticket that is over. */
#define PRUNE_LIST(X)                                                                              \
	X(PRUNE_LANDED, "landed") /* what its target holds: worktree, branch, refs */              \
	X(PRUNE_WORK, "work") /* all of it; what is nowhere else is parked under a ref first */    \
	X(PRUNE_REFS, "refs") /* its refs below refs/reeve/, and nothing else */

/* What a failure of the environment is blamed on. */
#define BLAME_LIST(X)                                                                              \
	X(BLAME_MACHINE, "machine")                                                                \
	X(BLAME_REPO, "repo")                                                                      \
	X(BLAME_GATE, "gate") /* of the repository: it could not be run */                         \
	X(BLAME_AGENT, "agent")                                                                    \
	X(BLAME_TICKET,                                                                            \
	    "ticket") /* its own: its worktree or branch, or a gate that runs for others */

/*
 * Everything that can happen to a ticket.  Upper case: what an agent says, with its nonce.  Lower case
 * with a command's name: what a person or an orchestrator wants.  The rest are facts that the
 * supervisor has established.
 */
#define EVENT_LIST(X)                                                                              \
	X(EVENT_DONE, "DONE")                                                                      \
	X(EVENT_REVIEW, "REVIEW")                                                                  \
	X(EVENT_QUESTION, "QUESTION")                                                              \
	X(EVENT_PASS, "PASS")                                                                      \
	X(EVENT_FAIL, "FAIL")                                                                      \
	X(EVENT_NOTE, "NOTE")                                                                      \
	X(EVENT_START, "started")   /* an episode is opened */                                     \
	X(EVENT_CLAIMED, "claimed") /* its token was claimed */                                    \
	X(EVENT_NEVER_STARTED,                                                                     \
	    "not-started")                 /* its token was revoked, or it died before it began */ \
	X(EVENT_ENV_FAILED, "environment") /* machine, repository or agent program at fault */     \
	X(EVENT_CLOSED, "closed")          /* judged: nothing of it lives, all it said is read */  \
	X(EVENT_EXPIRED, "expired")        /* its time to finish a turn is over */                 \
	X(EVENT_ROUTE, "routed")           /* a delivered commit goes to its reviewer */           \
	X(EVENT_INTENT, "intent")          /* a merge commit is made; the ref may move now */      \
	X(EVENT_MERGED, "merged")          /* the target holds it: proved */                       \
	X(EVENT_MOVED, "moved")            /* the target moved first */                            \
	X(EVENT_HELD, "held")              /* local changes are in the way */                      \
	X(EVENT_CONFLICT, "conflict")                                                              \
	X(EVENT_GATED, "gated") /* every gate passed on the merge */                               \
	X(EVENT_GATE_FAILED, "gate-failed")                                                        \
	X(EVENT_MENDED, "mended")       /* what failed in the environment works again */           \
	X(EVENT_REMIND, "reminded")     /* nothing was heard for long */                           \
	X(EVENT_WITHDRAWN, "withdrawn") /* nothing moved, and nothing may move now */              \
	X(EVENT_HOOK_RUN, "hook-run")   /* the hook `landed` was run */                            \
	X(EVENT_HOOK_FAILED, "hook-failed")                                                        \
	X(EVENT_PRUNED, "pruned") /* what was left of a ticket is gone, or parked */               \
	X(EVENT_KEPT, "kept")     /* it stays where it is, for a reason */                         \
	X(EVENT_CREATE, "create")                                                                  \
	X(EVENT_PARK, "park")                                                                      \
	X(EVENT_UNPARK, "unpark")                                                                  \
	X(EVENT_EDIT, "edit")                                                                      \
	X(EVENT_ASSIGN, "assign")                                                                  \
	X(EVENT_RETRY, "retry")                                                                    \
	X(EVENT_CANCEL, "cancel")                                                                  \
	X(EVENT_REOPEN, "reopen")                                                                  \
	X(EVENT_ANSWER, "answer")                                                                  \
	X(EVENT_TELL, "tell")                                                                      \
	X(EVENT_ACCEPT, "pass")                                                                    \
	X(EVENT_REJECT, "fail")                                                                    \
	X(EVENT_LAND, "merge")                                                                     \
	X(EVENT_ADOPT, "adopt")                                                                    \
	X(EVENT_AMEND, "amend")                                                                    \
	X(EVENT_PRUNE, "prune")

#define STATE_ENUMERATOR(id, name) id,
enum phase { PHASE_UNBORN, PHASE_LIST(STATE_ENUMERATOR) PHASE_COUNT };
enum episode_state { EPISODE_NONE, EPISODE_LIST(STATE_ENUMERATOR) EPISODE_COUNT };
enum role { ROLE_UNSET, ROLE_LIST(STATE_ENUMERATOR) ROLE_COUNT };
enum want { WANT_UNSET, WANT_LIST(STATE_ENUMERATOR) WANT_COUNT };
enum review { REVIEW_UNSET, REVIEW_LIST(STATE_ENUMERATOR) REVIEW_COUNT };
enum merge { MERGE_UNSET, MERGE_LIST(STATE_ENUMERATOR) MERGE_COUNT };
enum landing { LANDING_UNSET, LANDING_LIST(STATE_ENUMERATOR) LANDING_COUNT };
enum hook { HOOK_UNSET, HOOK_LIST(STATE_ENUMERATOR) HOOK_COUNT };
enum prune { PRUNE_UNSET, PRUNE_LIST(STATE_ENUMERATOR) PRUNE_COUNT };
enum blame { BLAME_UNSET, BLAME_LIST(STATE_ENUMERATOR) BLAME_COUNT };
enum event_kind { EVENT_UNSET, EVENT_LIST(STATE_ENUMERATOR) EVENT_COUNT };

#define EVENT_LAST_REPORT   EVENT_NOTE
#define EVENT_FIRST_COMMAND EVENT_CREATE

/* "" for none and for values that are not in the list. */
const char *phase_name(enum phase v);
const char *episode_state_name(enum episode_state v);
const char *role_name(enum role v);
const char *want_name(enum want v);
const char *review_name(enum review v);
const char *merge_name(enum merge v);
const char *landing_name(enum landing v);
const char *hook_name(enum hook v);
const char *prune_name(enum prune v);
const char *blame_name(enum blame v);
const char *event_name(enum event_kind v);

/* False: no such word; *ret is untouched. */
bool phase_parse(struct str s, enum phase *ret);
bool episode_state_parse(struct str s, enum episode_state *ret);
bool role_parse(struct str s, enum role *ret);
bool want_parse(struct str s, enum want *ret);
bool review_parse(struct str s, enum review *ret);
bool merge_parse(struct str s, enum merge *ret);
bool landing_parse(struct str s, enum landing *ret);
bool hook_parse(struct str s, enum hook *ret);
bool prune_parse(struct str s, enum prune *ret);
bool blame_parse(struct str s, enum blame *ret);
bool event_parse(struct str s, enum event_kind *ret);

bool event_is_report(enum event_kind v);  /* an agent said it; needs a nonce */
bool event_is_command(enum event_kind v); /* comes through the spool, needs no nonce */
bool event_is_fact(enum event_kind v);    /* never read from the spool */

bool phase_is_final(enum phase v); /* done or cancelled */

#endif
