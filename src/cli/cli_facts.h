/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_facts.h: what is true now: the tickets, and the facts from which their blockers follow.
 *
 *	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
 *	status = cli_facts_load(c, &f);		every ticket, or
 *	status = cli_facts_load_one(c, "12", &f);	one, and of the others what its blocker needs
 *	cli_facts_blocker(&f, record, &blocker);	probes the locks of its episode, then asks core/blocker.h
 *
 * Nothing is kept from one run to the next, and no supervisor is asked: files, locks and clocks only.
 *
 * A ticket that cannot be read is set aside in `bad`, and is no reason to fail.  So is a configuration that
 * cannot be read: that is said on stderr, and limits of slots are not known then.
 */
#ifndef CLI_CLI_FACTS_H
#define CLI_CLI_FACTS_H

#include "cli/cli_state.h"
#include "core/blocker.h"

struct facts_bad {
	struct ticket_id id;
	char *why;
};

struct facts_slots {
	const char *name; /* of a repository or an agent; of a record */
	uint32_t used;
};
struct facts_slots_of {
	struct facts_slots *v;
	size_t n, cap;
};

/* What failed in the environment, and how often (core/breaker.h). */
struct facts_breaker {
	enum blame blame;
	const char *name; /* of the repository or agent; "" for the machine */
	struct breaker breaker;
};

struct cli_facts {
	struct cli *cli;
	bool is_brief; /* cli_facts_load_brief() */
	struct {
		struct record *v; /* by id, ascending */
		size_t n, cap;
	} records;
	struct {
		struct facts_bad *v;
		size_t n, cap;
	} bad;
	struct {
		const struct record **v; /* that failed for what other tickets may need, too */
		size_t n, cap;
	} failing;
	struct {
		const struct record **v; /* whose gate runs, by the lock that it holds */
		size_t n, cap;
	} gating;
	struct facts_slots_of repos, agents;
	uint32_t slots_used; /* open episodes, except those that wait for an answer */
	int64_t wall_ms, boot_ms;
	enum probe owner;           /* of LOCK */
	struct buf owner_note;      /* what the last owner wrote, cleaned */
	bool is_killed, is_stopped; /* control/stop is a kill switch, too */
	int kill_errno;             /* why the kill switch cannot be read; 0 */
};
#define CLI_FACTS_INIT                                                                             \
	{                                                                                          \
		.owner_note = BUF_INIT                                                             \
	}
void cli_facts_release(struct cli_facts *f);

/* The exit code; what failed was printed. */
int cli_facts_load(struct cli *c, struct cli_facts *ret);

/* As many, judged in the same way, but without what a listing does not show: the description, and the history of
 * those that ask no question. */
int cli_facts_load_brief(struct cli *c, struct cli_facts *ret);
int cli_facts_load_one(
    struct cli *c, const char *arg, struct cli_facts *ret, const struct record **ret_record);

const struct record *
cli_facts_find(const struct cli_facts *f, struct ticket_id id); /* NULL: none */
bool cli_facts_has_owner(const struct cli_facts *f); /* true also when that cannot be told */

/* Is its next step one that the supervisor decides by what other tickets do? */
bool cli_facts_is_scheduled(const struct ticket *t);

/* Borrowed from the configuration.  NULL: its repository has none, or its gate is not its next step. */
const struct config_gate *cli_facts_gate(const struct cli_facts *f, const struct record *r);

/* cli_facts_blocker.c.  *ret is BLOCKER_INIT, or used before. */
void cli_facts_blocker(const struct cli_facts *f, const struct record *r, struct blocker *ret);

/* There, too: the breakers that are open now; the caller frees them.  All records must be loaded. */
struct facts_breaker *cli_facts_breakers(const struct cli_facts *f, size_t *ret_n);

/* The worktree's path; it need not be there. */
void cli_facts_worktree(const struct cli_facts *f, const struct record *r, struct buf *ret);

#endif
