/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli.h"

#include "base/clean.h"
#include "sys/proc.h"

const struct command *
command_find(const char *name)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

#define CLI_USAGE_COLUMNS 80
#define NEAR_MAX          20 /* longer words are no typing mistakes of ours */
#define NEAR_LIMIT        2

/* Edit distance with neighbours exchanged as one step; more than NEAR_LIMIT when it is far. */
static size_t
near_distance(const char *a, const char *b)
{
	size_t row[3][NEAR_MAX + 1], n = strlen(a), m = strlen(b);

	if (n > NEAR_MAX || m > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *before = row[(i + 2) % 3], *older = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);

			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    older[j - 2] + 1 < best)
				best = older[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

/* 0: it begins so; then by distance. */
static size_t
near_rank(const char *name, const char *typed)
{
	size_t distance = near_distance(typed, name), length = strlen(typed);

	if (length > 0 && strncmp(name, typed, length) == 0)
		return 0;
	/* in a short word everything is two steps away from something */
	return distance <= (length > 4 ? NEAR_LIMIT : length > 2) ? distance : NEAR_MAX;
}

void
command_near(const char *name, struct strvec *ret)
{
	const struct command *c;
	size_t found = 0;

	for (size_t rank = 0; rank <= NEAR_LIMIT; rank++)
		for (size_t i = 0; (c = command_at(i)) != NULL && found < 3; i++)
			if (near_rank(c->name, name) == rank) {
				strvec_push(ret, c->name);
				found++;
			}
}

int
cli_exit_code(int code)
{
	if (code == 0)
		return EXIT_OK;
	switch ((enum err_code)code) {
	case ERR_NOTFOUND:
	case ERR_INVALID:
	case ERR_CONFLICT:
		return EXIT_REFUSED;
	case ERR_BUSY:
	case ERR_LIMIT:
		return EXIT_AGAIN;
	case ERR_IO:
	case ERR_EXTERNAL:
		break;
	}
	return EXIT_IO;
}

int
cli_fail(const struct err *err)
{
	cli_say("%s", err->text);
	return cli_exit_code(err->code);
}

static void cli_write(FILE *to, const char *prefix, const char *fmt, va_list ap) printf_like(3, 0);

static void
cli_write(FILE *to, const char *prefix, const char *fmt, va_list ap)
{
	_cleanup_(buf_release) struct buf raw = BUF_INIT, clean = BUF_INIT;

	buf_addv(&raw, fmt, ap);
	clean_add(&clean, buf_str(&raw), false);
	(void)fprintf(to, "%s%s\n", prefix, clean.p); /* main() checks stdout at the end */
}

void
cli_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cli_write(stderr, "reeve: ", fmt, ap);
	va_end(ap);
}

void
cli_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cli_write(stdout, "", fmt, ap);
	va_end(ap);
}

/* The next word of a usage; all of "[-m TEXT | -F FILE]" when a line of so many columns can hold it. */
static struct str
cli_usage_word(struct str *rest, size_t max)
{
	size_t len = 0, depth = 0, blank = 0;
	struct str word;

	while (len < rest->len && (rest->p[len] != ' ' || depth > 0)) {
		depth += rest->p[len] == '[';
		depth -= rest->p[len] == ']' && depth > 0;
		if (rest->p[len] == ' ' && blank == 0)
			blank = len;
		len++;
	}
	if (len > max && blank > 0)
		len = blank;
	word = str_n(rest->p, len);
	len += len < rest->len;
	*rest = str_n(rest->p + len, rest->len - len);
	return word;
}

void
cli_add_usage(const struct command *command, struct buf *ret)
{
	struct str rest = str_of(command->usage);
	size_t begin = ret->len, indent;

	buf_adds(ret, "usage: reeve ");
	buf_add_str(ret, cli_usage_word(&rest, CLI_USAGE_COLUMNS));
	indent = ret->len + 1 - begin;
	while (rest.len > 0) {
		struct str word = cli_usage_word(&rest, CLI_USAGE_COLUMNS - indent);

		if (ret->len - begin + 1 + word.len > CLI_USAGE_COLUMNS) {
			buf_addf(ret, "\n%*s", (int)indent - 1, "");
			begin = ret->len - (indent - 1);
		}
		buf_addch(ret, ' ');
		buf_add_str(ret, word);
	}
	buf_addch(ret, '\n');
}

int
cli_usage(const char *command, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, usage = BUF_INIT;
	const struct command *row = command_find(command);
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	cli_say("%s: %s", command, b.p);
	if (row != NULL) {
		cli_add_usage(row, &usage);
		(void)fprintf(stderr, "%sSee `reeve help %s`.\n", usage.p, row->name);
	}
	return EXIT_USAGE;
}

bool
cli_has_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0');
}

bool
cli_is_worker(void)
{
	const char *episode = getenv("REEVE_EPISODE");
	_cleanup_(buf_release) struct buf above = BUF_INIT;

	if (episode != NULL && episode[0] != '\0')
		return true;
	/* its tools may have been given another environment; the launcher above them has its own */
	return proc_ancestor_env("reeve-run", "REEVE_EPISODE", &above, NULL) == 0 && above.len > 0;
}

int
cli_refuse_worker(const char *what)
{
	const char *episode = getenv("REEVE_EPISODE");

	cli_say("%s: refused inside a worker (REEVE_EPISODE is %s): this is the operator's. A "
		"worker can report with done, review, question and note; a reviewer with pass and "
		"fail; and everybody can look (ls, show, status, log, diff)",
	    what, episode != NULL ? episode : "not set, but its launcher is above us");
	return EXIT_REFUSED;
}
