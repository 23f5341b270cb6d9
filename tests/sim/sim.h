/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h: one trace of the simulator: a store, a supervisor, launchers, workers, git, a person, and faults,
 * in one thread, all of it decided by a seed.
 *
 *	sim_main.c	many seeds in a few processes, replay, shrinking
 *	sim_cover.c	what has to be reached
 *	sim_run.c	one trace: its size, its steps (sim_step.c), the way to rest
 *	sim_sup.c	the supervisor's life
 *	sim_machine.c	power, boots, clocks, reeve init
 *	sim_fault.c	what goes wrong before a step
 *	sim_world.c	what the engine asks of the world; git as facts
 *	sim_proc.c	launchers and workers: sim_launcher.c sim_agent.c
 *	sim_person.c	commands, the kill switch
 *	sim_prune.c	what is left of tickets that are over
 *	sim_inbox.c	messages, and those who read them
 *	sim_hand.c	plain files in the spool, the configuration, spoiled tickets
 *	sim_check.c	what has to be true, whatever happened: sim_walk.c a ticket's history, sim_blocker.c,
 *			sim_breaker.c what tickets share, sim_landing.c whose turn it is to land
 *	sim_io.c	the file system: sim_io_name.c sim_fs.c sim_fs_fd.c
 *	sim_twin.c	clocks, random bytes and log in place of the real ones
 *	sim_memo.c	answers of pure functions, remembered; sim_memo_dump.c what was written
 *	sim_alloc.c sim_format.c	malloc and snprintf, for one thread that is in a hurry
 *
 * Each step has its own random numbers, from the seed and its number: a step can be left out, and the
 * others still mean the same.  That is what the shrinker does.  A step that would change nothing (nobody lives who
 * could do something, no work is out, the supervisor has seen all) is another one instead.  How long traces are says
 * sim_run.c.
 */
#ifndef SIM_H
#define SIM_H

#include "codec/ticket_text.h"
#include "core/lifecycle.h"
#include "engine/engine.h"
#include "run/claim.h"
#include "sim_io.h"

#define SIM_STATE   "/sim/state"
#define SIM_TICKETS 16
#define SIM_STEPS   260

/* --- of the whole run: sometimes-assertions --- */

enum cover { /* what has to happen sometimes */
	COVER_TRACE,
	COVER_STEP,
	COVER_KILL,
	COVER_END,
	COVER_CUT,
	COVER_EIO,
	COVER_ENOSPC,
	COVER_EMFILE,
	COVER_SHORT,
	COVER_REBOOT,
	COVER_JUMP,
	COVER_JUMP_BACK,
	COVER_SECOND,
	COVER_OBSERVER,
	COVER_TWO_LAUNCHERS,
	COVER_NO_LAUNCHER,
	COVER_LATE_LAUNCHER,
	COVER_LAUNCHER_DIES,
	COVER_LEFT_OVER,
	COVER_EXEC_FAILS,
	COVER_SETUP_FAILS,
	COVER_TORN_WRITER,
	COVER_TWICE,
	COVER_OLD_NONCE,
	COVER_WRONG_NONCE,
	COVER_WRONG_TICKET,
	COVER_STALE_EXPECT,
	COVER_LOST_ANSWER,
	COVER_LATE_EFFECT,
	COVER_ROLLBACK,
	COVER_STOPPED,
	COVER_INIT,
	COVER_CONFIG,
	COVER_DAMAGE,
	COVER_MENDED,
	COVER_ASIDE,
	COVER_CANCEL,
	COVER_KNOWN,
	COVER_MESSAGE,
	COVER_MESSAGE_READ,
	COVER_TOLD,
	COVER_UNSENT,
	COVER_FLOOD,
	COVER_ANSWERED,
	COVER_COUNT,
};
#define SIM_PLACES 192
struct sim_place { /* a step before which somebody was ended */
	uint64_t kills, cuts;
};
struct sim_cover {
	uint64_t n[COVER_COUNT];
	uint64_t rows[100];
	uint64_t refusals[REFUSAL_COUNT];
	uint64_t blockers;
	struct sim_place places[SIM_PLACES];
	char nameless[100]; /* one that stands for no step of a protocol */
};
extern struct sim_cover *cover;
extern const char *const cover_names[COVER_COUNT];

/* --- one trace --- */

