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
#define EXIT_FOUND   3
#define EXIT_DIED    255 /* by a signal: an assertion of the code under test */

struct sim_cover *cover;
const char *const cover_names[COVER_COUNT] = { "traces", "steps", "kill between turns", "power cut",
	"EIO", "ENOSPC", "EMFILE", "short write", "reboot", "clock jump", "second supervisor",
	"observer", "two launchers", "no launcher", "late launcher", "launcher dies", "left-over",
	"exec fails", "torn writer", "said twice", "old nonce", "wrong nonce", "wrong ticket",
	"stale revision", "answer lost", "effect after the end of who asked",
	"revision rolled back" };

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

void
sim_cover_step(enum sim_op op, const struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to, bool is_cut)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct sim_place *p = cover->places;

	sim_step_name(op, dir, name, to_dir, to, &b);
	sim_say("  %s before: %s", is_cut ? "power cut" : "killed", b.p);
	for (size_t i = 0; i < SIM_PLACES; i++, p++)
		if (p->name[0] == '\0' || strncmp(p->name, b.p, sizeof p->name - 1) == 0)
			break;
	if (p == cover->places + SIM_PLACES)
		return;
	(void)snprintf(p->name, sizeof p->name, "%s", b.p);
	if (is_cut)
		p->cuts++, cover->n[COVER_CUT]++;
	else
		p->kills++;
}

/* --- what has to be reached --- */

static const unsigned rows_wanted[] = { 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 22, 23, 24,
	30, 31, 33, 34, 35, 36, 41, 47, 50, 51, 52, 53, 70, 71, 80, 90, 91, 92 };

/* The steps of P1 to P5 that the supervisor and the launchers make. */
static const char *const places_wanted[] = {
	/* P2 e */
	"link spool/new/X spool/done/X",
	"fsync spool/done",
	"unlink spool/new/X",
	"create spool/refused/tmp-X.why",
	"rename spool/refused/tmp-X.why spool/refused/X.why",
	"link spool/new/X spool/refused/X",
	"fsync spool/refused",
	/* P3 D3 to D8 */
	"mkdir tickets/N/episodes/N",
	"fsync tickets/N/episodes",
	"rename tickets/N/episodes/N/tmp-spec.json tickets/N/episodes/N/spec.json",
	"create tickets/N/episodes/N/lock",
	"create tickets/N/episodes/N/tmp-token",
	"write tickets/N/episodes/N/tmp-token",
	"fsync tickets/N/episodes/N/tmp-token",
	"rename tickets/N/episodes/N/tmp-token tickets/N/episodes/N/token",
	"fsync tickets/N/episodes/N",
	"rename tickets/N/episodes/N/token tickets/N/episodes/N/revoked",
	"create tickets/N/episodes/N/revoked",
	/* P3 L4 to L8 */
	"rename tickets/N/episodes/N/token tickets/N/episodes/N/claimed",
	"truncate tickets/N/episodes/N/claimed",
	"fsync tickets/N/episodes/N/claimed",
	"create tickets/N/episodes/N/started",
	"rename tickets/N/episodes/N/tmp-exit.json tickets/N/episodes/N/exit.json",
	/* P4 */
	"rename tickets/N/episodes/N/tmp-outcome.json tickets/N/episodes/N/outcome.json",
	/* P5 */
	"create tickets/N/tmp-ticket",
	"write tickets/N/tmp-ticket",
	"fsync tickets/N/tmp-ticket",
	"rename tickets/N/tmp-ticket tickets/N/ticket",
	"fsync tickets/N",
	"mkdir tickets/.new",
	"rename tickets/.new tickets/N",
	"fsync tickets",
	"write events.jsonl",
	/* P1, by workers */
	"create spool/tmp/X",
	"write spool/tmp/X",
	"fsync spool/tmp/X",
	"rename spool/tmp/X spool/new/X",
	"fsync spool/new",
};

