/* SPDX-License-Identifier: GPL-2.0-only */
/* Ticket files that a hand edits, damages, takes away and puts back while the engine runs, and before. */
#include "base/base.h"

#include "test_engine.h"

static struct play play;
static void (*before_rename)(void); /* called once, when the next commit renames */
static struct io_ops late_ops;
static struct io late_io = { &late_ops };

static int
late_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	return io_real()->ops->rename(io, dir_from, from, dir_to, to, replace);
}

/* The last moment before the rename: the look at the new file. */
static int
late_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	void (*fn)(void) = before_rename;

	if (fn != NULL && str_starts(str_of(name), FILE_TMP_PREFIX)) {
		before_rename = NULL;
		fn();
	}
	return io_real()->ops->stat(io, dir, name, ret);
}

static void
begin(void)
{
	struct err err = ERR_INIT;

	late_ops = *io_real()->ops;
	late_ops.rename = late_rename;
	late_ops.stat = late_stat;
	before_rename = NULL;
	play_init(&play);
	if (play_open(&play, &late_io, false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
reopen(void)
{
	struct err err = ERR_INIT;

	play_close(&play);
	if (play_open(&play, &late_io, false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
end(void)
{
	play_die(&play);
	play_close(&play);
}

static void
turn(void)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	do
		if (play_turn(&play, &rest, &err) < 0)
			fail_msg("%s", err.text);
	while (rest.is_more);
}

static void
read_ticket(unsigned id, struct buf *ret)
{
	char name[60];

	(void)snprintf(name, sizeof name, "tickets/%u/ticket", id);
	buf_clear(ret);
	assert_int_equal(file_read(io_real(), play.root.dir, name, TICKET_FILE_MAX, ret, NULL), 0);
}

static void
write_ticket(unsigned id, struct str bytes)
{
	char name[60];

	(void)snprintf(name, sizeof name, "tickets/%u/ticket", id);
	assert_int_equal(file_replace(io_real(), play.root.dir, name, bytes, NULL), 0);
}

/* As an editor that writes another file and renames it. */
static void
edit(unsigned id, const char *from, const char *to)
{
	_cleanup_(buf_release) struct buf was = BUF_INIT, is = BUF_INIT;
	ssize_t at;

	read_ticket(id, &was);
	at = str_find(buf_str(&was), str_of(from));
	if (at < 0)
		fail_msg("no '%s' in:\n%s", from, was.p);
	buf_add(&is, was.p, (size_t)at);
	buf_adds(&is, to);
	buf_adds(&is, was.p + at + strlen(from));
	write_ticket(id, buf_str(&is));
}

static bool
has(unsigned id, const char *words)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	read_ticket(id, &text);
	return str_find(buf_str(&text), str_of(words)) >= 0;
}

static bool
has_file(const char *name)
{
	return file_exists(io_real(), play.root.dir, name);
}

/* Two tickets, both parked: nothing touches them. */
static void
two(void)
{
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	turn();
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	play_say(&play, EVENT_PARK, 2, NULL, "park-2");
	turn();
}

static void
test_hand_edit_becomes_a_revision_E_13_X_25(void **state)
{
	uint64_t rev;

	(void)state;
	begin();
	two();
	rev = play_ticket(&play, 2).rev;
	edit(2, "Title: a ticket", "Title: another one");
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 1);
	assert_true(has(2, "Title: another one\n"));
	assert_true(has(2, " hand edit parked>parked - T36 new-task=yes"));
	edit(2, "\n| true\n", "\n| false\n| and more\n");
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 2);
	assert_true(has(2, "| and more"));
	edit(2, "Want: park\n", "Want: park\n"); /* saved, and nothing is another */
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 2);
	play_fsck(&play);
	end();
}

static void
test_hand_edit_of_the_priority(void **state)
{
	uint64_t rev;

	(void)state;
	begin();
	two();
	rev = play_ticket(&play, 2).rev;
	edit(2, "Merge: auto\n", "Merge: auto\nPriority: 7\n");
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 1);
	assert_int_equal(play_ticket(&play, 2).priority, 7);
	assert_true(has(2, " priority=7 "));
	assert_false(has(2, " hand edit parked>parked - T36 new-task"));
	edit(2, "Priority: 7\n", "");
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 2);
	assert_int_equal(play_ticket(&play, 2).priority, 0);
	play_fsck(&play);
	end();
}

