/* SPDX-License-Identifier: GPL-2.0-only */
/* The connection to tmux, against the real tmux: a server of its own for each test. */
#include "base/base.h"

#include "effect/tmux.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clean.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/proc.h"

#define WAIT_MS 20000

struct world {
	char dir[64];     /* short: a socket's path has 107 bytes at most */
	char run[128];    /* stands in for reeve-run */
	char show[128];   /* tells how it was started in the file that it is given */
	char result[128]; /* that file */
	char canary[128]; /* what hostile text would make */
	char *path;       /* PATH as it was */
	struct tmux_config config;
	struct replies {
		size_t n;
		struct {
			uint64_t tag;
			bool ok;
			char text[400];
		} v[80];
	} replies;
};

static void
on_reply(void *self, uint64_t tag, bool ok, const char *text)
{
	struct replies *r = self;

	assert_true(r->n < ARRAY_LEN(r->v));
	r->v[r->n].tag = tag;
	r->v[r->n].ok = ok;
	snprintf(r->v[r->n].text, sizeof r->v[r->n].text, "%s", text);
	r->n++;
}

static void
write_script(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close_fd(&fd);
}

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);

	snprintf(w->dir, sizeof w->dir, "/tmp/rt-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->run, sizeof w->run, "%s/run", w->dir);
	snprintf(w->show, sizeof w->show, "%s/show", w->dir);
	snprintf(w->result, sizeof w->result, "%s/result", w->dir);
	snprintf(w->canary, sizeof w->canary, "%s/canary", w->dir);
	write_script(w->run, "#!/bin/sh\necho keeper\nexec cat\n");
	write_script(w->show,
	    "#!/bin/sh\n"
	    "out=$1; shift\n"
	    "{ printf '%s\\n' $# \"$PWD\"; for a; do printf '<%s>\\n' \"$a\"; done\n"
	    "  env; grep -E '^Sig(Blk|Ign)' /proc/self/status; readlink /proc/$$/fd/*\n"
	    "  readlink /proc/$PPID/fd/*; } >\"$out.tmp\" 2>/dev/null\n"
	    "mv \"$out.tmp\" \"$out\"\nexec cat\n");
	w->path = xstrdup(getenv("PATH"));
	assert_int_equal(setenv("TMUX_TMPDIR", w->dir, 1), 0);
	w->config = (struct tmux_config){
		.socket = "t", .conf = "/dev/null", .run = w->run, .state = w->dir
	};
	*state = w;
	return 0;
}

/* Runs the tmux command line tool; true when it succeeds. */
static bool
cli(struct buf *ret, const char *const *words)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct err err = ERR_INIT;
	int status;

	strvec_push(&argv, "tmux");
	strvec_push(&argv, "-u");
	strvec_push(&argv, "-L");
	strvec_push(&argv, "t");
	for (; *words != NULL; words++)
		strvec_push(&argv, *words);
	return proc_run(&argv, NULL, WAIT_MS, 1 << 20, ret, &status, &err) == 0 && status == 0;
}
#define CLI(ret, ...) cli(ret, (const char *const[]){ __VA_ARGS__, NULL })

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	assert_int_equal(setenv("PATH", w->path, 1), 0);
	(void)CLI(NULL, "kill-server"); /* none there: as well */
	/* The going server may still remove its socket. */
	for (int i = 0; i < 100 && nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(access(w->dir, F_OK), -1);
	free(w->path);
	free(w);
	return 0;
}

static struct tmux *
open_ok(struct world *w)
{
	struct err err = ERR_INIT;
	struct tmux *t = NULL;

	if (tmux_open(&w->config, on_reply, &w->replies, &t, &err) < 0)
		fail_msg("%s", err.text);
	assert_non_null(t);
	return t;
}

