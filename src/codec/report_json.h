/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_json.h: tickets as JSON for programs: what `reeve ls|show|status --json` print.
 *
 * The keys are a promise (reeve(1)): they stay, always all of them, and in this order; what is not known
 * is null, a list that is empty is [].  Times are stamps ("2026-11-21T06:23:25Z").
 *
 * Strings hold exactly what the ticket holds, and the output is ASCII: whatever is not is written as \uXXXX,
 * so that not even a terminal that is shown raw JSON obeys it.  Bytes that are not UTF-8 are cleaned
 * (base/clean.h).
 *
 * Everything is borrowed.  One call makes one whole document with a newline at its end.
 */
#ifndef CODEC_REPORT_JSON_H
#define CODEC_REPORT_JSON_H

#include "base/vec.h"
#include "codec/ticket_text.h"
#include "core/blocker.h"

struct report_ticket {
	const struct record *record;
	const struct blocker *blocker;
};

/* outcome.json of an episode, as it is read again. */
struct report_outcome {
	char *status, *summary, *root_cause, *stop_condition, *human_input; /* NULL: not said */
	bool safe_retry;
	struct strvec next_actions, artifacts;
};
int report_outcome_load(struct str bytes, struct report_outcome *ret, struct err *err);
void report_outcome_release(struct report_outcome *o);

struct report_episode {
	uint32_t n;
	enum role role;
	enum episode_state state;               /* NONE: it is closed */
	int64_t opened_wall_ms, closed_wall_ms; /* 0: not known, not closed */
	enum ending ending;
	bool
	    has_asked; /* it ended after its question, as it is told to; in words that is no death */
	struct str reason;                    /* of its end */
	const char *exit;                     /* in words; NULL: it did not say */
	const struct report_outcome *outcome; /* NULL: none was written */
	const char *agent;                    /* what it ran; NULL: not known */
	const char *session;                  /* of that agent's own; NULL: not known */
	const char *continues; /* the episode whose session it went on with; NULL: a new one */
};

struct report_refused {
	const char *name;
	enum refusal why; /* NONE: that cannot be read */
	struct ticket_id ticket;
	const char *kind, *text, *from; /* may be NULL */
	int64_t at_wall_ms;
	struct oid commit;    /* that a report names, as far as it can be read */
	uint64_t adopted_rev; /* the revision that took it after all; 0: none */
};

/* Entries and texts of a history, oldest first; the views die with the history. */
struct report_history {
	struct history_entry *v;
	size_t n, cap;
};

/* [ {ticket}, ... ], one ticket a line. */
void report_tickets(const struct report_ticket *v, size_t n, struct buf *ret);

/* How far the tickets of one mission are: counted now, kept nowhere. */
struct report_mission {
	const char *name;
	uint32_t done, total; /* total: without the cancelled */
	uint32_t cancelled;
	uint32_t live;    /* have a worker */
	uint32_t waiting; /* for a person */
};
void report_missions(const struct report_mission *v, size_t n, struct buf *ret);
/* The same keys, then tickets. */
void report_mission(
    const struct report_mission *m, const struct report_ticket *tickets, size_t n, struct buf *ret);

/* Two tickets whose commits a trial merge does not take (`conflicts` of status). */
struct report_conflict {
	struct ticket_id first, second;
	char *repo;
	struct strvec paths; /* some of them */
	size_t n_more;       /* not among these */
};

struct report_show {
	struct report_ticket ticket;
	const char *worktree;
	bool has_worktree;                /* it is there */
	uint32_t port;                    /* REEVE_PORT; 0: none yet */
	const struct strvec *prepared;    /* what the worktree was given at the last start */
	const char *question, *feedback;  /* NULL: none is open; none was given */
	const struct history_entry *gate; /* the last one; NULL: none */
	const struct strvec *gate_logs;   /* paths; with gate */
	const struct report_episode *episodes;
	size_t n_episodes;
	const struct report_refused *refused;
	size_t n_refused;
	const struct report_history *history;
};
/* The keys of a ticket, then description worktree worktree_exists port prepared question feedback gate episodes
 * refused history. */
void report_show(const struct report_show *s, struct buf *ret);

/* The keys of a ticket, then waits_for_verdict start reported {at by episode event} summary comments: `reeve review
 * --json`. */
struct comments;
struct report_review {
	struct report_ticket ticket;
	bool is_waiting;
	struct oid start;
	const struct history_entry
	    *reported; /* the revision that pinned the commit; NULL: not known */
	const char *summary;
	const struct comments *comments;
};
void report_review(const struct report_review *r, struct buf *ret);

struct report_bad {
	struct ticket_id ticket;
	const char *why;
};
/* What failed so often that nothing that needs it is tried for now (core/breaker.h). */
struct report_breaker {
	enum blame blame;
	const char *name; /* of the repository or agent; "" */
	uint32_t failures;
	struct ticket_id ticket; /* whose failure says most */
	const char *cause;
	int64_t next_wall_ms; /* 0: now */
};
/* Messages that are not read. */
struct report_unread {
	const char *to; /* a name, or an episode */
	bool is_worker;
	uint64_t n;
	int64_t since_wall_ms; /* the oldest */
};
struct report_status {
	bool has_supervisor, is_killed, is_stopped;
	int64_t supervisor_pid;              /* 0: not known */
	uint64_t waiting;                    /* how many things wait for a person */
	const struct report_ticket *tickets; /* live ones */
	size_t n_tickets;
	const struct report_refused *refused;
	size_t n_refused;
	const struct report_bad *bad; /* tickets that cannot be read */
	size_t n_bad;
	int64_t
	    checked_wall_ms; /* when a supervisor last checked the state as it started; 0: never */
	uint64_t check_findings;
	const struct report_breaker *breakers;
	size_t n_breakers;
	const struct report_conflict *conflicts;
	size_t n_conflicts;
	bool is_partial; /* not all pairs were looked at */
	const struct report_unread *unread;
	size_t n_unread;
};
void report_status(const struct report_status *s, struct buf *ret);

/* What is left of a ticket in its repository and on the disk: `reeve prune --json`. */
struct report_left {
	const char *repo;
	struct ticket_id ticket; /* 0: of none that is known */
	enum phase phase;        /* UNBORN: likewise */
	const char
	    *kind;  /* "worktree", "branch", "ref"; "rest": of a worktree that is being removed */
	char *name; /* path, or ref */
	struct oid commit;        /* may be unset */
	int64_t bytes;            /* on the disk; -1: not known */
	bool is_partial;          /* and more: it was not counted to the end */
	int64_t changes, commits; /* not committed, not in the target; -1: not known */
	int64_t since_wall_ms;    /* the ticket is what it is; 0 */
	bool is_landed;           /* proved: `reeve prune --landed` removes it */
	char *why;                /* it is, or is not */
};
/* [ {"repo","ticket","phase","kind","name","commit","bytes","bytes_partial","changes","commits","since","landed",
 * "why"}, ... ], one a line. */
void report_left(const struct report_left *v, size_t n, struct buf *ret);

/* [ {"invariant","ticket","path","text","next"}, ... ], one finding a line: `reeve fsck --json`. */
struct report_finding {
	const char *invariant;
	uint32_t ticket;  /* 0: null */
	const char *path; /* NULL: null */
	const char *text, *next;
};
void report_findings(const struct report_finding *v, size_t n, struct buf *ret);

#endif
