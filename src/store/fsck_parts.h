/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_parts.h: what the parts of fsck share; for nobody else.
 *
 *	fsck_list.c	findings, and what to do about each invariant
 *	fsck.c		the store: I1 I2 (spool) I3 I17 I18, and the order of things
 *	fsck_ticket.c	one ticket file and its history: I2 I4 I9 I10 I11 I13 I14 I18 I20
 *	fsck_field.c	its header: I6 I12 I13 I15
 *	fsck_count.c	what the history counts to: I12
 *	fsck_episode.c	its directory and those of its episodes: I4 I6 I7 I11 I18
 *	fsck_outcome.c	outcome.json: I16
 *	fsck_mode.c	kinds, modes, owners: I19
 *	fsck_inbox.c	messages: I4 I18 I19
 *	fsck_secret.c	no nonce where none belongs: I19
 *	fsck_process.c	what runs: I5 I7 I8
 *	fsck_tagged.c	which processes say that they are of an episode
 *	fsck_rest.c	what is left to be done: I21
 *	fsck_quick.c	the part for a start
 *	fsck_note.c	its result
 */
#ifndef STORE_FSCK_PARTS_H
#define STORE_FSCK_PARTS_H

#include "codec/ticket_text.h"
#include "core/ticket.h"
#include "store/episode.h"
#include "store/fsck.h"
#include "store/root.h"
#include "store/spool.h"

struct fsck_signal { /* one that a history names */
	struct signal_id id;
	struct digest hash;
	struct ticket_id ticket;
	uint64_t rev;
	enum event_kind kind;
	struct oid commit;   /* as the history has it */
	uint32_t episode;    /* a report: of which */
	struct digest nonce; /* and the digest of its nonce */
};
struct fsck_signals {
	struct fsck_signal *v;
	size_t n;
	size_t cap;
};

/* How an episode came to its end, by the history. */
struct fsck_end {
	uint32_t n;
	enum event_kind by; /* CLOSED, NEVER_STARTED, ENV_FAILED */
	unsigned row;
	enum ending ending;
	enum phase phase; /* before it was closed */
	enum episode_state was;
};
struct fsck_ends {
	struct fsck_end *v; /* ascending */
	size_t n;
	size_t cap;
};

struct fsck {
	struct root *r;
	bool live;
	bool has_unread;      /* a ticket could not be read: what its history names is not known */
	int64_t kill_wall_ms; /* since when control/kill is there; INT64_MAX: it is not */
	struct fsck_signals signals;
	struct fsck_list *found;
	struct ticket_id rev_of; /* asked for last by fsck_revision(), */
	uint64_t rev;            /* and what it was */
};

struct fsck_path {
	char s[200];
};
struct fsck_path fsck_path(const char *fmt, ...) printf_like(1, 2);
struct fsck_path
fsck_episode_path(struct episode_id ep, const char *name); /* name: NULL or a file */
struct fsck_path fsck_ticket_path(struct ticket_id id);

void fsck_root(struct fsck *f);
void fsck_reasons(struct fsck *f, const struct refused_list *refused);

void fsck_ticket(struct fsck *f, struct ticket_id id);
void fsck_fields(struct fsck *f, const struct ticket *t);

/* Budgets, counted once more and without the table. */
struct fsck_counts {
	uint32_t deaths, reviewer_deaths, start_failures, reboots, cycles, merge_tries;
};
void fsck_count(struct fsck_counts *c, const struct history_entry *entry);
void fsck_counts(struct fsck *f, const struct fsck_counts *c, const struct ticket *t);

/* last_is_start: the last revision opened the current episode.  ends: NULL when the history cannot be followed. */
void fsck_episodes(
    struct fsck *f, const struct ticket *t, const struct fsck_ends *ends, bool last_is_start);
/* The files of the current one; is_settled: nobody works on it just now. */
void fsck_open_episode(
    struct fsck *f, const struct ticket *t, const struct episode_seen *seen, bool is_settled);

/* end: NULL when it is not known. */
void fsck_outcome(struct fsck *f, struct episode_id ep, const struct fsck_end *end);

/* Mode, owner and kind of the store itself, and of one ticket. */
void fsck_modes(struct fsck *f);
void fsck_root_modes(struct fsck *f);
void fsck_ticket_modes(struct fsck *f, struct ticket_id id);

enum fsck_strict {
	FSCK_PRIVATE = 1 << 0, /* nobody else may read it */
	FSCK_PLAIN = 1 << 1,   /* a plain file or a directory */
	FSCK_KNOWN = 1 << 2,   /* or a link: nothing that only processes use */
};
/* Everything in a directory of the state; `how` is for the entries. */
void fsck_mode_list(struct fsck *f, uint32_t ticket, const char *path, unsigned how);
/* The same of a descriptor, which may be < 0: nothing. */
void fsck_mode_dir(struct fsck *f, uint32_t ticket, int dir, const char *path, unsigned how);

/* Messages of names, and of the workers of a ticket. */
void fsck_inbox_names(struct fsck *f);
void fsck_inbox_workers(struct fsck *f, const struct ticket *t);

/* Has the ticket that revision, now?  Also when that cannot be told, which is said elsewhere. */
bool fsck_has_revision(struct fsck *f, struct ticket_id id, uint64_t rev);

/* The bytes of a plain file; false: it cannot be read. */
bool fsck_bytes(struct fsck *f, int dir, const char *name, size_t max, struct buf *ret);

/* The nonce of the open episode stands in no file of the ticket's episodes but its token. */
void fsck_secrets(struct fsck *f, const struct ticket *t);

/* See fsck_tagged_scan(). */
bool fsck_tagged_is(const struct root *r, pid_t pid, struct episode_id ep); /* now */

/* What is left to be done for a ticket that was replayed.  has_owner: a supervisor should have done it. */
void fsck_rest(struct fsck *f, const struct ticket *t, bool has_owner);

#endif
