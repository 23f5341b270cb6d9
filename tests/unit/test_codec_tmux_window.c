/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of a window: whatever its title, its name and the paths hold, it is one line of known commands. */
#include "base/base.h"

#include "codec/tmux_window.h"

#include <setjmp.h>

#include <cmocka.h>

#define HOSTILE                                                                                    \
	"a'b\"c;d\\e\n#{pane_pid}#(touch x)$(touch y)`touch z`\033]2;t\007 {} %begin ~ \303\244 "  \
	"\377"

static const char *const argv[] = { "/usr/bin/env", HOSTILE, NULL };
static const struct tmux_window_plan bare = { .session = "=reeve:",
	.born = "reeve-1-2-3",
	.name = "12 Fix it",
	.ep = { { 12 }, 3 },
	.title = { "Fix it", 6 },
	.argv = argv };

static void
make(struct buf *b, const struct tmux_window_plan *plan)
{
	buf_adds(b, "before");
	tmux_window_add(b, plan);
	assert_int_equal(strncmp(b->p, "beforenew-window -d -P ", 23), 0);
}

/* The word that begins at `at` with its '"', as tmux reads it. */
static char *
word(const char *at)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_int_equal(*at++, '"');
	for (; *at != '"'; at++) {
		char octal[4] = { 0 };

		assert_int_not_equal(*at, '\0');
		if (*at != '\\') {
			assert_null(strchr("$~", *at)); /* tmux expands them in quotes, too */
			buf_addch(&b, *at);
			continue;
		}
		memcpy(octal, at + 1, 3);
		buf_addch(&b, (char)strtoul(octal, NULL, 8));
		at += 3;
	}
	return buf_take(&b);
}

static char *
word_after(const struct buf *b, const char *what)
{
	const char *at = strstr(b->p, what);

	assert_non_null(at);
	return word(at + strlen(what));
}

/* What is outside of quotes: tmux reads that as commands, and no quoted word can end before its time. */
static char *
bare_text(const struct buf *b)
{
	_cleanup_(buf_release) struct buf ret = BUF_INIT;
	bool is_quoted = false;

	for (size_t i = 0; i < b->len; i++) {
		if (b->p[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted)
			buf_addch(&ret, b->p[i]);
		assert_in_range(b->p[i], ' ', '~');
	}
	assert_false(is_quoted);
	return buf_take(&ret);
}

static char *
recorder_of(const struct buf *b)
{
	const char *at = strstr(b->p, " ; pipe-pane -O -t ");

	assert_non_null(at);
	return word(strchr(at + 19, ' ') + 1);
}

static void
test_tmux_window_is_one_line_whatever_it_is_called_X_8(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	_cleanup_(free_charp) char *text = NULL, *sh = NULL;
	struct tmux_window_plan plan = bare;

	(void)state;
	plan.name = plan.state = plan.run = HOSTILE;
	plan.title = str_of(HOSTILE);
	plan.record_max = 1;
	make(&b, &plan);
	text = bare_text(&b);
	assert_int_equal(
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 "-_=:;@/ "),
	    strlen(text));
	sh = recorder_of(&b);
	assert_null(strstr(sh, "touch"));
	assert_ptr_equal(strstr(sh, "#{"), strstr(sh, "#{pane_tty}"));
}

static void
test_tmux_window_words_arrive_as_they_are(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	_cleanup_(free_charp) char *program = NULL, *arg = NULL, *title = NULL, *where = NULL;
	struct tmux_window_plan plan = bare;

	(void)state;
	plan.state = HOSTILE;
	make(&b, &plan);
	program = word_after(&b, " -c / -- ");
	assert_string_equal(program, "/usr/bin/env");
	arg = word_after(&b, " \"/usr/bin/env\" ");
	assert_string_equal(arg, HOSTILE);
	where = word_after(&b, " @reeve_state ");
	assert_string_equal(where, HOSTILE);
	title = word_after(&b, " @title ");
	assert_string_equal(title, "Fix it");
}

/* By the name that it was born with, and its own is the last thing. */
static void
test_tmux_window_gets_its_own_name_last(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const char *at;

	(void)state;
	make(&b, &bare);
	at = strstr(b.p, " ; rename-window -t ");
	assert_non_null(at);
	assert_string_equal(strstr(at, " -- "), " -- 12-fix-it");
	at = b.p;
	while ((at = strstr(at, " ; ")) != NULL) {
		_cleanup_(free_charp) char *target = word(strstr(at++, " -t ") + 4);

		assert_string_equal(target, "=reeve:=reeve-1-2-3");
	}
}

/* What the shell of pipe-pane reads: printf's octal digits, and one format, of tmux's own. */
static void
test_tmux_window_is_recorded_only_when_it_is_known_where(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, none = BUF_INIT;
	_cleanup_(free_charp) char *sh = NULL;
	struct tmux_window_plan plan = bare;

	(void)state;
	plan.record_max = 4096;
	make(&none, &plan);
	assert_null(strstr(none.p, "pipe-pane"));
	plan.run = "/r '";
	plan.state = "/s";
	make(&b, &plan);
	sh = recorder_of(&b);
	assert_string_equal(sh, "exec \"$(printf '\\057\\162\\040\\047')\" --record"
				" \"$(printf '\\057\\163\\057\\056')\" 12.3 4096 '#{pane_tty}'");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tmux_window_is_one_line_whatever_it_is_called_X_8),
		cmocka_unit_test(test_tmux_window_words_arrive_as_they_are),
		cmocka_unit_test(test_tmux_window_gets_its_own_name_last),
		cmocka_unit_test(test_tmux_window_is_recorded_only_when_it_is_known_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
