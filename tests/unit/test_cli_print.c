/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown: cleaned, aligned, no wider than the terminal. */
#include "base/base.h"
#include "cli/cli_print.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h> /* cmocka.h wants this one first */
#include <sys/wait.h>

#include <cmocka.h>

#define EVIL                                                                                       \
	"a\x1b]0;x\x07 \xe2\x80\xae \xc2\x9b"                                                      \
	"2J \xff\n"

static const struct print_column columns[] = {
	{ .title = "ID", .is_right = true },
	{ .title = "REPO", .max = 6 },
	{ .title = "TITLE", .max = 40, .is_flexible = true },
	{ .title = "WAITS FOR", .is_flexible = true },
};

static void
add_row(struct print_table *t, const char *id, const char *repo, const char *title, const char *why)
{
	print_table_add(t, PRINT_PLAIN, str_of(id));
	print_table_add(t, PRINT_PLAIN, str_of(repo));
	print_table_add(t, PRINT_PLAIN, str_of(title));
	print_table_add(t, PRINT_WARN, str_of(why));
}

static void
check_is_clean(const struct buf *b)
{
	assert_true(str_is_utf8(buf_str(b)));
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->p[i];

		assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
	}
	assert_null(strstr(b->p, "\xe2\x80\xae"));
	assert_null(strstr(b->p, "\xc2\x9b"));
}

static void
test_table_is_aligned(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct print_table t;

	(void)state;
	print_table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "7", "app", "one", "");
	add_row(&t, "12", "a", "seven", "you");
	print_table_show(&p, &t, true);
	assert_string_equal(p.out.p, "ID  REPO  TITLE  WAITS FOR\n"
				     " 7  app   one\n"
				     "12  a     seven  you\n");
	print_table_release(&t);
}

static void
test_empty_table_is_nothing(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct print_table t;

	(void)state;
	print_table_init(&t, columns, ARRAY_LEN(columns));
	print_table_show(&p, &t, true);
	assert_int_equal(p.out.len, 0);
	print_table_release(&t);
}

static void
test_wide_characters_count_twice(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct print_table t;

	(void)state;
	assert_int_equal(print_columns(STR("")), 0);
	assert_int_equal(print_columns(STR("abc")), 3);
	assert_int_equal(print_columns(STR("caf\xc3\xa9")), 4);
	assert_int_equal(print_columns(STR("\xe6\xbc\xa2")), 2);
	assert_int_equal(print_columns(STR("\xe6\xbc\xa2\xe5\xad\x97 x")), 6);
	print_table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "1", "a", "\xe6\xbc\xa2\xe5\xad\x97", "x");
	add_row(&t, "2", "a", "abcd", "y");
	print_table_show(&p, &t, false);
	assert_string_equal(p.out.p, "1  a  \xe6\xbc\xa2\xe5\xad\x97  x\n"
				     "2  a  abcd  y\n");
	print_table_release(&t);
}

/* No line is wider than the terminal; what has to give way is cut visibly; numbers never are. */
static void
test_narrow_terminal(void **state)
{
	char title[501];

	(void)state;
	memset(title, 't', sizeof title - 1);
	title[sizeof title - 1] = '\0';
	for (size_t width = 48; width < 200; width += 13) {
		_cleanup_(print_release) struct print p = PRINT_INIT;
		struct str rest, line;
		struct print_table t;

		p.width = width;
		print_table_init(&t, columns, ARRAY_LEN(columns));
		add_row(
		    &t, "123456789", "app", title, "needs a verdict on this commit of the worker");
		add_row(&t, "2", "a-very-long-name", "\xe6\xbc\xa2\xe6\xbc\xa2", title);
		print_table_show(&p, &t, true);
		assert_non_null(strstr(p.out.p, "123456789"));
		assert_non_null(strstr(p.out.p, "..."));
		rest = buf_str(&p.out);
		while (str_cut(&rest, '\n', &line))
			assert_true(print_columns(line) <= width);
		print_table_release(&t);
	}
}

