/* SPDX-License-Identifier: GPL-2.0-only */
/* The check at a start, its result in fsck.json, and secrets that lie where they do not belong. */
#include "base/base.h"
#include "store/fsck.h"

#include "test_store_fsck.h"

static void
quick(struct fsck_list *ret)
{
	const struct record *records[] = { &one, &two, &three };

	fsck_quick(&store, records, ARRAY_LEN(records), ret);
}

static void
check_quick(const char *invariant, const char *word)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };

	quick(&found);
	if (found.n != (invariant != NULL ? 1 : 0))
		for (size_t i = 0; i < found.n; i++)
			print_error("%s %s\n", found.v[i].invariant, found.v[i].text);
	assert_int_equal(found.n, invariant != NULL ? 1 : 0);
	if (invariant == NULL)
		return;
	assert_string_equal(found.v[0].invariant, invariant);
	assert_non_null(strstr(found.v[0].text, word));
}

static void
test_quick_finds_what_headers_show_D_91(void **state)
{
	(void)state;
	check_quick(NULL, NULL);
	two.ticket.deaths = TICKET_DEATHS_MAX + 1;
	check_quick("I12", "deaths is 3");
	two.ticket.deaths = 0;
	two.ticket.phase = PHASE_DELIVERED;
	check_quick("I6", "'delivered' with an episode 'run'");
	two.ticket.phase = PHASE_WORKING;
	one.ticket.merge_commit = (struct oid){ "" };
	check_quick("I13", "done without a merge");
}

static void
test_quick_looks_at_the_files_of_open_episodes(void **state)
{
	(void)state;
	store_put("tickets/2/episodes/1/revoked", "");
	check_quick("I7", "2.1 is both claimed and revoked");
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/revoked", 0), 0);
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/claimed", 0), 0);
	check_quick("I6", "2.1 is 'run', but was never claimed");
	store_put("tickets/2/episodes/1/claimed", "");
	/* A crash between the commit of a start and its token: taken back next, and no fault. */
	rec_start(&three);
	check_quick(NULL, NULL);
}

static void
test_quick_looks_at_the_store(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(store.spool_refused, "s.bad.why", 0), 0);
	check_quick("I3", "s.bad.json");
	assert_int_equal(unlinkat(store.spool_refused, "s.bad.json", 0), 0);
	assert_int_equal(fchmodat(store.dir, "spool/new", 0777, 0), 0);
	check_quick("I19", "spool/new has mode 0777");
}

/* The directory itself, open to others, is refused by everybody. */
static void
test_I19_state_is_private_D_15(void **state)
{
	(void)state;
	assert_int_equal(fchmod(store.dir, 0755), 0);
	check_two("I18", "chmod", "I19", ". has mode 0755");
	assert_int_equal(fchmod(store.dir, 0700), 0);
	check_found(false, NULL, 0);
}

static void
test_I19_no_strange_kinds_in_the_store(void **state)
{
	(void)state;
	assert_int_equal(mkfifoat(store.dir, "control/pipe", 0600), 0);
	check_one("I19", "control/pipe is a socket, a pipe or a device");
	assert_int_equal(unlinkat(store.control, "pipe", 0), 0);
	assert_int_equal(mkfifoat(store.dir, "api", 0600), 0);
	check_one("I19", "api is a socket, a pipe or a device");
	assert_int_equal(unlinkat(store.dir, "api", 0), 0);
	assert_int_equal(symlinkat("elsewhere", store.dir, "reeved.log"), 0);
	check_found(false, NULL, 0);
}

/* --- secrets --- */

static void
put_nonce(const char *name, unsigned char byte, const char *before, const char *after)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct nonce nonce = { { byte } };

	buf_adds(&text, before);
	nonce_add_hex(&text, &nonce);
	buf_adds(&text, after);
	store_put(name, text.p);
}