enum proc_kind { PROC_LAUNCHER = 1, PROC_AGENT, PROC_LEFT_OVER };
struct proc {
	enum proc_kind kind;
	bool is_alive, is_inside; /* of its own step */
	unsigned number;
	struct episode_id ep;
	struct sim_io io;
	struct nonce nonce;
	bool has_escaped; /* a daemon: it holds no lock, and has the nonce */
	/* launcher */
	int stage; /* 0: not begun; 1: claimed; 2: agent runs; 3: it could not claim */
	struct claim claim;
	struct proc *agent;
	/* agent */
	struct proc *launcher;
	bool has_reported, has_asked;
	char last_id[80]; /* of its last report, and its bytes */
	struct buf last_bytes;
};

struct ghost_signal { /* what was really said */
	char id[80];
	uint32_t hash; /* of the id */
	enum event_kind kind;
	uint32_t ticket;
	struct episode_id author; /* of a report; n == 0: a command */
	bool is_right;            /* its nonce is that of its author's episode, as is its ticket */
	bool is_good;             /* commit and text can be taken */
	bool is_acked;            /* somebody was told that it is durable */
	bool is_late;             /* by a daemon that the episode left behind */
	bool is_seen, is_shell, is_gone; /* discarded by the person */
	struct oid commit;               /* that it names; may be unset */
	uint64_t expect;                 /* the revision that a command is meant for; 0: any */
	bool is_said; /* the log says that it is refused, since its ticket is at said_rev */
	uint64_t said_rev, said_faults;
	unsigned said_life;
	unsigned applied;
	const struct fs_node *place; /* where it was found last, and place->removed then */
	uint64_t removed;
};

struct ghost_walk {  /* through a history, up to its end */
	uint32_t ep; /* the current episode */
	bool is_open, is_claimed, is_review;
	bool is_void;       /* it was parked, changed, stopped: what it says counts no more */
	uint64_t asked_rev; /* of its last question */
	unsigned terminal;  /* reports of its end */
	bool has_verdict;   /* somebody let the pinned commit pass, and it counts still */
	bool is_cancelled;
	enum review review; /* the policy */
	struct oid pinned;
	struct oid reviewed; /* by the current reviewer */
	bool is_gated;       /* what is pinned passed the gates, merged */
	struct oid
	    known; /* tree that fails them as the target does, while a person may let it pass */
	struct oid merge; /* of the intent */
	uint64_t
	    prune_rev; /* that asked for what is left of it to go, and it was not told that it went */
	int64_t last_wall_ms; /* of the last line */
};

struct ghost_ticket {
	uint64_t version; /* of the file that was looked at last */
	struct ghost_walk walk;
	uint64_t rev;           /* last one seen */
	uint64_t committed_rev; /* it can never go back behind this */
	uint32_t commits, titles;
	bool was_done;
	uint64_t pruned_rev; /* what it asked for was carried out in the world */
	bool was_claimed[64], was_run[64], was_closed[64];
	enum phase phase;
	bool is_urged; /* a person said `retry' */
	bool
	    is_own; /* the world says so, in the answer that is being taken: its worktree or branch */
	bool has_own_gate; /* could not be run, and then that of another ticket could */
	enum blame blame;  /* of its last failure, while that may count */
	uint32_t running;  /* the episode whose launcher has executed its agent, and said so */
	uint32_t ran;      /* whose launcher may have said so: the file is there, perhaps */
	uint32_t proved;   /* the one that a whole turn of this life has seen run, */
	unsigned proved_life;
	uint32_t
	    inherited; /* that was claimed before this life: it says nothing of what others fail for */
	uint64_t turn_rev; /* before the turn: its revision, */
	/* and whether it waited for what failed, had an episode, its agent ran, it was worked on */
	bool turn_fails, turn_open, turn_runs, turn_works;
	int64_t delay_boot_ms; /* its landing waits, for a reason of that life that no file tells */
	unsigned delay_life;
	bool owes_hook;
	unsigned hooks;           /* how often its hook was run since it is done */
	char title[60];           /* when its episode began */
	struct record rec;        /* as it was looked at last */
	struct buf damage, whole; /* what a hand made of the file, and what it was before */
};

struct pending {
	enum work_kind kind;
	struct episode_id ep;
	struct oid commit, from, merge;
	int64_t when_ms;
	unsigned life; /* of the supervisor that asked */
	bool is_done;  /* the effect is there */
	bool is_cancelled;
	char worktree[120];
	enum prune prune;
	uint64_t pin;
	bool is_rest;
	struct work_result result;
	char text[80];
};