static void
close_and_reap(struct tmux *t)
{
	pid_t pid = tmux_pid(t);

	tmux_close(t);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Serves the connection until so many replies are there (true) or it ends (false). */
static bool
serve(struct world *w, struct tmux *t, size_t want)
{
	int64_t deadline_ms = clock_boot_ms() + WAIT_MS;

	while (w->replies.n < want) {
		struct pollfd p[] = {
			{ .fd = tmux_fd(t), .events = POLLIN },
			{ .fd = tmux_wants_write(t) ? tmux_write_fd(t) : -1, .events = POLLOUT },
		};

		assert_true(clock_boot_ms() < deadline_ms);
		assert_true(poll(p, 2, 100) >= 0);
		if (p[0].revents != 0 && !tmux_on_readable(t))
			return false;
		if (p[1].revents != 0 && !tmux_on_writable(t))
			return false;
	}
	return true;
}

static void
ask(struct world *w, struct tmux *t, uint64_t tag, const char *title)
{
	const char *argv[] = { w->show, w->result, NULL };
	struct episode_id ep = { { 12 }, 3 };

	tmux_window(t, tag, ep, "12-fix-it", str_of(title), argv);
}

/* True when the file is there in time. */
static bool
wait_file(const char *path)
{
	for (int64_t end = clock_boot_ms() + WAIT_MS; clock_boot_ms() < end; (void)poll(NULL, 0, 5))
		if (access(path, F_OK) == 0)
			return true;
	return false;
}

static void
read_result(struct world *w, struct buf *ret)
{
	struct err err = ERR_INIT;

	assert_true(wait_file(w->result));
	if (file_read(io_real(), IO_CWD, w->result, 1 << 20, ret, &err) < 0)
		fail_msg("%s", err.text);
}

/* "name name ..." of all windows. */
static void
window_names(struct buf *ret)
{
	buf_clear(ret);
	assert_true(CLI(ret, "list-windows", "-a", "-F", "#{window_name}"));
	for (size_t i = 0; i < ret->len; i++)
		if (ret->p[i] == '\n')
			ret->p[i] = ' ';
}

static void
wait_windows(const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (int64_t end = clock_boot_ms() + WAIT_MS; clock_boot_ms() < end;
	     (void)poll(NULL, 0, 5)) {
		window_names(&b);
		if (strcmp(b.p, want) == 0)
			return;
	}
	assert_string_equal(b.p, want);
}

static pid_t
server_pid(void)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_true(CLI(&b, "display-message", "-p", "#{pid}"));
	return (pid_t)strtol(b.p, NULL, 10);
}

static void
test_window_runs_argv_exactly_X_8(void **state)
{
	static const char *const hostile[] = { "#(touch canary)", "$HOME", "a b", ";", "\"", "\\",
		"~", "'", "line\nline", "-x", "", "caf\xc3\xa9 \xff", "`touch canary`" };
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	_cleanup_(buf_release) struct buf want = BUF_INIT;
	const char *argv[ARRAY_LEN(hostile) + 3] = { NULL };
	struct world *w = *state;
	struct episode_id ep = { { 1 }, 1 };
	struct tmux *t = open_ok(w);

	buf_addf(&want, "%zu\n/\n", ARRAY_LEN(hostile));
	argv[0] = w->show;
	argv[1] = w->result;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		argv[i + 2] = hostile[i];
		buf_addf(&want, "<%s>\n", hostile[i]);
	}
	tmux_window(t, 7, ep, "one", STR("t"), argv);
	assert_int_equal(w->replies.n, 0);
	assert_true(serve(w, t, 1));
	assert_int_equal(w->replies.v[0].tag, 7);
	assert_true(w->replies.v[0].ok);
	assert_int_equal(w->replies.v[0].text[0], '@');
	read_result(w, &got);
	buf_truncate(&got, got.len < want.len ? got.len : want.len);
	assert_string_equal(got.p, want.p);
	close_and_reap(t);
}