static void
test_hand_edit_is_taken_at_the_start_E_13(void **state)
{
	uint64_t rev;

	(void)state;
	begin();
	two();
	rev = play_ticket(&play, 2).rev;
	play_close(&play);
	play_open(&play, io_real(), false, NULL);
	edit(2, "Title: a ticket", "Title: another one");
	reopen();
	turn();
	assert_int_equal(play_ticket(&play, 2).rev, rev + 1);
	assert_true(has(2, "Title: another one\n"));
	play_fsck(&play);
	end();
}

static void
edit_late(void)
{
	edit(2, "Title: a ticket", "Title: just before the rename");
}

/* Nothing is decided on what the file does not say any more: looked at again, decided again. */
static void
test_hand_edit_in_the_middle_of_a_commit_E_13_E_27_E_28(void **state)
{
	uint64_t rev;

	(void)state;
	begin();
	two();
	rev = play_ticket(&play, 2).rev;
	before_rename = edit_late;
	play_say(&play, EVENT_CANCEL, 2, "no", "cancel-2");
	turn();
	assert_null(before_rename);
	assert_true(has(2, "Title: just before the rename\n"));
	assert_int_equal(play_ticket(&play, 2).rev, rev + 2);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_CANCELLED);
	assert_int_equal(play_count_refused(&play), 0);
	play_fsck(&play);
	end();
}

/* An editor that had read the file before our commit saves it after that. */
static void
test_hand_edit_of_an_older_file_goes_on_top_E_13(void **state)
{
	_cleanup_(buf_release) struct buf old = BUF_INIT, ours = BUF_INIT;
	uint64_t rev;

	(void)state;
	begin();
	two();
	read_ticket(2, &old);
	play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-2");
	assert_int_equal(engine_turn(play.engine, &(struct engine_rest){ 0 }, NULL), 0);
	rev = play_ticket(&play, 2).rev;
	read_ticket(2, &ours);
	write_ticket(2, buf_str(&old));
	edit(2, "Title: a ticket", "Title: from an old editor");
	assert_int_equal(engine_turn(play.engine, &(struct engine_rest){ 0 }, NULL), 0);
	assert_int_equal(play_ticket(&play, 2).rev, rev + 1);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_READY);
	assert_true(has(2, "Title: from an old editor\n"));

	/* Without an edit in it, it would take revisions away: not guessed. */
	write_ticket(2, buf_str(&ours));
	turn();
	assert_true(has_file("tickets/2/" TICKET_LAST_GOOD));
	read_ticket(2, &old);
	assert_true(str_eq(buf_str(&old), buf_str(&ours)));
	end();
}

static void
check_aside(const char *what)
{
	uint64_t others = play_ticket(&play, 1).rev;

	turn();
	if (!has_file("tickets/2/" TICKET_LAST_GOOD))
		fail_msg("%s: not set aside", what);
	play_say(&play, EVENT_NOTE, 1, "goes on", what);
	turn();
	assert_true(play_ticket(&play, 1).rev >= others);
}

/* Nothing but the three may differ; then the bytes stay, and the signals wait. */
static void
test_hand_damage_is_set_aside_and_mended_E_13_X_25(void **state)
{
	static const char *const damage[][2] = {
		{ "Phase: parked", "Phase: ready" },
		{ "Id: 2", "Id: 1" },
		{ "Id: 2\n", "Id: 2\nId: 2\n" },
		{ "Id: 2\n", "Id: 2\nMood: good\n" },
		{ "Id: 2\n", "Id: 2\nX-Mood: good\n" },
		{ "Phase: parked", "Phase: asleep" },
		{ "reeve-ticket 1", "reeve-ticket 9" },
		{ "Branch: reeve/", "Branch: feeve/" },
		{ "Title: a ticket\n", "Title: \n" },
		{ "Title: a ticket\n", "Title: a ticket\nTitle: a ticket\n" },
		{ " create none>parked", " create none>ready" },
		{ " create none>ready", " invent none>ready" },
		{ "\nend\n", "\nend\nend\n" },
	};

	(void)state;
	begin();
	two();
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		_cleanup_(buf_release) struct buf good = BUF_INIT, bad = BUF_INIT, now = BUF_INIT;
		uint64_t rev = play_ticket(&play, 2).rev;
		char id[40];

		read_ticket(2, &good);
		if (str_find(buf_str(&good), str_of(damage[i][0])) < 0)
			continue;
		edit(2, damage[i][0], damage[i][1]);
		read_ticket(2, &bad);
		check_aside(damage[i][1][0] == '\n' ? "end-end" : "damage");
		(void)snprintf(id, sizeof id, "unpark-%zu", i);
		play_say(&play, i % 2 ? EVENT_UNPARK : EVENT_PARK, 2, NULL, id);
		turn();
		read_ticket(2, &now);
		assert_true(str_eq(buf_str(&now), buf_str(&bad)));
		write_ticket(2, buf_str(&good));
		turn();
		assert_false(has_file("tickets/2/" TICKET_LAST_GOOD));
		assert_true(play_ticket(&play, 2).rev >= rev);
	}
	turn();
	play_fsck(&play);
	end();
}

