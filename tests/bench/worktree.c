/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worktree.c: how long the worktree of a ticket takes, beside `git worktree add`.  Linked with effect.
 *
 *	worktree make DIR N		N files of 0.1 to 20 kB, forty to a directory
 *	worktree time REPO DIR N	N pairs, in turns who is first.  Prints the medians, in ms: our wall
 *					and CPU time, those of git; and of the ratios of a pair: wall,
 *					CPU, wall with the sync that ours ends with after git's, too
 *
 * Ours runs as in reeved: in a forked child of a process that has set up libgit2.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "effect/git_worktree.h"

#define PAIRS_MAX 1000

struct cost {
	double wall, cpu, synced; /* ms */
};

noreturn_ static void
worktree_die(const char *what)
{
	(void)fprintf(stderr, "worktree: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned
worktree_random(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 8) % below;
}

static void
worktree_make(const char *dir, unsigned n)
{
	static const unsigned kb[] = { 1, 2, 3, 4, 5, 8, 12, 20 };
	unsigned seed = 1;

	for (unsigned i = 0; i < n; i++) {
		char path[PATH_MAX], line[64];
		size_t left = 100 + worktree_random(&seed, 1000) * kb[worktree_random(&seed, 8)];
		FILE *f;

		(void)snprintf(path, sizeof path, "%s/s%u", dir, i / 2000);
		(void)mkdir(path, 0777);
		(void)snprintf(path, sizeof path, "%s/s%u/d%u", dir, i / 2000, i / 40);
		(void)mkdir(path, 0777);
		(void)snprintf(path, sizeof path, "%s/s%u/d%u/f%u.c", dir, i / 2000, i / 40, i);
		f = fopen(path, "we");
		if (!f)
			worktree_die(path);
		while (left > 0) {
			int k = snprintf(line, sizeof line, "static int x%u = %u;\n",
			    worktree_random(&seed, 100000), worktree_random(&seed, 1000000));

			(void)fputs(line, f);
			left -= (size_t)k < left ? (size_t)k : left;
		}
		if (fclose(f) != 0)
			worktree_die(path);
	}
}

static double
worktree_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
worktree_ours(const char *repo, const char *path, const char *branch, struct oid base)
{
	struct git_result r = GIT_RESULT_INIT;

	git_worktree_prepare(repo, path, branch, base, &r);
	if (r.answer != GIT_ANSWER_OK)
		(void)fprintf(stderr, "worktree: %s\n", r.text.p);
	_exit(r.answer == GIT_ANSWER_OK ? 0 : 1);
}

static struct cost
worktree_run(bool ours, const char *repo, const char *dir, unsigned i, struct oid base)
{
	char path[PATH_MAX], branch[64];
	double start = worktree_now();
	struct rusage use;
	struct cost cost;
	int status;
	pid_t pid;

	(void)snprintf(branch, sizeof branch, "%s-%u", ours ? "ours" : "git", i);
	(void)snprintf(path, sizeof path, "%s/%s", dir, branch);
	pid = fork();
	if (pid == 0 && ours)
		worktree_ours(repo, path, branch, base);
	if (pid == 0) {
		execlp("git", "git", "-C", repo, "worktree", "add", "-q", "-b", branch, path,
		    base.hex, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status != 0)
		worktree_die(path);
	cost.wall = worktree_now() - start;
	sync(); /* also: what one left is not for the other to write */
	cost.synced = worktree_now() - start;
	cost.cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
		   (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
	return cost;
}

static int
worktree_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
worktree_median(double *v, unsigned n)
{
	qsort(v, n, sizeof v[0], worktree_order);
	return v[n / 2];
}

static void
worktree_time(const char *repo, const char *dir, unsigned n)
{
	static double v[7][PAIRS_MAX];
	struct git_result r = GIT_RESULT_INIT;

	if (git_setup(NULL) < 0 || n == 0 || n > PAIRS_MAX)
		worktree_die("setting up");
	git_repo_preflight(repo, "main", "", &r);
	if (r.answer != GIT_ANSWER_OK)
		worktree_die(r.text.p);
	for (unsigned i = 0; i < n; i++) {
		struct cost c[2];

		for (unsigned k = 0; k < 2; k++) {
			unsigned who = (i + k) % 2;

			c[who] = worktree_run(who == 0, repo, dir, i, r.a);
		}
		v[0][i] = c[0].wall;
		v[1][i] = c[0].cpu;
		v[2][i] = c[1].wall;
		v[3][i] = c[1].cpu;
		v[4][i] = c[0].wall / c[1].wall;
		v[5][i] = c[0].cpu / c[1].cpu;
		v[6][i] = c[0].wall / c[1].synced;
	}
	for (size_t k = 0; k < ARRAY_LEN(v); k++)
		(void)printf(k < 4 ? "%.0f " : "%.2f ", worktree_median(v[k], n));
	(void)printf("\n");
	git_result_release(&r);
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0)
		worktree_make(argv[2], (unsigned)atoi(argv[3]));
	else if (argc == 5 && strcmp(argv[1], "time") == 0)
		worktree_time(argv[2], argv[3], (unsigned)atoi(argv[4]));
	else
		return 2;
	return 0;
}
