/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of an episode's life: start, claim, end.  T01 to T05, T07, T15 to T17, T22, T30, T31, T40, T45,
 * T70, T71, T83. */
#include "base/base.h"

#include "core/lifecycle_rows.h"

#define DEATH_BACKOFF_MS 2000 /* a moment for a person to see it; twice as much with each death */
#define START_BACKOFF_MS 5000
#define ENV_BACKOFF_MS   10000
#define BACKOFF_MAX_MS   600000

void
row_cause(struct step *s)
{
	(void)snprintf(s->next->cause, sizeof s->next->cause, "%s", s->e->reason); /* cut is fine */
}

/* first * 2^(n-1), capped */
static int64_t
row_growing(int64_t first, uint32_t n)
{
	int64_t ms = first;

	for (uint32_t i = 1; i < n && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

void
row_backoff(struct ticket *t, const struct event *e, int64_t ms)
{
	t->backoff_boot_ms = ms > 0 ? e->boot_ms + ms : 0;
	t->backoff_boot = ms > 0 ? e->boot : (struct boot_id){ "" };
}

void
row_stop_episode(struct ticket *t)
{
	if (t->episode.state == EPISODE_OPEN || t->episode.state == EPISODE_RUN)
		t->episode.state = EPISODE_STOP;
}

/* Where a ticket stands when its worker is gone without having said anything. */
enum phase
row_phase_without(const struct ticket *t)
{
	if (t->phase == PHASE_STARTING || t->phase == PHASE_WORKING)
		return PHASE_READY;
	if (t->phase == PHASE_REV_STARTING || t->phase == PHASE_REVIEWING)
		return PHASE_DELIVERED;
	return t->phase;
}

/* READY: an author.  DELIVERED: a reviewer of what is pinned, when agents review. */
void
row_start(struct step *s)
{
	struct ticket *t = s->next;
	struct episode *ep = &t->episode;
	bool is_review = t->phase == PHASE_DELIVERED;

	if (ticket_is_open(t) || t->want != WANT_RUN || !digest_is_set(&s->e->fresh) ||
	    (is_review && (t->review != REVIEW_AGENT || !oid_is_set(t->pinned)))) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	*ep = (struct episode){ .n = ep->n + 1,
		.state = EPISODE_OPEN,
		.role = is_review ? ROLE_REVIEWER : ROLE_AUTHOR,
		.generation = t->generation,
		.nonce = s->e->fresh,
		.base = s->e->base,
		.review = is_review ? t->pinned : (struct oid){ "" },
		.boot = s->e->boot };
	if (!is_review)
		t->pinned_by = 0;
	t->phase = is_review ? PHASE_REV_STARTING : PHASE_STARTING;
	t->question_rev = 0;
	row_backoff(t, s->e, 0);
	row_apply(s, is_review ? 40 : 1);
}

void
row_claimed(struct step *s)
{
	struct ticket *t = s->next;

	if (t->episode.state != EPISODE_OPEN) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->episode.state = EPISODE_RUN;
	t->phase = t->episode.role == ROLE_REVIEWER ? PHASE_REVIEWING : PHASE_WORKING;
	t->cause[0] = '\0';
	row_apply(s, 2);
}

/* A gate that could not be run, and those of others can: see row_mended(). */
static enum blame
row_blame_of(const struct ticket *t, const struct event *e)
{
	if (e->blame == BLAME_GATE && t->blame == BLAME_TICKET)
		return BLAME_TICKET;
	return e->blame ? e->blame : BLAME_MACHINE;
}

/* As row_blame_environment() was. */
static void
row_blame_environment_1(struct step *s)
{
	struct ticket *t = s->next;

	if (t->env_failures < s->e->streak)
		t->env_failures = s->e->streak;
	t->env_failures++;
	t->blame = s->e->blame ? s->e->blame : BLAME_MACHINE;
	row_cause(s);
	row_backoff(t, s->e, row_growing(ENV_BACKOFF_MS, t->env_failures));
}

/* The machine, the repository or the agent's program is at fault: no budget of the ticket is spent.  What is its own
 * does not mend itself: a person is asked soon. */
static void
row_blame_environment(struct step *s)
{
	struct ticket *t = s->next;
	enum blame blame = row_blame_of(t, s->e);

	if (s->rule < 2) {
		row_blame_environment_1(s);
		return;
	}
	if (blame != t->blame)
		t->env_failures = 0;
	if (t->env_failures < s->e->streak && blame != BLAME_TICKET)
		t->env_failures = s->e->streak;
	t->env_failures++;
	t->blame = blame;
	row_cause(s);
	if (blame == BLAME_TICKET && t->env_failures >= TICKET_OWN_FAULTS_MAX &&
	    t->phase != PHASE_MERGING) {
		t->phase = PHASE_ATTENTION;
		row_backoff(t, s->e, 0);
	} else {
		row_backoff(t, s->e, row_growing(ENV_BACKOFF_MS, t->env_failures));
	}
}

static void
row_unblame(struct ticket *t)
{
	t->env_failures = 0;
	t->blame = BLAME_UNSET;
}

/* What was to blame works again, for this ticket or for another.  But that the gate of another one could be run does
 * not say that this one's can: from now on it counts against this ticket, from its first failure on. */
void
row_mended(struct step *s)
{
	struct ticket *t = s->next;
	enum phase at = t->phase == PHASE_PARKED ? t->resume : t->phase;
	bool is_gate = t->blame == BLAME_GATE && s->rule >= 2;

	if (t->env_failures == 0) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	row_unblame(t);
	if (is_gate) {
		t->env_failures = 1;
		t->blame = BLAME_TICKET;
	}
	if (!ticket_is_open(t) && at != PHASE_ATTENTION) { /* else these are of something else */
		row_backoff(t, s->e, 0);
		t->cause[0] = '\0';
	}
	row_apply(s, 83);
}

static void
row_count_start_failure(struct step *s)
{
	struct ticket *t = s->next;

	t->start_failures++;
	row_cause(s);
	if (t->start_failures >= TICKET_STARTS_MAX)
		t->phase = PHASE_ATTENTION;
	else
		row_backoff(t, s->e, row_growing(START_BACKOFF_MS, t->start_failures));
}

static void
row_count_reboot(struct step *s)
{
	struct ticket *t = s->next;

	t->reboots++;
	row_cause(s);
	if (t->reboots >= TICKET_REBOOTS_MAX)
		t->phase = PHASE_ATTENTION;
}

static unsigned
row_count_death(struct step *s)
{
	struct ticket *t = s->next;

	t->deaths++;
	row_unblame(t); /* it was executed */
	row_cause(s);
	if (t->deaths >= TICKET_DEATHS_MAX) {
		t->phase = PHASE_ATTENTION;
		return 16;
	}
	row_backoff(t, s->e, row_growing(DEATH_BACKOFF_MS, t->deaths));
	if (oid_is_set(s->e->commit)) { /* what was done is not done again unasked */
		(void)snprintf(t->cause, sizeof t->cause,
		    "maybe done: commit %s is named by a report that could not be taken",
		    s->e->commit.hex);
		t->phase = PHASE_ATTENTION;
	}
	return 15;
}

/* The author's budget is untouched; a person can judge instead. */
static unsigned
row_count_reviewer_death(struct step *s)
{
	struct ticket *t = s->next;

	t->reviewer_deaths++;
	row_unblame(t);
	row_cause(s);
	if (t->reviewer_deaths >= TICKET_DEATHS_MAX)
		t->phase = PHASE_HUMAN_REVIEW;
	else
		row_backoff(t, s->e, row_growing(DEATH_BACKOFF_MS, t->reviewer_deaths));
	return 45;
}

/* The row of an episode that ended without a report, by how it ended; the phase is already the one
 * without a worker. */
static unsigned
row_ended(struct step *s)
{
	switch (s->e->ending) {
	case ENDING_DIED:
		return s->next->episode.role == ROLE_REVIEWER ? row_count_reviewer_death(s)
							      : row_count_death(s);
	case ENDING_REBOOTED:
		row_count_reboot(s);
		return 17;
	case ENDING_NO_EXEC:
	case ENDING_NO_SETUP:
		row_blame_environment(s);
		return 5;
	case ENDING_NOT_STARTED:
	case ENDING_DEADLINE:
		row_count_start_failure(s);
		return 3;
	case ENDING_ABANDONED:
		return 4;
	case ENDING_PAUSED:
		return 80;
	case ENDING_EXITED:
	case ENDING_UNSET:
	case ENDING_COUNT:
		break;
	}
	return 0;
}

/* Nobody can claim its token any more.  Or, once stopped, nobody did. */
void
row_not_started(struct step *s)
{
	struct ticket *t = s->next;
	bool was_stopped = t->episode.state == EPISODE_STOP;
	unsigned row;

	if ((!was_stopped && t->episode.state != EPISODE_OPEN) || s->e->ending == ENDING_DIED) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->episode.state = EPISODE_NONE;
	t->phase = row_phase_without(t);
	row = was_stopped ? 31 : row_ended(s);
	if (row == 0)
		row_refuse(s, REFUSAL_ILLEGAL);
	else
		row_apply(s, row);
}

/* It could not be tried, or the start could not go on. */
void
row_environment(struct step *s)
{
	struct ticket *t = s->next;

	if (t->episode.state == EPISODE_OPEN) {
		t->episode.state = EPISODE_NONE;
		t->phase = row_phase_without(t);
	} else if (ticket_is_open(t)) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	row_blame_environment(s);
	row_apply(s, 5);
}

/* Nothing of the episode lives and all it said is read. */
void
row_closed(struct step *s)
{
	struct ticket *t = s->next;
	enum episode_state was = t->episode.state;
	unsigned row = 0;

	switch (was) {
	case EPISODE_TERM:
		row = 70;
		break;
	case EPISODE_STOP:
		t->phase = row_phase_without(t);
		row = 31;
		break;
	case EPISODE_RUN:
		if (t->phase == PHASE_ASKING) { /* the question stays, whoever asked it */
			row = 22;
		} else {
			t->phase = row_phase_without(t);
			row = row_ended(s);
		}
		break;
	case EPISODE_NONE:
	case EPISODE_OPEN: /* row_not_started */
	case EPISODE_COUNT:
		break;
	}
	t->episode.state = EPISODE_NONE;
	if (row == 0)
		row_refuse(s, REFUSAL_ILLEGAL);
	else
		row_apply(s, row);
}

/* Its time to finish its turn is over, or control/stop is there. */
void
row_expired(struct step *s)
{
	struct ticket *t = s->next;
	unsigned row = t->episode.state == EPISODE_TERM ? 71 : 30;

	if (!ticket_is_open(t) || t->episode.state == EPISODE_STOP) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->episode.state = EPISODE_STOP;
	row_apply(s, row);
}
