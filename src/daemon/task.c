/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/task.h"

#include <unistd.h>

#include "daemon/stop.h"
#include "daemon/task_gate.h"
#include "daemon/task_hook.h"
#include "effect/git_bring.h"
#include "effect/git_merge.h"
#include "effect/git_prune.h"
#include "effect/git_stat.h"
#include "effect/git_worktree.h"
#include "effect/teardown.h"

#define TASK_MS       120000
#define TASK_LARGE_MS 900000 /* checks out, or writes, a whole tree */
#define TASK_STOP_MS  60000

int64_t
task_timeout_ms(const struct work *w)
{
	switch (w->kind) {
	case WORK_PREPARE:
	case WORK_LAND:
	case WORK_CLEAN:
	case WORK_SALVAGE:
		return TASK_LARGE_MS;
	case WORK_HOOK:
		return TASK_HOOK_MS + TASK_MS;
	case WORK_STOP:
		return w->grace_ms + TASK_STOP_MS;
	case WORK_GATE:
		return task_gate_ms(w) + 2 * TASK_LARGE_MS;
	case WORK_PREFLIGHT:
	case WORK_SPAWN:
	case WORK_ARTIFACT:
	case WORK_COMPUTE:
	case WORK_PROVE:
		break;
	}
	return TASK_MS;
}

enum work_answer
task_answer(enum git_answer a)
{
	switch (a) {
	case GIT_ANSWER_OK:
		return WORK_OK;
	case GIT_ANSWER_BAD:
		return WORK_BAD;
	case GIT_ANSWER_CONFLICT:
		return WORK_CONFLICT;
	case GIT_ANSWER_CONTAINED:
		return WORK_CONTAINED;
	case GIT_ANSWER_MOVED:
		return WORK_MOVED;
	case GIT_ANSWER_HELD:
		return WORK_HELD;
	case GIT_ANSWER_OWN:
		return WORK_OWN;
	case GIT_ANSWER_ENVIRONMENT:
		break;
	}
	return WORK_ENVIRONMENT;
}

static void
task_stop(const struct work *w, struct git_result *r)
{
	if (w->kind == WORK_STOP)
		stop_politely(w);
	r->answer = stop_all(w, &r->text) ? GIT_ANSWER_OK : GIT_ANSWER_ENVIRONMENT;
}

/* A reviewer's worktree goes with its episode: what a build or a try left in it is in the salvage commit.  It stays
 * when something of it could not be put there. */
static void
task_leave(const struct work *w, const struct git_result *salvaged)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;

	if (salvaged->text.len == 0)
		git_worktree_discard(w->repo, w->worktree, salvaged->b, &r);
	else
		git_worktree_remove(w->repo, w->worktree, "", salvaged->b, &r);
}

/* Nothing of the episode may live when its worktree is looked at for the last time. */
static void
task_salvage(const struct work *w, struct git_result *r)
{
	bool is_over = w->may_kill ? stop_all(w, &r->text) : stop_is_over(w, &r->text);

	r->answer = is_over ? GIT_ANSWER_OK : GIT_ANSWER_ENVIRONMENT;
	r->flag = !is_over; /* it must not be closed */
	if (is_over)
		git_worktree_salvage(w->repo, w->worktree, w->base, w->ep, r);
	if (r->answer == GIT_ANSWER_OK && w->is_review)
		task_leave(w, r);
}

/* What was made for a reviewer that never began was left by nobody, and goes with the next one or at the end.
 * author: the path of the author's worktree. */
static void
task_leave_earlier(const struct work *w, struct str author, uint32_t last, struct oid head)
{
	for (uint32_t n = 1; n <= last; n++) {
		_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%.*s" WORK_REVIEW "%u", STR_FMT(author), n);
		if (access(path.p, F_OK) == 0)
			git_worktree_remove(w->repo, path.p, "", head, &r);
	}
}

static void
task_preflight(const struct work *w, struct git_result *r)
{
	git_repo_preflight(w->repo, w->target, w->branch, r);
	if (r->answer == GIT_ANSWER_OK && oid_is_set(w->from) && !oid_is_set(r->b))
		git_repo_preflight_from(w->repo, r->a, w->from, r);
	if (r->answer == GIT_ANSWER_OK && oid_is_set(w->commit))
		git_stat_read(w->repo, w->target, w->base, w->commit, r);
}