static const struct sim_place *
place_find(const struct sim_cover *c, const char *name)
{
	for (size_t i = 0; i < SIM_PLACES; i++)
		if (strcmp(c->places[i].name, name) == 0)
			return &c->places[i];
	return NULL;
}

static unsigned
cover_missing(const struct sim_cover *c)
{
	unsigned missing = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows_wanted); i++)
		if (c->rows[rows_wanted[i]] == 0)
			missing++, printf("not reached: row T%02u\n", rows_wanted[i]);
	for (size_t i = 0; i < COVER_COUNT; i++)
		if (c->n[i] == 0)
			missing++, printf("not reached: %s\n", cover_names[i]);
	for (size_t i = 0; i < ARRAY_LEN(places_wanted); i++)
		if (place_find(c, places_wanted[i]) == NULL)
			missing++, printf("not reached: an end before \"%s\"\n", places_wanted[i]);
	return missing;
}

static void
cover_add(struct sim_cover *to, const struct sim_cover *c)
{
	for (size_t i = 0; i < COVER_COUNT; i++)
		to->n[i] += c->n[i];
	for (size_t i = 0; i < ARRAY_LEN(c->rows); i++)
		to->rows[i] += c->rows[i];
	for (size_t i = 0; i < ARRAY_LEN(c->refusals); i++)
		to->refusals[i] += c->refusals[i];
	to->blockers += c->blockers;
	for (size_t i = 0; i < SIM_PLACES && c->places[i].name[0]; i++) {
		struct sim_place *p = to->places;

		while (p < to->places + SIM_PLACES - 1 && p->name[0] != '\0' &&
		       strcmp(p->name, c->places[i].name) != 0)
			p++;
		memcpy(p->name, c->places[i].name, sizeof p->name);
		p->kills += c->places[i].kills;
		p->cuts += c->places[i].cuts;
	}
}

static void
cover_print(const struct sim_cover *c, bool is_brief)
{
	uint64_t kills = c->n[COVER_KILL];
	unsigned places = 0;

	for (size_t i = 0; i < SIM_PLACES && c->places[i].name[0]; i++, places++)
		kills += c->places[i].kills;
	if (!is_brief) {
		for (size_t i = 0; i < COVER_COUNT; i++)
			printf("%-36s %llu\n", cover_names[i], (unsigned long long)c->n[i]);
		printf("rows:");
		for (unsigned i = 0; i < ARRAY_LEN(c->rows); i++)
			if (c->rows[i])
				printf(" T%02u=%llu", i, (unsigned long long)c->rows[i]);
		printf("\nrefusals:");
		for (unsigned i = 1; i < REFUSAL_COUNT; i++)
			if (c->refusals[i])
				printf(" %s=%llu", refusal_name((enum refusal)i),
				    (unsigned long long)c->refusals[i]);
		putchar('\n');
		for (size_t i = 0; i < SIM_PLACES && c->places[i].name[0]; i++)
			printf("%8llu kills %8llu cuts before %s\n",
			    (unsigned long long)c->places[i].kills,
			    (unsigned long long)c->places[i].cuts, c->places[i].name);
	}
	printf("%llu traces, %llu steps, %llu kills, %llu power cuts, at %u different steps; %llu "
	       "blockers compared\n",
	    (unsigned long long)c->n[COVER_TRACE], (unsigned long long)c->n[COVER_STEP],
	    (unsigned long long)kills, (unsigned long long)(c->n[COVER_CUT] + c->n[COVER_REBOOT]),
	    places, (unsigned long long)c->blockers);
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
		int status;
		pid_t pid = fork(); /* counters of the code under test begin anew: a seed is all */

		job->seed = seed;
		if (pid < 0)
			BUG("fork");
		if (pid == 0) {
			sim_trace(seed, NULL, false);
			_exit(0);
		}
		(void)waitpid(pid, &status, 0);
		if (status != 0)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_DIED);
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
	if (failed == 0 && count >= 500)
		failed += cover_missing(&sum);
	cover_print(&sum, is_brief);
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
