/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sys/clock.h"
#include "sys/file.h"

#define REAP_STEP_MS     5 /* between two looks at what is left, at first */
#define REAP_STEP_MAX_MS 100
#define REAP_GRACE_MAX   ((int64_t)3600 * 1000)

struct reap {
	pid_t agent;
	const char *tag;
	int64_t grace_ms;
	bool has_ended;  /* the agent */
	bool has_nobody; /* no child of any kind */
	bool is_ending;  /* SIGTERM was sent */
	int64_t kill_at; /* valid with is_ending */
	int64_t step_ms;
	struct pids told; /* had their SIGTERM */
	struct pids left; /* seen after the end of the agent */
	struct reaped *ret;
};

static void
reap_signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

int
reap_prepare(struct err *err)
{
	/* What is typed reaches the agent's group only; these are for what is typed before and after.
	 * SIGTTOU: to give the terminal away and take it back.  SIGPIPE: nobody may read our words. */
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE };
	sigset_t set;

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	/* Were it ignored, as some parents leave it, there would be nothing to wait for. */
	(void)signal(SIGCHLD, SIG_DFL);
	reap_signal_set(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(err, errno, "cannot block signals");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return err_sys(err, errno, "cannot become the parent of what the agent orphans");
	return 0;
}

static bool
reap_has(const struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i] == pid)
			return true;
	}
	return false;
}

/* Takes the status of everyone who has ended. */
static void
reap_collect(struct reap *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			/* Ctrl-Z: there is no shell here that could ever resume the agent. */
			if (pid == r->agent && WSTOPSIG(status) == SIGTSTP)
				(void)kill(
				    -pid, SIGCONT); /* not reaped, so the number is its own */
			continue;
		}
		if (pid != r->agent)
			continue;
		r->has_ended = true;
		r->ret->status = status;
	}
	r->has_nobody = pid < 0 && errno == ECHILD;
}

/* All that is still there.  The tagged are asked for only when no child is left. */
static int
reap_find(struct reap *r, struct pids *ret, struct err *err)
{
	if (r->has_nobody)
		return proc_tagged(r->tag, ret, err);
	return proc_descendants(getpid(), ret, err);
}

/* A pid that was found is opened, and signalled when it is found once more: then it is the same process. */
static int
reap_signal(struct reap *r, const struct pids *found, int sig, struct err *err)
{
	struct pids again = { NULL, 0, 0 };
	int *fds = xcalloc(found->n, sizeof *fds), result;

	for (size_t i = 0; i < found->n; i++)
		fds[i] = proc_open(found->v[i], proc_start_time(found->v[i]), NULL);
	result = reap_find(r, &again, err);
	for (size_t i = 0; i < found->n; i++) {
		if (result == 0 && fds[i] >= 0 && reap_has(&again, found->v[i]) &&
		    !proc_is_gone(fds[i])) {
			/* One that may not be signalled (it changed its user) does not save the others;
			 * it is stuck in the end. */
			(void)proc_signal(fds[i], sig, NULL);
			if (sig == SIGTERM) /* one that is stopped cannot act on it */
				(void)proc_signal(fds[i], SIGCONT, NULL);
		}
		close_fd(&fds[i]);
	}
	free(fds);
	pids_release(&again);
	return result;
}

/* SIGTERM to those who did not have it yet; SIGKILL to all when the time is up. */
static int
reap_end(struct reap *r, const struct pids *found, struct err *err)
{
	struct pids fresh = { NULL, 0, 0 };
	int result = 0;

	for (size_t i = 0; i < found->n; i++) {
		if (r->has_ended && !reap_has(&r->left, found->v[i]))
			*VEC_PUSH(&r->left) = found->v[i];
		if (reap_has(&r->told, found->v[i]))
			continue;
		*VEC_PUSH(&r->told) = found->v[i];
		*VEC_PUSH(&fresh) = found->v[i];
	}
	if (clock_boot_ms() >= r->kill_at) {
		if (!r->has_ended)
			(void)kill(-r->agent, SIGKILL); /* the group at once, forks and all */
		result = reap_signal(r, found, SIGKILL, err);
	} else if (fresh.n > 0) {
		result = reap_signal(r, &fresh, SIGTERM, err);
	}
	pids_release(&fresh);
	return result;
}

static void
reap_begin_end(struct reap *r)
{
	if (r->is_ending)
		return;
	r->is_ending = true;
	r->kill_at = clock_boot_ms() + r->grace_ms;
	r->step_ms = REAP_STEP_MS;
}

/* Until a signal comes; while we are ending things, not for long: the end of a grandchild tells nobody. */
static void
reap_pause(struct reap *r)
{
	struct timespec ts = { 0, r->step_ms * 1000000 };
	sigset_t set;
	int sig;

	reap_signal_set(&set);
	sig = r->is_ending ? sigtimedwait(&set, NULL, &ts) : sigwaitinfo(&set, NULL);
	if (r->is_ending && r->step_ms < REAP_STEP_MAX_MS)
		r->step_ms *= 2;
	if (sig != SIGTERM && sig != SIGHUP)
		return;
	if (!r->has_ended)
		r->ret->was_stopped = true;
	reap_begin_end(r);
}

static int
reap_run(struct reap *r, struct err *err)
{
	for (;;) {
		struct pids found = { NULL, 0, 0 };
		int result = 0;

		reap_collect(r);
		if (r->has_ended)
			reap_begin_end(r);
		if (r->is_ending) {
			result = reap_find(r, &found, err);
			if (result == 0 && r->has_nobody && found.n == 0)
				return 0;
			if (result == 0 && clock_boot_ms() >= r->kill_at + REAP_GIVE_UP_MS) {
				r->ret->stuck = found;
				return 0;
			}
			if (result == 0)
				result = reap_end(r, &found, err);
			pids_release(&found);
			/* Without /proc only the agent itself can be ended, when its time has come. */
			if (result < 0 && r->has_ended)
				return result;
			if (result < 0)
				(void)kill(
				    -r->agent, clock_boot_ms() >= r->kill_at ? SIGKILL : SIGTERM);
		}
		reap_pause(r);
	}
}

int
reap_wait(pid_t agent, const char *tag, int64_t grace_ms, struct reaped *ret, struct err *err)
{
	struct reap r = { .agent = agent, .tag = tag, .grace_ms = grace_ms, .ret = ret };
	int result;

	if (r.grace_ms < 0)
		r.grace_ms = 0;
	if (r.grace_ms > REAP_GRACE_MAX)
		r.grace_ms = REAP_GRACE_MAX;
	*ret = (struct reaped){ .status = 0 };
	result = reap_run(&r, err);
	ret->leftovers = (uint32_t)r.left.n;
	pids_release(&r.told);
	pids_release(&r.left);
	return result;
}