static void
task_prepare(const struct work *w, struct git_result *r)
{
	_cleanup_(buf_release) struct buf tail = BUF_INIT;
	struct str author = str_of(w->worktree);

	buf_addf(&tail, WORK_REVIEW "%u", w->ep.n);
	if (w->is_review && author.len > tail.len) {
		author.len -= tail.len;
		task_leave_earlier(w, author, w->ep.n - 1, w->base);
	}
	git_worktree_prepare(w->repo, w->worktree, w->branch, w->base, r);
	if (r->answer == GIT_ANSWER_OK)
		buf_clear(&r->text); /* the answer to a preparation is what was brought */
	if (r->answer == GIT_ANSWER_OK && w->rules)
		git_bring(w->repo, w->worktree, &w->rules->copy, &w->rules->link, r);
}

/* What a gate left that was ended by force; a failure is told by the next gate, or stays. */
static void
task_leave_gate(const struct work *w)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	buf_addf(&path, "%s" WORK_GATE_PLACE, w->worktree);
	if (access(path.p, F_OK) == 0)
		git_worktree_drop(w->repo, path.p, &r);
}

/* A squash and a rebase do not hold the branch, which is in what passed then; and they are its landing. */
static void
task_clean(const struct work *w, struct git_result *r)
{
	const struct git_prune_order order = { .what = w->prune,
		.worktree = w->worktree,
		.review = WORK_REVIEW,
		.gate = WORK_GATE_PLACE,
		.branch = w->branch,
		.target = w->target,
		.merge = w->merge,
		.passed = w->commit,
		.ep = w->ep,
		.rev = w->pin };

	if (w->is_rest) {
		git_prune_rest(w->repo, &order, r);
		return;
	}
	task_leave_gate(w);
	git_prune(w->repo, &order, r);
}

static void
task_artifact(const struct work *w, struct git_result *r)
{
	const struct git_claim claim = { .branch = w->branch,
		.target = w->target,
		.base_id = w->base,
		.commit = w->commit,
		.ep = w->ep,
		.rev = w->pin,
		.never = { w->rules ? &w->rules->copy : NULL, w->rules ? &w->rules->link : NULL } };

	git_artifact_pin(w->repo, &claim, r);
}

void
task_merge(const struct work *w, struct git_result *r)
{
	const struct git_landing how = {
		.target = w->target,
		.passed = w->commit,
		.way = w->landing,
		.message = w->message,
		.trailers = w->trailers,
		.when_ms = w->when_ms,
	};

	git_merge_compute(w->repo, &how, r);
}

static void
task_compute(const struct work *w, struct git_result *r)
{
	task_merge(w, r);
	if (r->answer == GIT_ANSWER_OK)
		git_merge_check(w->repo, w->target, r->a, r->b, w->commit, r);
}

void
task_run(void *work, int out_fd)
{
	const struct work *w = work;
	const struct teardown teardown = { .command = w->rules ? w->rules->teardown : NULL,
		.state = w->state,
		.ticket = w->ep.ticket,
		.port = w->port,
		.tag = w->tag,
		.is_reviewer = w->kind != WORK_CLEAN };
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;

	teardown_set(&teardown);
	switch (w->kind) {
	case WORK_PREFLIGHT:
		task_preflight(w, &r);
		break;
	case WORK_PREPARE:
		task_prepare(w, &r);
		break;
	case WORK_ARTIFACT:
		task_artifact(w, &r);
		break;
	case WORK_STOP:
		task_stop(w, &r);
		break;
	case WORK_SALVAGE:
		task_salvage(w, &r);
		break;
	case WORK_COMPUTE:
		task_compute(w, &r);
		break;
	case WORK_GATE:
		task_gate(w, &r);
		break;
	case WORK_PROVE:
		git_merge_prove(w->repo, w->target, w->from, w->merge, w->commit, &r);
		break;
	case WORK_LAND:
		git_merge_land(w->repo, w->target, w->from, w->merge, w->commit, &r);
		break;
	case WORK_HOOK:
		task_hook(w, &r);
		break;
	case WORK_CLEAN:
		task_clean(w, &r);
		break;
	case WORK_SPAWN:
		BUG("a window is no task");
	}
	(void)git_result_write(out_fd, &r); /* no answer is an answer, too: job_finish() tells */
}