/* By the window id of the reply: also when an equal name is there already. */
static void
test_window_has_its_options_at_once(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	_cleanup_(buf_release) struct buf want = BUF_INIT;
	struct world *w = *state;
	struct tmux *t = open_ok(w);

	ask(w, t, 1, "first");
	ask(w, t, 2, "second");
	assert_true(serve(w, t, 2));
	for (int i = 0; i < 2; i++) {
		buf_clear(&b);
		buf_clear(&want);
		assert_true(w->replies.v[i].ok);
		assert_true(CLI(&b, "show-options", "-w", "-t", w->replies.v[i].text));
		buf_addf(&want,
		    "@reeve 12.3\n@reeve_state %s\n@title %s\nallow-rename off\nautomatic-rename "
		    "off\n"
		    "remain-on-exit off\nwindow-size latest\n",
		    w->dir, i == 0 ? "first" : "second");
		for (struct str rest = buf_str(&want), line; str_cut(&rest, '\n', &line);)
			if (str_find(buf_str(&b), line) < 0)
				fail_msg("no %.*s in %s", STR_FMT(line), b.p);
	}
	window_names(&b);
	assert_string_equal(b.p, "keeper 12-fix-it 12-fix-it ");
	close_and_reap(t);
}

static void
test_hostile_titles_and_names_are_inert_X_8(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);
	_cleanup_(buf_release) struct buf large = BUF_INIT;
	char run[200], literal[200], list[300], quote[400];
	const char *titles[] = { run, literal, list, quote, "a\nkill-server\n",
		"\x1b]2;x\x07\x1b[2J", "~", "-F", "--", "#{E:@title}", "#[fg=red]", "%if 1", "",
		"\xff\xfe", large.p };

	snprintf(run, sizeof run, "#(touch %s)", w->canary);
	snprintf(literal, sizeof literal, "#{l:#(touch %s)}", w->canary);
	snprintf(list, sizeof list, "x\" ; run-shell \"touch %s\" ; kill-server", w->canary);
	snprintf(
	    quote, sizeof quote, "\\\" ; run-shell 'touch %s' # $(touch %s)", w->canary, w->canary);
	while (large.len < 10240)
		buf_addf(&large, "#(touch %s) ", w->canary);
	titles[ARRAY_LEN(titles) - 1] = large.p;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		const char *argv[] = { w->show, w->result, NULL };
		struct episode_id ep = { { (uint32_t)i + 1 }, 1 };
		_cleanup_(buf_release) struct buf shown = BUF_INIT;
		_cleanup_(buf_release) struct buf got = BUF_INIT;

		tmux_window(t, i, ep, titles[i], str_of(titles[i]), argv);
		assert_true(serve(w, t, i + 1));
		if (!w->replies.v[i].ok)
			fail_msg("title %zu: %s", i, w->replies.v[i].text);
		clean_add_line(&shown, str_of(titles[i]), 200);
		buf_addch(&shown, '\n');
		assert_true(CLI(&got, "show-options", "-wv", "-t", w->replies.v[i].text, "@title"));
		assert_string_equal(got.p, shown.p);
		/* As the window list shows it. */
		buf_clear(&got);
		assert_true(CLI(&got, "display-message", "-p", "-t", w->replies.v[i].text,
		    "#{window_name}: #{@title}"));
	}
	/* What a format started runs beside the server: let one of our own go through first. */
	assert_true(CLI(NULL, "run-shell", "true"));
	assert_int_equal(access(w->canary, F_OK), -1);
	close_and_reap(t);
}

static void
test_fifty_windows_at_once(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct world *w = *state;
	struct tmux *t = open_ok(w);
	size_t lines = 0;

	for (uint64_t i = 0; i < 50; i++)
		ask(w, t, i, "many");
	assert_true(serve(w, t, 50));
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(w->replies.v[i].tag, i);
		assert_true(w->replies.v[i].ok);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(w->replies.v[i].text, w->replies.v[j].text);
	}
	window_names(&b);
	for (size_t i = 0; i < b.len; i++)
		lines += b.p[i] == ' ';
	assert_int_equal(lines, 51);
	close_and_reap(t);
}

