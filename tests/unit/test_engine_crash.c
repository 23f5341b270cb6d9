/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole way of a ticket, from the command to merged, is interrupted at every step that changes the
 * store; then another supervisor takes over.  At the end: merged, each report applied exactly once, the hook run
 * at least once, and fsck has nothing to say.
 */
#include "base/base.h"

#include "test_engine.h"

#include "core/message.h"

static struct play play;
static struct world_ops noting_ops;

/* A hook is told of in the world, which no crash of ours takes back. */
static int
note_hook(struct world *w, const struct work *work, struct err *err)
{
	if (work->kind == WORK_HOOK)
		put_file("hook", "ran");
	return play_start(w, work, err);
}

static void
begin(void)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	play_init(&play);
	noting_ops = play_ops;
	noting_ops.start = note_hook;
	play.world.ops = &noting_ops;
	play.notify = "boss";
	buf_addf(&b,
	    "[defaults]\nagent = sh\nslots = 2\nremind = 0s\n[repo \"app\"]\npath = %s\nbase = "
	    "main\nlanded = true\n[agent \"sh\"]\nstart = sh -c {text}\n",
	    place_path);
	put_file("state/config", b.p);
}

/* From wherever it stands to merged. */
static void
go_on(struct io *io)
{
	struct err err = ERR_INIT;

	if (play_open(&play, io, false, &err) < 0)
		fail_msg("%s", err.text);
	play_create(&play, "create-1");
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	play_die(&play);
	play_close(&play);
}

static unsigned
count_lines(const struct record *rec, const char *word)
{
	struct str rest = buf_str(&rec->history);
	unsigned n = 0;
	ssize_t at;

	while ((at = str_find(rest, str_of(word))) >= 0) {
		n++;
		rest = str_n(rest.p + at + 1, rest.len - (size_t)at - 1);
	}
	return n;
}

/* Each revision that is a message, and nothing else. */
static void
check_inbox(const struct record *rec)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct str rest = buf_str(&rec->history);
	struct history_entry h;
	unsigned expected = 0;
	int dir = file_open_dir(io_real(), play.root.dir, "inbox/boss/new", NULL);

	assert_true(dir >= 0);
	assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
	while (history_next(&rest, &h, NULL) == 0) {
		struct ticket then = rec->ticket;
		char name[40];

		then.phase = h.to;
		if (message_of(h.event.kind, h.from, &then) == MESSAGE_NONE)
			continue;
		(void)snprintf(name, sizeof name, "1.%llu.json", (unsigned long long)h.rev);
		if (!file_exists(io_real(), dir, name))
			fail_msg("%s is missing", name);
		expected++;
	}
	assert_int_equal(expected, 2); /* a verdict was needed; it is done */
	assert_int_equal(names.n, expected);
	close_fd(&dir);
}

static void
check_end(uint64_t n, unsigned crashes)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct err err = ERR_INIT;

	if (root_open(io_real(), play.state, &play.root, &err) < 0 ||
	    ticket_read(&play.root, (struct ticket_id){ 1 }, &rec, &err) < 0)
		fail_msg("step %llu: %s", (unsigned long long)n, err.text);
	if (count_lines(&rec, " DONE ") != 1 || count_lines(&rec, " pass ") != 1 ||
	    count_lines(&rec, " merged ") != 1 || count_lines(&rec, " create ") != 1)
		fail_msg("step %llu: not exactly once:\n%s", (unsigned long long)n, rec.history.p);
	if (rec.ticket.deaths > 0 || rec.ticket.reboots > 0 || rec.ticket.episode.n > 1 + crashes)
		fail_msg("step %llu: %u deaths, %u episodes", (unsigned long long)n,
		    rec.ticket.deaths, rec.ticket.episode.n);
	assert_int_equal(rec.ticket.hook, HOOK_RUN);
	check_inbox(&rec);
	check_file("hook", "ran");
	assert_int_equal(play_ticket(&play, 2).rev, 0);
	assert_int_equal(play_count_refused(&play), 0);
	play_fsck(&play);
	root_release(&play.root);
}

/* True: the crash came; false: the way was shorter than n steps. */
static bool
crash_at(uint64_t n)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		go_on(io_crash(n));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != IO_CRASH_EXIT))
		fail_msg("step %llu: status %d", (unsigned long long)n, status);
	return WEXITSTATUS(status) == IO_CRASH_EXIT;
}

static void
test_crash_everywhere_and_go_on_X_35_D_7_D_12_C_11_E_15(void **state)
{
	bool crashed = true;
	uint64_t n;

	(void)state;
	for (n = 1; crashed; n++) {
		place_empty(place);
		begin();
		crashed = crash_at(n);
		begin(); /* nothing remembered */
		go_on(io_real());
		check_end(n, 1);
	}
	assert_true(n > 60); /* it was a way with many steps */
	print_message("%llu steps\n", (unsigned long long)n - 1);
}

/* Two crashes on one way: the recovery is interrupted, too. */
static void
test_crash_in_the_recovery_and_go_on_X_35(void **state)
{
	(void)state;
	for (uint64_t n = 5; n <= 120; n += 23)
		for (uint64_t m = 1; m <= 60; m += 7) {
			place_empty(place);
			begin();
			(void)crash_at(n);
			begin();
			play.boot_id = "second-boot"; /* the machine went down, too */
			(void)crash_at(m);
			begin();
			play.boot_id = "third-boot";
			go_on(io_real());
			check_end(n * 1000 + m, 2);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_crash_everywhere_and_go_on_X_35_D_7_D_12_C_11_E_15),
		in_place(test_crash_in_the_recovery_and_go_on_X_35),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