struct swarm { /* which faults this trace has, in 1 / 100000 of a call or as a weight of a step */
	unsigned kill, cut, eio, enospc, emfile, shorten, meanwhile;
	unsigned launcher_kill, launcher_cut, stop, environment, gate_lost, slow_answers, shut,
	    lazy_world;
	unsigned w_person, w_kill, w_reboot, w_jump, w_late, w_wild, w_observer, w_hand;
};

struct sim {
	struct world world; /* first */
	uint64_t seed, rng;
	unsigned step, steps, depth;
	/* So much more may happen in the middle of this step.  What somebody says there makes it longer: without an
	   end to that, one trace in some 10^5 took as long as all the others. */
	unsigned meanwhiles;
	bool is_quiet; /* faults are over */
	bool is_fresh; /* and a supervisor started since */
	bool trace;
	struct swarm swarm;
	struct fs fs;
	int64_t wall_ms, boot_ms;
	unsigned boot;
	char boot_id[40];
	bool is_full;               /* the disk */
	bool is_shut;               /* no inbox of a name can be written */
	bool is_blind;              /* no lock can be probed */
	bool has_hook;              /* in the configuration */
	unsigned remind_s;          /* in the configuration */
	unsigned slots, most_slots; /* in the configuration, and at any time */
	unsigned questions;
	bool has_started;  /* an episode, since the last look */
	unsigned switches; /* how often the kill switch was turned off */
	bool has_cut;      /* the power went, and the stack is being unwound */
	bool was_killed; /* kill was there before this call of the engine, and all the time since */
	unsigned owners, serial;

	struct sim_io sup;
	struct root root;
	struct engine *engine; /* NULL: no supervisor */
	struct engine_rest rest;
	bool is_observer, is_inside; /* of the engine */
	unsigned life;

	struct sim_io person, checker;
	struct root eyes; /* of the checker */
	struct {
		struct pending *v;
		size_t n, cap;
	} works;
	struct {
		struct proc **v;
		size_t n, cap;
	} procs;
	struct {
		struct ghost_signal *v;
		size_t n, cap;
	} signals;
	struct strvec printed; /* names of messages that somebody has read */
	unsigned torn_fd[4];
	struct ghost_ticket tickets[SIM_TICKETS + 1];
	uint32_t ticket_count;
	uint64_t seen_tickets, seen_spool; /* versions at the last look */
	uint64_t turn_version; /* of the whole store after the last turn; 0: there is news */
	struct oid tip;
	struct {
		struct oid *v;
		size_t n, cap;
	} contained, gated, gated_of,
	    known; /* commits; trees that passed, what was merged in them, trees that fail as the target does */
	unsigned gates; /* 0: none, 1: before a landing, 2: before a review, too */
	bool lets_known;
	unsigned merges, said, creates, most_creates;
	bool has_jumped;   /* the clock on the wall */
	bool has_stopped;  /* the supervisor, for a while */
	bool has_damaged;  /* a hand, a ticket */
	bool has_misread;  /* the disk: a ticket may be set aside for that */
	bool has_computed; /* the answer that is being taken says that a merge can be made */
	uint64_t faults;   /* that the supervisor met */
	uint64_t turn_faults;
	struct sim_streak {
		unsigned failures;
		uint32_t last; /* ticket */
	} streaks[BLAME_COUNT];
	int call_rc;
	const uint8_t *skip; /* steps that are left out */
};
extern struct sim sim;

unsigned sim_random(unsigned below); /* 0 <= . < below; 0 for 0 */
bool sim_chance(unsigned of_100000);
int64_t sim_wall_ms(void);
void sim_say(const char *fmt, ...) printf_like(1, 2);
noreturn_ void sim_fail(const char *fmt, ...) printf_like(1, 2);

/* sim_cover.c */
void sim_cover_step(enum sim_op op, const struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to, bool is_cut);
void sim_cover_work(enum work_kind kind, bool is_done, bool is_cut);
unsigned cover_missing(const struct sim_cover *c); /* says what; how many */
void cover_add(struct sim_cover *to, const struct sim_cover *c);
void cover_print(const struct sim_cover *c);
void cover_print_sum(const struct sim_cover *c);

/* One trace; comes back when all is well. */
void sim_trace(uint64_t seed, const uint8_t *skip, bool trace);
void sim_step(void);      /* sim_step.c */
void sim_fail_hook(void); /* sim_main.c */

/* sim_run.c */
unsigned sim_owner(void);
struct root sim_root(struct sim_io *io);
bool sim_is_killed(void);

