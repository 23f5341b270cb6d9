/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim: runs many traces in a few processes; says what was reached; on a failure prints the seed, and a
 * shorter trace with the same end.
 *
 *	sim [--traces N] [--seed S] [--jobs J] [--failures N] [--brief] [--first]
 *	sim --seed S --trace
 */
#include "base/base.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "sim.h"

#define SIM_JOBS_MAX 16
#define COVER_TRACES 200000            /* of so many all has to be reached */
#define MEMORY_MAX   ((rlim_t)1 << 30) /* of a job; it needs some 50 MB */
#define EXIT_FOUND   3
#define EXIT_DIED    255 /* by a signal: an assertion of the code under test */

static bool is_mute; /* a try of the shrinker */

noreturn_ void
sim_fail(const char *fmt, ...)
{
	unsigned hash = 0;
	va_list ap;

	if (!is_mute) {
		printf("FAILED seed %llu step %u of %u: ", (unsigned long long)sim.seed, sim.step,
		    sim.steps);
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		putchar('\n');
		fflush(stdout);
	}
	for (const char *c = fmt; *c != '\0'; c++)
		hash = hash * 31 + (unsigned char)*c;
	_exit((int)(EXIT_FOUND + hash % 200)); /* which one: the shrinker keeps to it */
}

/* --- shrinking --- */

static bool
still_fails(uint64_t seed, const uint8_t *skip, int was)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		BUG("fork");
	if (pid == 0) {
		is_mute = true;
		(void)!freopen("/dev/null", "w", stderr);
		sim_trace(seed, skip, false);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_DIED) == was;
}

static void
shrink(uint64_t seed, int status)
{
	static uint8_t skip[SIM_STEPS + 1];
	unsigned left = 0;
	pid_t pid;

	for (unsigned size = 128; size > 0; size /= 2)
		for (unsigned at = 1; at < SIM_STEPS; at += size) {
			uint8_t was[SIM_STEPS + 1];

			memcpy(was, skip, sizeof was);
			memset(skip + at, 1, at + size > SIM_STEPS ? SIM_STEPS - at : size);
			if (memcmp(was, skip, sizeof was) != 0 && !still_fails(seed, skip, status))
				memcpy(skip, was, sizeof was);
		}
	for (unsigned i = 1; i < SIM_STEPS; i++)
		left += !skip[i];
	printf("--- seed %llu, a shorter trace: %u steps\n", (unsigned long long)seed, left);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		sim_trace(seed, skip, true);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/* --- running --- */

/* A trace that takes no end ends for want of memory, and its seed is told: not somebody else on this machine. */
static void
bound_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) /* which reserves more than there is */
	const struct rlimit most = { MEMORY_MAX, MEMORY_MAX };

	(void)setrlimit(RLIMIT_DATA, &most);
#endif
}

struct options {
	uint64_t seed, traces;
	unsigned jobs, failures;
	bool trace, is_brief;
	bool is_first; /* the first failure ends it, and its seed is enough */
};

struct job {
	struct sim_cover cover;
	uint64_t seed; /* that it is at */
	pid_t pid;
	bool is_running, is_ended; /* by end_jobs() */
};

static void
start_job(struct job *job, uint64_t first, const struct options *o)
{
	pid_t pid;

	fflush(stdout);
	job->is_running = true;
	pid = fork(); /* the memory is shared: a child must not write its own 0 there */
	if (pid < 0)
		BUG("fork");
	if (pid > 0) {
		job->pid = pid;
		return;
	}
	cover = &job->cover;
	bound_memory();
	for (uint64_t seed = first; seed < o->seed + o->traces; seed += o->jobs) {
		job->seed = seed;
		sim_trace(seed, NULL, false);
	}
	_exit(0);
}

/* The others need not go on. */
static void
end_jobs(struct job *all, unsigned jobs)
{
	for (unsigned j = 0; j < jobs; j++)
		if (all[j].is_running) {
			all[j].is_ended = true;
			(void)kill(all[j].pid, SIGKILL); /* ours, and not waited for yet */
		}
}