/* What is in the place of the file. */
static void
test_hand_other_kinds_of_file_X_7_X_14(void **state)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT, big = BUF_INIT;
	_cleanup_(free_charp) char *path = NULL;

	(void)state;
	begin();
	two();
	read_ticket(2, &good);
	{
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_addf(&b, "%s/tickets/2/ticket", play.state);
		path = buf_take(&b);
	}
	for (int kind = 0; kind < 7; kind++) {
		struct err err = ERR_INIT;
		char id[20];

		buf_clear(&big);
		(void)unlink(path);
		switch (kind) {
		case 0:
			assert_return_code(symlink("../1/ticket", path), 0);
			break;
		case 1:
			assert_return_code(mkdir(path, 0700), 0);
			break;
		case 2:
			assert_return_code(mkfifo(path, 0600), 0);
			break;
		case 3:
			write_ticket(2, STR(""));
			break;
		case 4:
			write_ticket(2, str_n(good.p, good.len / 2));
			break;
		case 5:
			write_ticket(2, str_n("reeve-ticket 1\n\0Id: 2\n", 22));
			break;
		default:
			buf_grow(&big, 12u << 20);
			memset(big.p, 'x', 12u << 20);
			write_ticket(2, str_n(big.p, 12u << 20));
		}
		check_aside("kind");
		reopen(); /* and at the start */
		turn();
		assert_int_equal(engine_turn(play.engine, &(struct engine_rest){ 0 }, &err), 0);
		(void)(kind == 1 ? rmdir(path) : unlink(path));
		write_ticket(2, buf_str(&good));
		turn();
		(void)snprintf(id, sizeof id, "unpark-%d", kind);
		play_say(&play, EVENT_UNPARK, 2, NULL, id);
		turn();
		assert_true(play_ticket(&play, 2).phase != PHASE_PARKED);
		play_say(&play, EVENT_PARK, 2, NULL, id + 2); /* "park-N" */
		turn();
		read_ticket(2, &good);
	}
	end();
}

static void
move_dir(const char *from, const char *to)
{
	assert_return_code(renameat(play.root.dir, from, play.root.dir, to), 0);
}

static void
take_away(void)
{
	move_dir("tickets/2", "taken");
}

/* Gone: never made again, its number is not reused, the others go on; back: it goes on. */
static void
test_hand_directory_goes_and_comes_back_E_13(void **state)
{
	(void)state;
	begin();
	two();
	take_away();
	turn();
	play_create(&play, "create-3");
	play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-away");
	turn();
	assert_false(has_file("tickets/2"));
	assert_true(has_file("tickets/3"));
	move_dir("taken", "tickets/2");
	turn();
	assert_int_not_equal(play_ticket(&play, 2).phase, PHASE_PARKED);
	assert_int_equal(play_count_refused(&play), 0);
	/* in the last moment */
	before_rename = take_away;
	play_say(&play, EVENT_CANCEL, 2, "no", "cancel-2");
	turn();
	assert_false(has_file("tickets/2"));
	move_dir("taken", "tickets/2");
	turn();
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_CANCELLED);
	play_fsck(&play);
	end();
}

/* The highest one, and a start between: its branch and its worktree may still be there. */
static void
test_hand_number_of_a_removed_ticket_is_not_reused(void **state)
{
	(void)state;
	begin();
	two();
	take_away();
	reopen();
	play_create(&play, "create-3");
	turn();
	assert_false(has_file("tickets/2"));
	assert_true(has_file("tickets/3"));
	/* and a name that a hand made */
	assert_return_code(mkdirat(play.root.tickets, "4", 0700), 0);
	play_create(&play, "create-5");
	turn();
	assert_true(has_file("tickets/5/ticket"));
	assert_false(has_file("tickets/4/ticket"));
	/* put back under a supervisor that never knew it */
	move_dir("taken", "tickets/2");
	turn();
	play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-2");
	turn();
	assert_int_not_equal(play_ticket(&play, 2).phase, PHASE_PARKED);
	/* behind the last number there is none that a command could name */
	assert_return_code(mkdirat(play.root.tickets, "999999999", 0700), 0);
	play_create(&play, "create-6");
	turn();
	assert_false(has_file("tickets/1000000000"));
	end();
}