static void
test_pipe_is_not_cut(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct print_table t;
	char title[501];

	(void)state;
	memset(title, 't', sizeof title - 1);
	title[sizeof title - 1] = '\0';
	print_table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "1", "a-very-long-name", title, "x");
	print_table_show(&p, &t, true);
	assert_non_null(strstr(p.out.p, title));
	assert_non_null(strstr(p.out.p, "a-very-long-name"));
	print_table_release(&t);
}

static void
test_everything_is_cleaned_X_10(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct print_table t;

	(void)state;
	print_table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, EVIL, EVIL, EVIL, EVIL);
	print_table_show(&p, &t, true);
	print_text(&p, PRINT_BOLD, str_of(EVIL));
	print_lines(&p, 4, str_of("x\n\n" EVIL "y"));
	check_is_clean(&p.out);
	assert_non_null(strstr(p.out.p, "\\x1b]0;x"));
	assert_non_null(strstr(p.out.p, "\\u202e"));
	assert_non_null(strstr(p.out.p, "    x\n\n    a\\x1b"));
	print_table_release(&t);
}

static void
test_colours_end_where_they_began(void **state)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;

	(void)state;
	p.has_colour = true;
	print_text(&p, PRINT_BAD, STR("x"));
	print_text(&p, PRINT_PLAIN, STR("y"));
	assert_string_equal(p.out.p, "\033[31mx\033[0my");
}

/* --- print_open() and print_close() on a real terminal, in a child --- */

struct opened {
	const char *term, *no_colour;
};

/* "WIDTH COLOUR" as print_open() found them. */
static void
look_in_terminal(const struct opened *o, char *ret, size_t size)
{
	struct winsize win = { .ws_row = 24, .ws_col = 97 };
	int master, status = -1;
	ssize_t n, total = 0;
	pid_t pid = forkpty(&master, NULL, NULL, &win);

	assert_true(pid >= 0);
	if (pid == 0) {
		struct print p = PRINT_INIT;

		(void)unsetenv("NO_COLOR");
		(void)unsetenv("TERM");
		if (o->term != NULL)
			(void)setenv("TERM", o->term, 1);
		if (o->no_colour != NULL)
			(void)setenv("NO_COLOR", o->no_colour, 1);
		print_open(&p);
		print_words(&p, "%zu %d\n", p.width, p.has_colour);
		_exit(print_close(&p));
	}
	while (total < (ssize_t)size - 1 &&
	       (n = read(master, ret + total, size - 1 - (size_t)total)) > 0)
		total += n;
	ret[total] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(master);
}

static void
test_terminal_is_looked_at(void **state)
{
	static const struct {
		struct opened o;
		const char *expected;
	} cases[] = {
		{ { "xterm", NULL }, "97 1\r\n" },
		{ { "xterm", "" }, "97 1\r\n" },
		{ { "xterm", "1" }, "97 0\r\n" },
		{ { "dumb", NULL }, "97 0\r\n" },
		{ { NULL, NULL }, "97 0\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[64];

		look_in_terminal(&cases[i].o, got, sizeof got);
		assert_string_equal(got, cases[i].expected);
	}
}

/* A full disk is told: whoever reads the file must not take a part for the whole. */
static void
test_output_that_does_not_fit_is_an_error(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct print p = PRINT_INIT;
		int full = open("/dev/full", O_WRONLY), null = open("/dev/null", O_WRONLY);

		if (dup2(full, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
			_exit(99);
		print_words(&p, "words\n");
		_exit(print_close(&p));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 74 || WEXITSTATUS(status) == 75); /* I/O; try again */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_aligned),
		cmocka_unit_test(test_empty_table_is_nothing),
		cmocka_unit_test(test_wide_characters_count_twice),
		cmocka_unit_test(test_narrow_terminal),
		cmocka_unit_test(test_pipe_is_not_cut),
		cmocka_unit_test(test_everything_is_cleaned_X_10),
		cmocka_unit_test(test_colours_end_where_they_began),
		cmocka_unit_test(test_terminal_is_looked_at),
		cmocka_unit_test(test_output_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