/* By the kernel, or by hand: the trace has done nothing wrong, and is not to be made shorter. */
static bool
is_ended_from_outside(int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return sig == SIGKILL || sig == SIGTERM || sig == SIGINT || sig == SIGHUP;
}

static void
job_failed(struct job *job, int status, const struct options *o)
{
	bool is_killed = is_ended_from_outside(status);

	printf("seed %llu %s; again: sim --seed %llu --trace\n", (unsigned long long)job->seed,
	    is_killed ? "was killed (no memory?), and what would have come after it was not run"
		      : "failed",
	    (unsigned long long)job->seed);
	cover = &job->cover;
	if (!o->is_first && !is_killed)
		shrink(job->seed, WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_DIED);
}

/* How many traces failed. */
static unsigned
run_jobs(struct job *all, const struct options *o)
{
	unsigned failed = 0;

	for (unsigned j = 0; j < o->jobs; j++)
		start_job(&all[j], o->seed + j, o);
	for (unsigned running = o->jobs; running > 0; running--) {
		int status;
		pid_t pid = wait(&status);
		struct job *job = all;

		while (job < all + o->jobs - 1 && job->pid != pid)
			job++;
		job->is_running = false;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		if (job->is_ended)
			continue;
		if (failed++ == 0)
			job_failed(job, status, o);
		if (failed < o->failures) {
			start_job(job, job->seed + o->jobs, o);
			running++;
		} else if (o->is_first) {
			end_jobs(all, o->jobs);
		}
	}
	return failed;
}

static int
run_all(const struct options *o)
{
	struct job *all = mmap(NULL, sizeof(struct job) * SIM_JOBS_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static struct sim_cover sum;
	struct timespec begin, end;
	unsigned failed;
	double seconds;

	if (all == MAP_FAILED)
		BUG("no memory");
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	failed = run_jobs(all, o);
	for (unsigned j = 0; j < o->jobs; j++)
		cover_add(&sum, &all[j].cover);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	if (failed == 0 && o->traces >= COVER_TRACES)
		failed += cover_missing(&sum);
	if (!o->is_brief)
		cover_print(&sum);
	cover_print_sum(&sum);
	printf("%.0f s, %.0f traces/s, %.0f steps/s; seeds %llu to %llu: %s\n", seconds,
	    (double)sum.n[COVER_TRACE] / seconds, (double)sum.n[COVER_STEP] / seconds,
	    (unsigned long long)o->seed, (unsigned long long)(o->seed + o->traces - 1),
	    failed ? "FAILED" : "no violation");
	return failed > 0;
}

static uint64_t
number(const char *s)
{
	uint64_t n;

	if (s == NULL || !str_u64(str_of(s), &n)) {
		fprintf(stderr, "sim: %s is no number\n", s != NULL ? s : "nothing");
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .traces = 1000, .jobs = 2, .failures = 1 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seed") == 0)
			o.seed = number(argv[++i]);
		else if (strcmp(argv[i], "--traces") == 0)
			o.traces = number(argv[++i]);
		else if (strcmp(argv[i], "--jobs") == 0)
			o.jobs = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--failures") == 0)
			o.failures = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--trace") == 0)
			o.trace = true;
		else if (strcmp(argv[i], "--brief") == 0)
			o.is_brief = true;
		else if (strcmp(argv[i], "--first") == 0)
			o.is_first = true;
		else
			number(NULL);
	}
	if (o.jobs < 1 || o.jobs > SIM_JOBS_MAX)
		o.jobs = 1;
	if (o.trace) {
		static struct sim_cover one;

		cover = &one;
		sim_trace(o.seed, NULL, true);
		printf("seed %llu: no violation\n", (unsigned long long)o.seed);
		return 0;
	}
	return run_all(&o);
}
