/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim: runs many traces in a few processes; says what was reached; on a failure prints the seed, and a
 * shorter trace with the same end.
 *
 *	sim [--traces N] [--seed S] [--jobs J] [--failures N] [--brief]
 *	sim --seed S --trace
 */
#include "base/base.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "sim.h"

#define SIM_JOBS_MAX 16
#define COVER_TRACES 50000 /* of so many all has to be reached */
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

struct job {
	struct sim_cover cover;
	uint64_t seed; /* that it is at */
	pid_t pid;
};

static void
start_job(struct job *job, uint64_t first, uint64_t end, unsigned step)
{
	fflush(stdout);
	job->pid = fork();
	if (job->pid < 0)
		BUG("fork");
	if (job->pid > 0)
		return;
	cover = &job->cover;
	for (uint64_t seed = first; seed < end; seed += step) {
		job->seed = seed;
		sim_trace(seed, NULL, false);
	}
	_exit(0);
}

static int
run_all(uint64_t first, uint64_t count, unsigned jobs, unsigned failures, bool is_brief)
{
	struct job *all = mmap(NULL, sizeof(struct job) * SIM_JOBS_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static struct sim_cover sum;
	struct timespec begin, end;
	unsigned failed = 0;
	double seconds;

	if (all == MAP_FAILED)
		BUG("no memory");
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	fflush(stdout);
	for (unsigned j = 0; j < jobs; j++)
		start_job(&all[j], first + j, first + count, jobs);
	for (unsigned running = jobs; running > 0;) {
		int status;
		pid_t pid = wait(&status);
		struct job *job = all;

		while (job < all + jobs - 1 && job->pid != pid)
			job++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			running--;
			continue;
		}
		printf("seed %llu failed; again: sim --seed %llu --trace\n",
		    (unsigned long long)job->seed, (unsigned long long)job->seed);
		cover = &job->cover;
		if (failed++ == 0)
			shrink(job->seed, WEXITSTATUS(status));
		if (failed < failures)
			start_job(job, job->seed + jobs, first + count, jobs);
		else
			running--;
	}
	for (unsigned j = 0; j < jobs; j++)
		cover_add(&sum, &all[j].cover);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	if (failed == 0 && count >= COVER_TRACES)
		failed += cover_missing(&sum);
	if (!is_brief)
		cover_print(&sum);
	cover_print_sum(&sum);
	printf("%.0f s, %.0f traces/s, %.0f steps/s; seeds %llu to %llu: %s\n", seconds,
	    (double)sum.n[COVER_TRACE] / seconds, (double)sum.n[COVER_STEP] / seconds,
	    (unsigned long long)first, (unsigned long long)(first + count - 1),
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
	uint64_t seed = 1, traces = 1000;
	bool trace = false, is_brief = false;
	unsigned jobs = 2, failures = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = number(argv[++i]);
		else if (strcmp(argv[i], "--traces") == 0)
			traces = number(argv[++i]);
		else if (strcmp(argv[i], "--jobs") == 0)
			jobs = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--failures") == 0)
			failures = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else if (strcmp(argv[i], "--brief") == 0)
			is_brief = true;
		else
			number(NULL);
	}
	if (jobs < 1 || jobs > SIM_JOBS_MAX)
		jobs = 1;
	if (trace) {
		static struct sim_cover one;

		cover = &one;
		sim_trace(seed, NULL, true);
		printf("seed %llu: no violation\n", (unsigned long long)seed);
		return 0;
	}
	return run_all(seed, traces, jobs, failures, is_brief);
}
