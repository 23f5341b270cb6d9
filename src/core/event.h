/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h: one thing that happened, as lifecycle_step() sees it and as a history line keeps it.
 *
 * A value without pointers.  Fields that a kind does not use are zero.  The texts that come with it
 * (summary, feedback, question, answer) decide nothing, except whether there is one: `has_text`.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "base/vec.h"
#include "core/ticket.h"

#define EVENT_ACTOR_MAX   64
#define EVENT_REASON_MAX  300
#define EVENT_AGENT_MAX   100
#define EVENT_SESSION_MAX 100

enum artifact { ARTIFACT_UNKNOWN, ARTIFACT_GOOD, ARTIFACT_BAD };

/* How an episode ended, or why it never began. */
#define ENDING_LIST(X)                                                                             \
	X(ENDING_DIED, "died")     /* it ran and is gone; the exit status is in reason */          \
	X(ENDING_EXITED, "exited") /* after its report, or because it had to */                    \
	X(ENDING_NOT_STARTED, "not-started") /* claimed, but the agent was never executed */       \
	X(ENDING_NO_EXEC, "no-exec")         /* the agent's program could not be executed */       \
	X(ENDING_NO_SETUP, "no-setup")       /* the setup of the repository failed before it */    \
	X(ENDING_REBOOTED, "rebooted")       /* the machine went down */                           \
	X(ENDING_DEADLINE, "deadline")       /* never claimed in time: revoked */                  \
	X(ENDING_ABANDONED, "abandoned") /* the supervisor went down before the token was out */   \
	X(ENDING_PAUSED, "paused")       /* revoked: kill switch, or not wanted any more */

#define EVENT_ENUMERATOR(id, name) id,
enum ending { ENDING_UNSET, ENDING_LIST(EVENT_ENUMERATOR) ENDING_COUNT };
const char *ending_name(enum ending v);
bool ending_parse(struct str s, enum ending *ret);

/* The word that outcome.json has for the end of an episode that was in this state, its ticket in this phase. */
const char *ending_status(enum episode_state was, enum phase phase, enum ending ending);

struct event {
	enum event_kind kind;
	uint32_t rule; /* by which it is reckoned, see lifecycle.h; 0: today's, LIFECYCLE_RULE */
	struct ticket_id ticket;
	char actor[EVENT_ACTOR_MAX];   /* "worker", "reeve", "person:ann" */
	char reason[EVENT_REASON_MAX]; /* short, for the history line */

	/* what came through the spool */
	struct signal_id sig; /* "" for facts */
	struct digest sig_hash;
	bool is_known;             /* the history names this signal id with this hash */
	uint64_t expect_rev;       /* 0: any */
	struct episode_id episode; /* which one it says it is; n == 0: it does not say */
	bool has_nonce;
	struct digest nonce; /* of the nonce that it carries */
	uint32_t nonce_of;   /* an earlier episode of this ticket whose nonce it is; 0: none */
	struct oid commit; /* reported, or expected by a verdict; may be unset.  CLOSED: named by a
				report that could not be taken, and may be of this episode.  PRUNED: what
				the branch was at, and a ref keeps */
	bool has_text;
	uint32_t choices; /* QUESTION: so many of the last lines of its text, see codec/choice.h */
	enum artifact artifact; /* DONE, REVIEW, ADOPT, AMEND */

	/* facts */
	struct digest fresh;             /* START: digest of the new nonce */
	struct oid base;                 /* START */
	struct boot_id boot;             /* START, and with every back-off */
	int64_t boot_ms;                 /* now, on the clock of that boot */
	char agent[EVENT_AGENT_MAX];     /* START: whose work it is */
	char session[EVENT_SESSION_MAX]; /* START: of the agent's own; "": its hooks may tell */
	uint32_t continues; /* START: number of the episode whose session that is; 0: a new one */
	enum ending ending; /* CLOSED, NOT_STARTED */
	struct oid from, merge; /* INTENT, GATED, GATE_FAILED */
	enum landing landing;   /* INTENT, CONFLICT: in which way */
	struct oid tree;        /* GATED, GATE_FAILED: of that merge, */
	struct digest gates;    /* and of the command lines that were run on it */
	struct oid salvage;     /* CLOSED, PRUNED: commit that keeps unreported work */
	enum blame blame;       /* ENV_FAILED, and CLOSED with NO_EXEC or NO_SETUP */
	uint32_t streak;        /* with blame: failures in a row before this one, of all tickets */
	bool owes_hook;      /* when it makes the ticket done: its repository has a hook `landed` */
	bool is_preexisting; /* GATE_FAILED: the base fails, too */
	uint64_t unsent;     /* with any: the ticket's `unsent` after it */

	struct signal_id adopts; /* ADOPT: the refused report that it stands in for; "" none */

	enum prune prune; /* PRUNE, PRUNED */

	/* commands: create, edit; zero: leave as it is */
	enum review review;
	enum merge merge_policy;
	enum want want;
	bool has_priority;
	uint32_t priority;
	bool has_not_before;
	int64_t not_before_wall_ms;
	bool has_spec;       /* title, base, agent or text change: the task is another one */
	struct digest spec;  /* spec_digest() after the event */
	struct digest words; /* ticket_words_digest() after the event */
};

/* A signal or command as it was read: the event and its texts. */
struct signal {
	struct event event;
	struct spec spec;      /* create, edit */
	char *summary;         /* DONE, REVIEW */
	char *body;            /* question, answer, feedback, note, reason */
	struct strvec choices; /* QUESTION */
};
void signal_release(struct signal *s);

#endif