/* While it works, in every stage: nothing is decided, no error ends the engine, and it goes on. */
static void
test_hand_takes_a_ticket_that_works_E_13(void **state)
{
	(void)state;
	for (int n = 0; n < 12; n++) {
		struct engine_rest rest;
		struct err err = ERR_INIT;

		begin();
		two();
		play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-2");
		for (int i = 0; i < n; i++) {
			assert_int_equal(play_turn(&play, &rest, &err), 0);
			play_live(&play, 2);
		}
		take_away();
		for (int i = 0; i < 5; i++)
			assert_int_equal(play_turn(&play, &rest, &err), 0);
		assert_false(has_file("tickets/2"));
		move_dir("taken", "tickets/2");
		play_until(&play, 2, PHASE_HUMAN_REVIEW);
		play_fsck(&play);
		end();
	}
}

/* In place, and not yet whole: neither an edit nor damage. */
static void
test_hand_file_that_is_being_written_is_left_alone(void **state)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT;
	_cleanup_(close_fd) int fd = -1;
	uint64_t rev;

	(void)state;
	begin();
	two();
	read_ticket(2, &good);
	rev = play_ticket(&play, 2).rev;
	fd = openat(play.root.tickets, "2/ticket", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, good.p, good.len / 2), good.len / 2);
	turn();
	assert_false(has_file("tickets/2/" TICKET_LAST_GOOD));
	assert_int_equal(
	    write(fd, good.p + good.len / 2, good.len - good.len / 2), good.len - good.len / 2);
	turn(); /* whole, and still open: who knows */
	assert_int_equal(play_ticket(&play, 2).rev, rev);
	close_fd(&fd);
	play.boot_ms += 60000; /* closing it changes nothing that can be seen */
	turn();
	play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-2");
	turn();
	assert_true(play_ticket(&play, 2).rev > rev);
	play_fsck(&play);
	end();
}

/* Loaded with words that nobody may change any more, and mended: the old words are the ticket's. */
static void
test_hand_words_that_were_not_taken_are_nowhere_E_13(void **state)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT;

	(void)state;
	begin();
	two();
	play_say(&play, EVENT_CANCEL, 2, NULL, "cancel-2");
	turn();
	read_ticket(2, &good);
	edit(2, "Title: a ticket", "Title: too late");
	reopen();
	turn();
	write_ticket(2, buf_str(&good));
	turn();
	play_say(&play, EVENT_REOPEN, 2, "again", "reopen-2");
	turn();
	assert_true(play_ticket(&play, 2).rev > 3);
	assert_true(has(2, "Title: a ticket\n"));
	play_fsck(&play);
	end();
}

/* Set aside when the others' were mended. */
static void
test_hand_events_of_a_mended_ticket_are_mended_X_25(void **state)
{
	_cleanup_(buf_release) struct buf good = BUF_INIT, text = BUF_INIT;

	(void)state;
	begin();
	two();
	read_ticket(2, &good);
	write_ticket(2, STR("spoiled\n"));
	assert_int_equal(unlinkat(play.root.dir, "events.jsonl", 0), 0);
	reopen();
	turn();
	write_ticket(2, buf_str(&good));
	turn();
	assert_int_equal(
	    file_read(io_real(), play.root.dir, "events.jsonl", 1 << 20, &text, NULL), 0);
	assert_true(str_find(buf_str(&text), STR("\"ticket\":2,\"rev\":1,")) >= 0);
	assert_true(str_find(buf_str(&text), STR("\"ticket\":2,\"rev\":2,")) >= 0);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_hand_edit_becomes_a_revision_E_13_X_25),
		in_place(test_hand_edit_of_the_priority),
		in_place(test_hand_edit_is_taken_at_the_start_E_13),
		in_place(test_hand_edit_in_the_middle_of_a_commit_E_13_E_27_E_28),
		in_place(test_hand_edit_of_an_older_file_goes_on_top_E_13),
		in_place(test_hand_damage_is_set_aside_and_mended_E_13_X_25),
		in_place(test_hand_words_that_were_not_taken_are_nowhere_E_13),
		in_place(test_hand_events_of_a_mended_ticket_are_mended_X_25),
		in_place(test_hand_other_kinds_of_file_X_7_X_14),
		in_place(test_hand_directory_goes_and_comes_back_E_13),
		in_place(test_hand_number_of_a_removed_ticket_is_not_reused),
		in_place(test_hand_takes_a_ticket_that_works_E_13),
		in_place(test_hand_file_that_is_being_written_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
