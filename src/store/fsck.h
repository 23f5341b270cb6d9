/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck.h: are the invariants of the state directory true?  Read-only.
 *
 *	fsck_files()		what the files show by themselves
 *	fsck_processes()	what only locks and /proc show, too
 *	fsck_quick()		the part that a supervisor can afford at its start, and
 *	fsck_note_write()	its result, for `reeve status` (the one thing here that writes)
 *
 * Each finding names its invariant (I1 ...), what it is about, what is wrong, and what to do next.
 *
 * From files: I1 I2 I3 I4 I6 I7 I9 I10 I11 I12 I13 I14 I15 (without git) I16 I17 (without git) I18 I19.
 * From processes: I5 I7 (slots) I8 I21.  With git: I15 I17 I16 (refs), and of blockers: I20, both in cli/cli_fsck.h.
 *
 * I14 is judged by the time of control/kill, with a minute of slack; I16 for episodes whose directory is
 * there (else: pruned), and tail.txt may be missing there; I21 by the times of files, with a minute of slack.
 *
 * live: a supervisor may run; what its one turn in flight can explain (a signal applied and not yet
 * filed away, an episode opened and not yet armed, temporary files) is no finding.
 */
#ifndef STORE_FSCK_H
#define STORE_FSCK_H

#include "base/vec.h"
#include "codec/config_text.h"
#include "core/ticket.h"
#include "store/root.h"

struct fsck_finding {
	const char *invariant; /* "I16"; static */
	uint32_t ticket;       /* 0: of no ticket in particular */
	char *path;            /* below the state directory; NULL: of no file in particular */
	char *text;            /* one line, clean */
	const char *next;      /* what to do; static */
};
struct fsck_list {
	struct fsck_finding *v;
	size_t n, cap;
};
void fsck_list_release(struct fsck_list *l);
void fsck_list_cut(struct fsck_list *l, size_t n); /* forgets what was added after the n-th */

/* Appends a finding; its text is cleaned.  invariant must be one of "I1" to "I21", as a literal. */
struct fsck_finding *fsck_add(struct fsck_list *l, const char *invariant, uint32_t ticket,
    const char *path, const char *fmt, ...) printf_like(5, 6);

/* 0: it could be checked, and *ret tells what was found; or an error. */
int fsck_files(struct root *r, bool live, struct fsck_list *ret, struct err *err);

/* The same, one sentence a finding: "I3 spool/refused/x.json: ...". */
int fsck_run(struct root *r, bool live, struct strvec *ret, struct err *err);

/* What runs, against the tickets.  config may be NULL: slots are not counted then.  ERR_IO: /proc cannot be
 * read.  Each finding was seen twice, with the ticket unchanged between. */
int
fsck_processes(struct root *r, const struct config *config, struct fsck_list *ret, struct err *err);

/* Living processes that have the tag of an episode of this store, whatever became of its ticket.  One walk over
 * /proc; the caller frees v. */
struct fsck_tagged {
	struct {
		pid_t pid;
		uint64_t start;
		struct episode_id ep;
	} * v;
	size_t n, cap;
};
int fsck_tagged_scan(const struct root *r, struct fsck_tagged *ret, struct err *err);

/*
 * For the writer, right after it has read (and so replayed) its tickets: I6 I7 I12 I13 I15 I18 I19 of their
 * headers and of the files of open episodes, I3 of spool/refused.  Reads no ticket file and no history:
 * a few system calls for each ticket that is live, none for one that is over.
 */
void
fsck_quick(struct root *r, const struct record *const *records, size_t n, struct fsck_list *ret);

/* What the last check at a start found: fsck.json of the state directory. */
struct fsck_note {
	int64_t at_wall_ms;
	uint64_t tickets;    /* that were checked */
	uint64_t findings;   /* all of them */
	struct strvec texts; /* "I6 ticket 3: ..."; of the first FSCK_NOTE_TEXTS */
};
#define FSCK_NOTE_TEXTS 20
int fsck_note_write(struct root *r, const struct fsck_list *found, size_t tickets,
    int64_t now_wall_ms, struct err *err);
/* ERR_NOTFOUND: no supervisor has checked it yet. */
int fsck_note_read(struct root *r, struct fsck_note *ret, struct err *err);
void fsck_note_release(struct fsck_note *n);

#endif