/* Stopped when this returns. */
static void
stop_child(pid_t pid)
{
	int status = 0;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

/* More than a socket takes at once: the rest waits for tmux_on_writable(). */
static void
test_large_requests_wait_for_room(void **state)
{
	_cleanup_(buf_release) struct buf word = BUF_INIT;
	struct world *w = *state;
	struct tmux *t = open_ok(w);
	struct episode_id ep = { { 1 }, 1 };
	bool waited = false;

	while (word.len < 100000)
		buf_addch(&word, '\n'); /* four bytes each on the wire */
	stop_child(tmux_pid(t));        /* it would read as fast as we write */
	for (uint64_t i = 0; i < 4; i++) {
		const char *argv[] = { w->show, w->result, word.p, NULL };

		tmux_window(t, i, ep, "large", STR("t"), argv);
		waited |= tmux_wants_write(t);
	}
	assert_int_equal(kill(tmux_pid(t), SIGCONT), 0);
	assert_true(waited);
	assert_true(serve(w, t, 4));
	for (size_t i = 0; i < 4; i++)
		assert_true(w->replies.v[i].ok);
	assert_false(tmux_wants_write(t));
	close_and_reap(t);
}

static void
test_server_killed_X_21(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);

	for (int i = 0; i < 10; i++) {
		assert_true(CLI(NULL, "kill-server"));
		assert_false(serve(w, t, 99));
		close_and_reap(t);
		t = open_ok(w);
		wait_windows("keeper ");
	}
	ask(w, t, 1, "again");
	assert_true(serve(w, t, 1));
	assert_true(w->replies.v[0].ok);
	close_and_reap(t);
}

static void
test_client_killed_X_21(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);

	ask(w, t, 1, "stays");
	assert_true(serve(w, t, 1));
	assert_int_equal(kill(tmux_pid(t), SIGKILL), 0);
	assert_false(serve(w, t, 99));
	close_and_reap(t);
	wait_windows("keeper 12-fix-it ");
	t = open_ok(w);
	ask(w, t, 2, "next");
	assert_true(serve(w, t, 2));
	assert_true(w->replies.v[1].ok);
	wait_windows("keeper 12-fix-it 12-fix-it ");
	close_and_reap(t);
	wait_windows("keeper 12-fix-it 12-fix-it ");
}

/* Killed before the owner noticed, and reaped by its waitpid: closing signals nobody else. */
static void
test_close_after_the_client_was_reaped(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);
	pid_t pid = tmux_pid(t);

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	tmux_close(t);
	tmux_close(NULL);
}

/* The keeper closed by the user: the session stays as long as a worker's window is there. */
static void
test_session_renamed_or_closed_X_21(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);

	assert_true(CLI(NULL, "new-session", "-d", "-s", "other", "cat"));
	assert_true(CLI(NULL, "rename-session", "-t", "=reeve", "theirs"));
	ask(w, t, 1, "nowhere");
	assert_false(serve(w, t, 99));
	assert_int_equal(w->replies.n, 1);
	assert_false(w->replies.v[0].ok);
	assert_non_null(strstr(w->replies.v[0].text, "can't find session"));
	close_and_reap(t);
	t = open_ok(w);
	ask(w, t, 2, "here");
	assert_true(serve(w, t, 2));
	assert_true(w->replies.v[1].ok);
	assert_true(CLI(NULL, "kill-session", "-t", "=reeve"));
	assert_false(serve(w, t, 99));
	close_and_reap(t);
}