static void
test_I19_no_copy_of_an_open_nonce_D_42_X_31(void **state)
{
	_cleanup_(buf_release) struct buf far = BUF_INIT;

	(void)state;
	put_nonce("tickets/2/episodes/1/brief.md", 1, "your nonce is ", ".\n");
	check_one("I19", "tickets/2/episodes/1/brief.md holds the nonce of episode 2.1");
	/* Across two reads, and at the very end. */
	for (size_t i = 0; i < 65536 - 10; i++)
		buf_addch(&far, '.');
	put_nonce("tickets/2/episodes/1/brief.md", 1, far.p, "");
	check_one("I19", "brief.md holds the nonce");
	/* Another number; one of more digits; that of a closed episode, which opens nothing. */
	put_nonce("tickets/2/episodes/1/brief.md", 2, "", "\n");
	check_found(false, NULL, 0);
	put_nonce("tickets/2/episodes/1/brief.md", 1, "", "0\n");
	check_found(false, NULL, 0);
	put_nonce("tickets/1/episodes/1/brief.md", 1, "", "\n");
	check_found(false, NULL, 0);
	/* What the agent itself shows in its terminal. */
	put_nonce("tickets/2/episodes/1/brief.md", 2, "", "\n");
	put_nonce("tickets/2/episodes/1/pane.log", 1, "REEVE_NONCE=", "\r\n");
	check_found(false, NULL, 0);
}

/* The launcher empties it before it executes anything. */
static void
test_I19_claimed_is_emptied(void **state)
{
	(void)state;
	put_nonce("tickets/2/episodes/1/claimed", 1, "", "\n");
	check_found(false, NULL, 0);
	store_put("tickets/2/episodes/1/started", "");
	check_one("I19", "claimed holds the nonce");
}

/* --- the note --- */

static void
test_note_of_the_last_check_D_91(void **state)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };
	struct fsck_note note = { .at_wall_ms = 0 };

	(void)state;
	assert_int_equal(fsck_note_read(&store, &note, NULL), ERR_NOTFOUND);
	quick(&found);
	assert_int_equal(fsck_note_write(&store, &found, 3, STORE_NOW, NULL), 0);
	assert_int_equal(fsck_note_read(&store, &note, NULL), 0);
	assert_int_equal(note.at_wall_ms, STORE_NOW);
	assert_int_equal(note.tickets, 3);
	assert_int_equal(note.findings, 0);
	assert_int_equal(note.texts.n, 0);
	fsck_note_release(&note);
	for (int i = 0; i < FSCK_NOTE_TEXTS + 5; i++)
		(void)fsck_add(&found, "I6", 3, NULL, "ticket 3: \x1b%d", i);
	assert_int_equal(fsck_note_write(&store, &found, 3, STORE_NOW + 1000, NULL), 0);
	assert_int_equal(fsck_note_read(&store, &note, NULL), 0);
	assert_int_equal(note.at_wall_ms, STORE_NOW + 1000);
	assert_int_equal(note.findings, FSCK_NOTE_TEXTS + 5);
	assert_int_equal(note.texts.n, FSCK_NOTE_TEXTS);
	assert_string_equal(note.texts.v[0], "I6 ticket 3: \\x1b0");
	fsck_note_release(&note);
	check_found(false, NULL, 0); /* it is one of ours */
}

static void
test_note_that_is_damaged(void **state)
{
	static const char *const texts[] = { "", "{", "{}", "{\"at\":\"yesterday\"}",
		"{\"at\":\"2026-11-21T06:23:25Z\",\"tickets\":-1,\"findings\":0}",
		"{\"at\":\"2026-11-21T06:23:25Z\",\"tickets\":1,\"findings\":0,\"texts\":7}" };
	struct fsck_note note = { .at_wall_ms = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		store_put("fsck.json", texts[i]);
		assert_int_equal(fsck_note_read(&store, &note, NULL), ERR_INVALID);
		assert_int_equal(note.at_wall_ms, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_full(test_quick_finds_what_headers_show_D_91),
		in_full(test_quick_looks_at_the_files_of_open_episodes),
		in_full(test_quick_looks_at_the_store),
		in_full(test_I19_state_is_private_D_15),
		in_full(test_I19_no_strange_kinds_in_the_store),
		in_full(test_I19_no_copy_of_an_open_nonce_D_42_X_31),
		in_full(test_I19_claimed_is_emptied),
		in_full(test_note_of_the_last_check_D_91),
		in_full(test_note_that_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