/* sim_fault.c: struct sim_io's fault() of each kind of process */
typedef int fault_fn(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to);
fault_fn fault_supervisor, fault_worker, fault_person, fault_init;
void sim_meanwhile(void); /* something else happens in the middle of it */

/* sim_sup.c */
void sup_start(bool is_observer);
void sup_gone(const char *how);
void sup_turn(void);
void sup_answer(void);
void sup_second(void); /* another one tries */

/* sim_machine.c */
void machine_init(void);
void machine_set_boot(void);
void machine_power_cut(void);
void machine_pass_time(void);
void machine_jump_wall(void);
void eyes_open(void);

/* sim_world.c */
void world_init(void);
void world_effect(struct pending *p);
void world_answer(size_t i);
void world_forget(void); /* the supervisor is gone */
void world_move_target(void);
bool world_has_gated(struct oid tree, struct oid passed);
void world_let_pass(struct oid tree, struct oid passed); /* a person did */
bool world_gate_runs(uint32_t ticket);
struct oid world_commit(char kind, uint32_t a, uint32_t b, uint32_t c);

/* sim_proc.c sim_launcher.c sim_agent.c */
struct proc *proc_new(enum proc_kind kind, struct episode_id ep);
void launcher_step(struct proc *p);
void agent_step(struct proc *a);
enum event_kind agent_end(const struct proc *a);
void agent_say(struct proc *a, enum event_kind kind);
void proc_launch(struct episode_id ep);
void proc_step(struct proc *p);
void proc_end(struct proc *p);
void proc_stop(struct episode_id ep); /* what WORK_STOP does */
void proc_end_all(void);
void proc_last_word(void);
void proc_finish(struct proc *p); /* on the way to rest: does what ends soonest */
bool proc_any(void);
void proc_release(void);
bool proc_holds(uint32_t ticket);      /* something of the ticket lives */
bool proc_has_worker(uint32_t ticket); /* the same, but a launcher that could not claim: it goes */
bool proc_works(struct episode_id ep); /* its launcher lives */
struct ghost_signal *sim_publish(struct sim_io *io, struct signal *s, const struct nonce *nonce,
    struct episode_id author, bool is_right, struct proc *p);

/* sim_person.c */
void person_step(void);
void person_leave(void); /* on the way to rest; some tickets are given up */
void person_calm(void);  /* the kill switch is off */

/* sim_prune.c */
void prune_try(const struct work *work);
void prune_effect(struct pending *p);
void prune_entry(struct ghost_ticket *t, uint32_t id, const struct history_entry *h, bool is_new);
void prune_check_end(void);

/* sim_inbox.c */
const char *inbox_choose(void); /* whom a new ticket tells; NULL: nobody */
void inbox_step(void);          /* somebody reads */
void inbox_check_ticket(uint32_t id, const struct record *rec, bool is_end);
void inbox_check_all(void);
void inbox_check_end(void);

/* sim_hand.c */
void hand_wild(void); /* files that nobody should write */
void hand_step(void); /* configuration, ticket files */
void hand_calm(void); /* all is mended, nobody writes */
void hand_write_config(unsigned slots, bool has_agent);
bool hand_has_damaged(const struct ghost_ticket *t, const struct fs_node *file);

/* sim_check.c */
void check_step(void);
void check_engine(bool is_committed); /* after each call of the engine */
void check_after_cut(void);
void check_blockers(bool is_rest);
void check_end(void);
struct ghost_signal *check_signal(const char *id);
void check_name_signal(struct ghost_signal *g, const char *fmt, ...) printf_like(2, 3);
void check_log(const char *line); /* of the supervisor */
void check_said(uint32_t ticket, uint64_t rev);

/* sim_memo.c sim_memo_dump.c */
uint64_t memo_hash(uint64_t seed, const void *bytes, size_t n);
void memo_read(uint32_t ticket, const struct fs_node *file, struct record *ret);

/* sim_breaker.c */
void breaker_entry(uint32_t ticket, const struct history_entry *h);
void breaker_change(const struct ticket *was, const struct ticket *now);
void breaker_fields(const struct ticket *t);
void breaker_forget(void);
void breaker_begin(void); /* a life of the supervisor */
void breaker_before_turn(void);
void breaker_after_turn(bool is_whole);
void breaker_try(const struct work *work);

/* sim_landing.c */
void landing_try(const struct work *work);
void landing_delay(uint32_t id);
void landing_entry(uint32_t id, const struct history_entry *h);
void landing_change(const struct ticket *was, const struct ticket *now);
void landing_end(void);

#endif