static void
test_no_tmux_in_path_D_3(void **state)
{
	struct world *w = *state;
	struct err err = ERR_INIT;
	struct tmux *t = NULL;

	assert_int_equal(setenv("PATH", w->dir, 1), 0);
	assert_int_equal(tmux_check(&err), ERR_NOTFOUND);
	assert_int_equal(tmux_open(&w->config, on_reply, &w->replies, &t, &err), ERR_NOTFOUND);
	assert_null(t);
	assert_non_null(strstr(err.text, "tmux"));
}

/* Puts a script in front of the real one. */
static void
fake_tmux(struct world *w, const char *text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%s/tmux", w->dir);
	write_script(b.p, text);
	buf_clear(&b);
	buf_addf(&b, "%s:%s", w->dir, w->path);
	assert_int_equal(setenv("PATH", b.p, 1), 0);
}

static void
expect_open_fails(struct world *w, int code, const char *text, const char *text2)
{
	struct err err = ERR_INIT;
	struct tmux *t = NULL;

	assert_int_equal(tmux_open(&w->config, on_reply, &w->replies, &t, &err), code);
	assert_null(t);
	if (strstr(err.text, text) == NULL || strstr(err.text, text2) == NULL)
		fail_msg("%s and %s were expected in: %s", text, text2, err.text);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to be reaped */
}

static void
test_tmux_too_old_D_3(void **state)
{
	struct world *w = *state;

	fake_tmux(w, "#!/bin/sh\necho tmux 2.9\n");
	expect_open_fails(w, ERR_INVALID, "tmux 2.9", "3.3");
	fake_tmux(w, "#!/bin/sh\necho cannot load libevent >&2\nexit 127\n");
	expect_open_fails(w, ERR_EXTERNAL, "tmux", "cannot load libevent");
}

static void
test_open_fails_with_what_tmux_said_D_3(void **state)
{
	struct world *w = *state;
	char path[200];

	snprintf(path, sizeof path, "%s/tmux-%u", w->dir, getuid());
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	expect_open_fails(w, ERR_EXTERNAL, path, "unsafe permissions");
	snprintf(path, sizeof path, "%s/none/sock", w->dir);
	w->config.socket = path;
	expect_open_fails(w, ERR_EXTERNAL, path, "server exited unexpectedly");
}

/* A server that is just going hangs up on who comes: seen with the real one, but not at will. */
static void
test_open_tries_again_X_21(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct world *w = *state;

	buf_addf(&text,
	    "#!/bin/sh\nPATH='%s'\n"
	    "case \"$*\" in *' -C '*) n=$(cat '%s'); echo \"$n+\" >'%s'\n"
	    "[ \"$n\" = +++ ] || { echo 'server exited unexpectedly' >&2; exit 1; }; esac\n"
	    "exec tmux \"$@\"\n",
	    w->path, w->result, w->result);
	fake_tmux(w, text.p);
	write_script(w->result, "");
	close_and_reap(open_ok(w));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* those that failed are reaped */
}

/* A tmux that does `first`, attaches us, and answers request number $n with `setup`. */
static void
fake_control(struct world *w, const char *first, const char *setup)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b,
	    "#!/bin/sh\nPATH='%s'\n"
	    "case \"$*\" in *-V) exec tmux -V;; esac\n"
	    "%s\n"
	    "printf '%%%%begin 1 1 0\\n%%%%end 1 1 0\\n'\n"
	    "n=0\n"
	    "while read -r line; do case $line in display-message*) n=$((n+1))\n"
	    "  printf '%%%%begin 1 2 1\\n'; %s; printf '%%%%end 1 2 1\\n';; esac; done\n",
	    w->path, first, setup);
	fake_tmux(w, b.p);
}

