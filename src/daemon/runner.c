/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/runner.h"

#include "daemon/task.h"
#include "effect/job.h"
#include "store/gates.h"
#include "sys/clock.h"

#define RUNNER_MAX      4         /* that use the disk and the processors */
#define RUNNER_STOP_MAX 64        /* that wait for processes to end */
#define RUNNER_GATE_MAX GATES_MAX /* long, and not to be in the way of the others */

struct run {
	struct run *next;
	struct runner *owner;
	struct job job;
	enum work_kind kind;
	struct episode_id ep;
	struct event *event;
};

struct runner {
	struct event_base *base;
	runner_answer_fn *on_answer;
	void *self;
	struct run *runs;
};

static void
run_free(struct run *r)
{
	if (r->event)
		event_free(r->event);
	job_release(&r->job);
	free(r);
}

static void
run_unlink(struct run *r)
{
	struct run **p = &r->owner->runs;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
}

/* Its pipe is closed, or its time is over. */
static void
run_answer(struct run *r)
{
	struct git_result got = GIT_RESULT_INIT;
	struct work_result answer = { .answer = WORK_ENVIRONMENT };
	struct err err = ERR_INIT;
	int status, rc;

	event_free(r->event); /* before its descriptor is closed, and the number used again */
	r->event = NULL;
	rc = job_finish(&r->job, &status, &err);
	run_unlink(r);
	if (r->job.was_killed)
		(void)err_set(&err, ERR_EXTERNAL, "took too long and was ended");
	if (rc == 0 && git_result_parse(buf_str(&r->job.out), &got)) {
		answer = (struct work_result){ task_answer(got.answer), got.a, got.b, got.flag,
			buf_str(&got.text), got.c };
	} else {
		if (err.text[0] == '\0')
			(void)err_set(&err, ERR_EXTERNAL, "the helper gave no answer");
		(void)err_prefix(&err, "%s", work_name(r->kind));
		answer.text = str_of(err.text);
	}
	r->owner->on_answer(r->owner->self, r->kind, r->ep, &answer);
	git_result_release(&got);
	run_free(r);
}

/* For output, until its deadline. */
static void
run_wait(struct run *r)
{
	int64_t left = r->job.due_boot_ms - clock_boot_ms();
	struct timeval tv = { 0, 0 };

	if (left > 0)
		tv = (struct timeval){ left / 1000, (left % 1000) * 1000 };
	(void)event_add(r->event, &tv);
}

static void
run_on_event(evutil_socket_t fd, short what, void *self)
{
	struct run *r = self;

	(void)fd;
	if ((what & EV_TIMEOUT) || job_is_due(&r->job)) {
		job_kill(&r->job);
		run_answer(r);
	} else if (job_on_readable(&r->job)) {
		run_answer(r);
	} else {
		run_wait(r);
	}
}

/* How many of this class there may be at once; which tells the classes apart, too. */
static unsigned
runner_class(enum work_kind kind)
{
	return kind == WORK_STOP   ? RUNNER_STOP_MAX
	       : kind == WORK_GATE ? RUNNER_GATE_MAX
				   : RUNNER_MAX;
}

int
runner_start(struct runner *r, const struct work *w, struct err *err)
{
	int64_t ms = task_timeout_ms(w);
	struct work copy = *w; /* the child gets its own memory with the fork */
	unsigned same = 0;
	struct run *run;

	for (run = r->runs; run; run = run->next)
		same += runner_class(run->kind) == runner_class(w->kind);
	if (same >= runner_class(w->kind))
		return err_set(err, ERR_LIMIT, "%u helpers are at work", same);
	run = xcalloc(1, sizeof *run);
	run->job = (struct job)JOB_INIT;
	run->owner = r;
	run->kind = w->kind;
	run->ep = w->ep;
	if (job_start(task_run, &copy, ms, &run->job, err) < 0) {
		run_free(run);
		return ERR_EXTERNAL; /* told, and tried again later */
	}
	run->event = event_new(r->base, run->job.fd, EV_READ, run_on_event, run);
	run_wait(run);
	run->next = r->runs;
	r->runs = run;
	return 0;
}

void
runner_cancel(struct runner *r, enum work_kind kind, struct ticket_id id)
{
	for (struct run *run = r->runs; run; run = run->next)
		if (run->kind == kind && run->ep.ticket.n == id.n)
			job_end(&run->job);
}

struct runner *
runner_open(struct event_base *base, runner_answer_fn *on_answer, void *self)
{
	struct runner *r = xcalloc(1, sizeof *r);

	r->base = base;
	r->on_answer = on_answer;
	r->self = self;
	return r;
}

void
runner_close(struct runner *r)
{
	while (r->runs) {
		struct run *run = r->runs;

		r->runs = run->next;
		if (run->kind == WORK_GATE) { /* it ends what it started, and that takes a while */
			event_free(run->event);
			run->event = NULL;
			job_leave(&run->job);
		}
		run_free(run);
	}
	free(r);
}
