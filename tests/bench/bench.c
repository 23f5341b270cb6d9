/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.c: the clock of `make bench`.  Each mode prints "p50 p99 n" in microseconds.
 *
 *	bench pair DIR N		the floor: write, fsync, rename, fsync of the directory
 *	bench spool NEW DONE FMT N	a file (printf FMT, its number) is renamed into NEW; until a file of
 *					that name is in DONE
 *	bench tickets DIR FILE FROM TO	copies of the ticket FILE, number 1, with the numbers FROM to TO
 *	bench read DIR FROM TO		the floor of reading tickets: open, fstat, read, close of each
 *	bench touch DIR FILE COMMAND... N times one line of stdin is read: runs COMMAND LINE, until FILE is
 *					renamed into DIR (which is what a commit looks like)
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BENCH_MAX     100000
#define BENCH_WAIT_MS 20000

static double samples[BENCH_MAX];
static size_t sample_count;

static double
bench_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

noreturn_ static void
bench_die(const char *what)
{
	(void)fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
bench_report(void)
{
	if (sample_count == 0)
		bench_die("no sample");
	qsort(samples, sample_count, sizeof samples[0], bench_order);
	(void)printf("%.0f %.0f %zu\n", samples[sample_count / 2],
	    samples[(size_t)((double)(sample_count - 1) * 0.99)], sample_count);
}

static void
bench_write(const char *path, const char *text, bool sync)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = strlen(text);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || (sync && fsync(fd) < 0))
		bench_die(path);
	(void)close(fd);
}

static void
bench_pair(const char *dir, size_t n)
{
	char from[PATH_MAX], to[PATH_MAX], text[401];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)snprintf(from, sizeof from, "%s/.tmp", dir);
	(void)snprintf(to, sizeof to, "%s/file", dir);
	for (size_t i = 0; i < n; i++) {
		double start = bench_now();

		bench_write(from, text, true);
		if (rename(from, to) < 0 || fsync(fd) < 0)
			bench_die(to);
		samples[sample_count++] = bench_now() - start;
	}
}

/* Until an entry of this name appears in the watched directory. */
static void
bench_wait(int in, const char *name)
{
	char buf[16384] __attribute__((aligned(8)));

	for (;;) {
		struct pollfd pfd = { .fd = in, .events = POLLIN };
		ssize_t len;

		if (poll(&pfd, 1, BENCH_WAIT_MS) <= 0)
			bench_die(name);
		len = read(in, buf, sizeof buf);
		for (char *p = buf; p < buf + len;) {
			struct inotify_event *e = (struct inotify_event *)(void *)p;

			if (e->len > 0 && strcmp(e->name, name) == 0)
				return;
			p += sizeof *e + e->len;
		}
	}
}

static int
bench_watch(const char *dir)
{
	int in = inotify_init1(IN_CLOEXEC);

	if (in < 0 || inotify_add_watch(in, dir, IN_CREATE | IN_MOVED_TO) < 0)
		bench_die(dir);
	return in;
}

static void
bench_spool(const char *new, const char *done, const char *text, size_t n)
{
	int in = bench_watch(done);

	for (size_t i = 0; i < n; i++) {
		char name[64], from[PATH_MAX], to[PATH_MAX];
		double start;

		(void)snprintf(name, sizeof name, "bench-%d-%zu.json", (int)getpid(), i);
		(void)snprintf(from, sizeof from, "%s/../tmp/%s", new, name);
		(void)snprintf(to, sizeof to, "%s/%s", new, name);
		bench_write(from, text, true);
		start = bench_now();
		if (rename(from, to) < 0)
			bench_die(to);
		bench_wait(in, name);
		samples[sample_count++] = bench_now() - start;
	}
}

static void
bench_ticket(const char *dir, const char *text, unsigned id)
{
	static const char mark[] = "\nId: 1\n";
	const char *at = strstr(text, mark);
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%u", dir, id);
	if (!at || mkdir(path, 0700) < 0)
		bench_die(path);
	(void)snprintf(path, sizeof path, "%s/%u/ticket", dir, id);
	f = fopen(path, "we");
	if (!f)
		bench_die(path);
	(void)fprintf(f, "%.*s\nId: %u\n%s", (int)(at - text), text, id, at + strlen(mark));
	if (fclose(f) != 0)
		bench_die(path);
}

static void
bench_tickets(const char *dir, const char *file, unsigned from, unsigned to)
{
	char text[8192];
	FILE *f = fopen(file, "re");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (n == 0 || fclose(f) != 0)
		bench_die(file);
	text[n] = '\0';
	(void)umask(077);
	for (unsigned id = from; id <= to; id++)
		bench_ticket(dir, text, id);
}

static void
bench_read(const char *dir, unsigned from, unsigned to)
{
	int tickets = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static char text[65536];

	for (unsigned id = from; id <= to; id++) {
		char name[40];
		struct stat st;
		ssize_t n;
		int fd;

		(void)snprintf(name, sizeof name, "%u/ticket", id);
		fd = openat(tickets, name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0 || (n = read(fd, text, sizeof text - 1)) < 0)
			bench_die(name);
		text[n] = '\0';
		if (!strstr(text, "\nPhase: "))
			bench_die(name);
		(void)close(fd);
	}
}

/* One line of stdin, one run: COMMAND LINE; the clock starts when it has ended. */
static void
bench_touch(const char *dir, const char *name, const char *command)
{
	char line[256];

	while (fgets(line, sizeof line, stdin)) {
		int in = bench_watch(dir);
		double start;
		pid_t pid;

		line[strcspn(line, "\n")] = '\0';
		start = bench_now();
		if (strcmp(command, "kill") == 0) {
			if (kill((pid_t)atoi(line), SIGKILL) < 0)
				bench_die(line);
		} else {
			pid = fork();
			if (pid == 0) {
				execlp(command, command, line, (char *)NULL);
				_exit(127);
			}
			(void)waitpid(pid, NULL, 0);
		}
		bench_wait(in, name);
		samples[sample_count++] = bench_now() - start;
		(void)close(in);
	}
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "pair") == 0)
		bench_pair(argv[2], (size_t)atoi(argv[3]));
	else if (argc == 6 && strcmp(argv[1], "spool") == 0)
		bench_spool(argv[2], argv[3], argv[4], (size_t)atoi(argv[5]));
	else if (argc == 6 && strcmp(argv[1], "tickets") == 0) {
		bench_tickets(argv[2], argv[3], (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
		return 0;
	} else if (argc == 5 && strcmp(argv[1], "read") == 0) {
		bench_read(argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
		return 0;
	} else if (argc == 5 && strcmp(argv[1], "touch") == 0)
		bench_touch(argv[2], argv[3], argv[4]);
	else
		return 2;
	bench_report();
	return 0;
}