static void
test_nothing_is_said_before_tmux_has_attached_us(void **state)
{
	struct world *w = *state;
	struct stat st;
	char first[200];

	/* It listens for a while: nothing must come. */
	snprintf(first, sizeof first, "timeout 0.2 head -c 1 >'%s'", w->canary);
	fake_control(w, first, "echo reeve-reply $n");
	close_and_reap(open_ok(w));
	assert_int_equal(stat(w->canary, &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void
test_answers_out_of_order_end_the_connection(void **state)
{
	struct world *w = *state;

	fake_control(w, ":", "echo reeve-reply 99");
	expect_open_fails(w, ERR_EXTERNAL, "out of order", "tmux");
}

static void
test_socket_may_be_a_path(void **state)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct world *w = *state;
	struct tmux *t;
	char path[200];
	int status;

	snprintf(path, sizeof path, "%s/sock", w->dir);
	w->config.socket = path;
	t = open_ok(w);
	assert_int_equal(access(path, F_OK), 0);
	close_and_reap(t);
	strvec_push(&argv, "tmux");
	strvec_push(&argv, "-S");
	strvec_push(&argv, path);
	strvec_push(&argv, "kill-server");
	assert_int_equal(proc_run(&argv, NULL, WAIT_MS, 0, NULL, &status, NULL), 0);
	assert_int_equal(status, 0);
}

/* In a child: opens, asks for a window, leaves thousands of answers unread, waits to be killed. */
noreturn_ static void
be_supervisor(struct world *w, int tell)
{
	static const char flood[] = "list-windows -a\nlist-keys\n";
	struct tmux *t = open_ok(w);
	pid_t pid = tmux_pid(t);

	ask(w, t, 1, "stays");
	if (!serve(w, t, 1))
		_exit(1);
	for (int i = 0; i < 20000; i++)
		if (send(tmux_write_fd(t), flood, sizeof flood - 1, MSG_NOSIGNAL) < 0)
			break;
	if (write(tell, &pid, sizeof pid) != (ssize_t)sizeof pid)
		_exit(1);
	for (;;)
		(void)pause();
}

static void
test_supervisor_killed_X_21(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct world *w = *state;
	struct pollfd gone;
	pid_t client, child;
	int fds[2], pidfd;
	bool in_time;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_supervisor(w, fds[1]);
	close_fd(&fds[1]);
	assert_int_equal(read(fds[0], &client, sizeof client), sizeof client);
	pidfd = pidfd_open(client, 0);
	assert_true(pidfd >= 0);
	assert_false(proc_is_gone(pidfd));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	gone = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	in_time = poll(&gone, 1, 5000) == 1;
	if (!in_time) /* or it, and a server that hangs with it, would stay after the test */
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	close_fd(&pidfd);
	close_fd(&fds[0]);
	assert_true(in_time);
	wait_windows("keeper 12-fix-it ");
	for (int64_t end = clock_boot_ms() + 5000;; (void)poll(NULL, 0, 5)) {
		buf_clear(&b);
		assert_true(CLI(&b, "list-clients"));
		if (b.len == 0)
			break;
		assert_true(clock_boot_ms() < end);
	}
	close_and_reap(open_ok(w));
}

/* A server that is stopped: nothing here blocks; what was asked is carried out when it goes on. */
static void
test_server_hangs_D_46(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w), *second;
	pid_t server = server_pid();
	int64_t start_ms;
	struct err err = ERR_INIT;
	int r;

	assert_true(server > 1);
	assert_int_equal(kill(server, SIGSTOP), 0);
	start_ms = clock_boot_ms();
	for (uint64_t i = 0; i < 10; i++)
		ask(w, t, i, "later");
	assert_true(
	    tmux_on_readable(t)); /* for ever, if one of these blocked: the server is stopped */
	r = tmux_open(&w->config, on_reply, &w->replies, &second, &err);
	start_ms = clock_boot_ms() - start_ms;
	assert_int_equal(kill(server, SIGCONT), 0);
	assert_int_equal(r, 0);
	assert_true(start_ms < WAIT_MS); /* it gave up, and did not wait for the server */
	assert_true(serve(w, t, 10));
	ask(w, second, 10, "of the second");
	assert_true(serve(w, second, 11));
	for (size_t i = 0; i < 11; i++)
		assert_true(w->replies.v[i].ok);
	close_and_reap(second);
	close_and_reap(t);
}

/* The server is up, but its configuration takes longer than we wait: not a failure, and nothing that is
 * asked meanwhile reaches a server that has no session yet. */
static void
test_slow_configuration_D_46(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct world *w = *state;
	int64_t start_ms = clock_boot_ms();
	char conf[200];
	struct tmux *t;
	int fd;

	assert_int_equal(mkfifo(w->canary, 0600), 0);
	snprintf(conf, sizeof conf, "%s/conf", w->dir);
	buf_addf(&text, "run-shell 'cat %s'\n", w->canary);
	write_script(conf, text.p);
	w->config.conf = conf;
	t = open_ok(w);
	start_ms = clock_boot_ms() - start_ms;
	assert_true(start_ms >= TMUX_OPEN_MS && start_ms < WAIT_MS);
	ask(w, t, 1, "early");
	assert_false(tmux_wants_write(t));
	assert_true(tmux_on_readable(t));
	assert_int_equal(w->replies.n, 0);
	fd = open(w->canary, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close_fd(&fd);
	assert_true(serve(w, t, 1));
	if (!w->replies.v[0].ok)
		fail_msg("%s", w->replies.v[0].text);
	close_and_reap(t);
}

static void
test_waiting_requests_are_answered_at_the_end_X_21(void **state)
{
	struct world *w = *state;
	struct tmux *t = open_ok(w);
	pid_t server = server_pid();

	assert_int_equal(kill(server, SIGSTOP), 0);
	ask(w, t, 1, "never");
	ask(w, t, 2, "never");
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_false(serve(w, t, 99));
	assert_int_equal(w->replies.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(w->replies.v[i].tag, i + 1);
		assert_false(w->replies.v[i].ok);
		assert_true(strlen(w->replies.v[i].text) > 0);
	}
	assert_false(tmux_on_readable(t)); /* asked once more: the same, no further replies */
	assert_int_equal(w->replies.n, 2);
	close_and_reap(t);
}

/* Whatever the user's tmux.conf says, workers outlive us, and their windows end with them. */
static void
test_users_configuration_X_21(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "printf '\\033kevil\\033\\\\'; exit 3", NULL };
	struct world *w = *state;
	struct episode_id ep = { { 1 }, 1 };
	struct tmux *t;
	char conf[200], text[800];

	snprintf(conf, sizeof conf, "%s/conf", w->dir);
	snprintf(text, sizeof text,
	    "set -s exit-unattached on\nset -g destroy-unattached on\nset -g detach-on-destroy "
	    "off\n"
	    "set -g remain-on-exit on\nset -g automatic-rename on\nset -g allow-rename on\n"
	    "set -g base-index 1\nset -g default-command 'touch %s'\nset -g default-shell "
	    "/bin/false\n"
	    "set-hook -g after-new-window 'display-message -p hook'\n"
	    "set-hook -g client-attached 'display-message -p hook ; nosuch'\nnosuch command\n",
	    w->canary);
	write_script(conf, text);
	w->config.conf = conf;
	t = open_ok(w);
	ask(w, t, 1, "stays");
	tmux_window(t, 2, ep, "short", STR("ends"), argv);
	assert_true(serve(w, t, 2));
	assert_true(w->replies.v[0].ok && w->replies.v[1].ok);
	wait_windows("keeper 12-fix-it ");
	close_and_reap(t);
	t = open_ok(w);
	wait_windows("keeper 12-fix-it ");
	assert_int_equal(access(w->canary, F_OK), -1);
	close_and_reap(t);
}

/* Of a line of /proc/PID/status.  tmux and sh set a few signals themselves, so single bits are asked. */
static unsigned long
signal_bits(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	assert_non_null(at);
	return strtoul(at + strlen(name), NULL, 16);
}

static void
test_nothing_is_inherited(void **state)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct world *w = *state;
	sigset_t mask, old;
	struct tmux *t;
	int fd;

	assert_int_equal(setenv("REEVE_NONCE", "secret", 1), 0);
	assert_int_equal(setenv("TMUX", "/tmp/none,1,0", 1), 0);
	fd = open(w->canary, O_RDWR | O_CREAT, 0600); /* NOLINT: meant to be inheritable */
	assert_true(fd >= 0);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &mask, &old), 0);
	assert_true(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	t = open_ok(w);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	assert_true(sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGUSR1));
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	assert_true(signal(SIGALRM, SIG_DFL) != SIG_ERR);
	close_fd(&fd);
	assert_int_equal(unsetenv("REEVE_NONCE"), 0);
	assert_int_equal(unsetenv("TMUX"), 0);
	ask(w, t, 1, "clean");
	assert_true(serve(w, t, 1));
	read_result(w, &got);
	assert_null(strstr(got.p, "REEVE_"));
	assert_null(strstr(got.p, "/tmp/none"));
	assert_null(strstr(got.p, w->canary));
	assert_int_equal(signal_bits(got.p, "SigBlk:\t") & (1u << (SIGTERM - 1)), 0);
	assert_int_equal(signal_bits(got.p, "SigIgn:\t") & (1u << (SIGALRM - 1)), 0);
	assert_non_null(strstr(got.p, "socket:")); /* the server's descriptors were seen */
	close_and_reap(t);
}

/* What the workers print is not sent to us: it would wake the supervisor all the time. */
static void
test_output_of_workers_stays_away(void **state)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct world *w = *state;
	const char *argv[] = { "/bin/sh", "-c",
		"i=0; while [ $i -lt 2000 ]; do echo noise; i=$((i+1)); done; : >\"$0\"; exec cat",
		w->result, NULL };
	struct episode_id ep = { { 1 }, 1 };
	struct tmux *t = open_ok(w);
	char bytes[4096];
	ssize_t n;

	tmux_window(t, 1, ep, "loud", STR("loud"), argv);
	assert_true(serve(w, t, 1));
	assert_true(wait_file(w->result));
	assert_true(CLI(NULL, "display-message", "-p", "x")); /* the server has gone round */
	while ((n = read(tmux_fd(t), bytes, sizeof bytes)) > 0)
		buf_add(&got, bytes, (size_t)n);
	assert_int_equal(n, -1);
	assert_null(strstr(got.p, "noise"));
	assert_null(strstr(got.p, "%output"));
	close_and_reap(t);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_window_runs_argv_exactly_X_8),
		TEST(test_window_has_its_options_at_once),
		TEST(test_hostile_titles_and_names_are_inert_X_8),
		TEST(test_fifty_windows_at_once),
		TEST(test_large_requests_wait_for_room),
		TEST(test_server_killed_X_21),
		TEST(test_client_killed_X_21),
		TEST(test_close_after_the_client_was_reaped),
		TEST(test_session_renamed_or_closed_X_21),
		TEST(test_no_tmux_in_path_D_3),
		TEST(test_tmux_too_old_D_3),
		TEST(test_open_fails_with_what_tmux_said_D_3),
		TEST(test_open_tries_again_X_21),
		TEST(test_nothing_is_said_before_tmux_has_attached_us),
		TEST(test_answers_out_of_order_end_the_connection),
		TEST(test_socket_may_be_a_path),
		TEST(test_supervisor_killed_X_21),
		TEST(test_server_hangs_D_46),
		TEST(test_slow_configuration_D_46),
		TEST(test_waiting_requests_are_answered_at_the_end_X_21),
		TEST(test_users_configuration_X_21),
		TEST(test_nothing_is_inherited),
		TEST(test_output_of_workers_stays_away),
	};

	/* A tmux that runs the tests, or a REEVE_ variable of a worker, is none of their business. */
	(void)unsetenv("TMUX");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
