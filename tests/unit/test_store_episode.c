/* SPDX-License-Identifier: GPL-2.0-only */
/* The directory of an episode: the token is out once, and who renames it decides. */
#include "base/base.h"
#include "store/episode.h"

#include "test_store.h"

#include "sys/lock.h"

static const struct episode_id ep = { { 1 }, 1 };
static const struct nonce secret = { { 1, 2, 3 } };

/* A ticket whose last revision opened episode 1.1. */
static int
opened_make(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 };

	if (store_make(state) < 0)
		return -1;
	rec_create(&rec, 1);
	rec_start(&rec);
	rec_put(&rec);
	return 0;
}

#define in_opened(test) cmocka_unit_test_setup_teardown(test, opened_make, store_remove)

static bool
ep_has(const char *name)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	episode_path(&store, ep, name, &path);
	return access(path.p, F_OK) == 0;
}

static int
do_begin(struct root *r, void *arg)
{
	int e = episode_prepare(r, ep, STR("{}\n"), STR("# do it\n"), NULL);

	(void)arg;
	return e < 0 ? e : episode_arm(r, ep, &secret, NULL);
}

static int
do_revoke(struct root *r, void *arg)
{
	(void)arg;
	return episode_revoke(r, ep, NULL);
}

static void
claim(void)
{
	assert_int_equal(
	    renameat(store.tickets, "1/episodes/1/token", store.tickets, "1/episodes/1/claimed"),
	    0);
}

/* Whoever works there can put anything there: reading it waits for nobody, and follows nothing. */
static void
test_episode_read_takes_plain_files_only_X_5(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("# do it\n"), NULL), 0);
	assert_int_equal(mkfifoat(store.dir, "tickets/1/episodes/1/" EPISODE_TURN, 0600), 0);
	assert_int_equal(
	    symlinkat("/etc/passwd", store.dir, "tickets/1/episodes/1/" EPISODE_EXIT), 0);
	assert_int_equal(mkdirat(store.dir, "tickets/1/episodes/1/" EPISODE_RUNNING, 0700), 0);
	assert_int_equal(episode_read(&store, ep, EPISODE_TURN, 100, &b, NULL), ERR_INVALID);
	assert_true(episode_read(&store, ep, EPISODE_EXIT, 100000, &b, NULL) < 0);
	assert_true(episode_read(&store, ep, EPISODE_RUNNING, 100, &b, NULL) < 0);
	assert_int_equal(b.len, 0);
}

static void
test_prepare_and_arm(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, path = BUF_INIT, expected = BUF_INIT;
	struct episode_seen seen;

	(void)state;
	episode_path(&store, ep, NULL, &path);
	buf_addf(&expected, "%s/tickets/1/episodes/1", store.path);
	assert_string_equal(path.p, expected.p);
	episode_look(&store, ep, &seen);
	assert_false(seen.has_dir || seen.has_token || seen.has_claimed || seen.has_revoked);
	assert_int_equal(seen.launcher, PROBE_FREE);
	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("# do it\n"), NULL), 0);
	assert_false(ep_has(EPISODE_TOKEN));
	/* Again, with other words: nothing was promised yet. */
	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("# do that\n"), NULL), 0);
	assert_int_equal(episode_read(&store, ep, EPISODE_BRIEF, 100, &text, NULL), 0);
	assert_string_equal(text.p, "# do that\n");
	assert_int_equal(episode_arm(&store, ep, &secret, NULL), 0);
	buf_clear(&text);
	buf_clear(&expected);
	nonce_add_hex(&expected, &secret);
	buf_addch(&expected, '\n');
	assert_int_equal(episode_read(&store, ep, EPISODE_TOKEN, 100, &text, NULL), 0);
	assert_string_equal(text.p, expected.p);
	/* Once. */
	assert_int_equal(episode_arm(&store, ep, &secret, NULL), ERR_CONFLICT);
	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("x"), NULL), ERR_CONFLICT);
	claim();
	assert_int_equal(episode_arm(&store, ep, &secret, NULL), ERR_CONFLICT);
	episode_look(&store, ep, &seen);
	assert_true(seen.has_dir && seen.has_claimed);
	assert_false(seen.has_token || seen.has_revoked || seen.has_started || seen.has_exit);
	assert_int_equal(seen.launcher, PROBE_FREE);
	assert_int_equal(seen.ticket, PROBE_FREE);
	assert_true(seen.lock_inode != 0);
	check_fsck_clean();
}

static void
test_prepare_for_no_ticket(void **state)
{
	struct episode_id none = { { 2 }, 1 };

	(void)state;
	assert_int_equal(episode_prepare(&store, none, STR("{}"), STR("x"), NULL), ERR_NOTFOUND);
	assert_int_equal(episode_revoke(&store, none, NULL), ERR_NOTFOUND);
	assert_int_equal(episode_read(&store, none, EPISODE_SPEC, 10, NULL, NULL), ERR_NOTFOUND);
	assert_false(store_has("tickets/2"));
}

static void
test_revoke(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	assert_int_equal(do_begin(&store, NULL), 0);
	assert_int_equal(episode_revoke(&store, ep, NULL), 0);
	assert_false(ep_has(EPISODE_TOKEN));
	assert_true(ep_has(EPISODE_REVOKED));
	/* Nothing of the nonce is left. */
	assert_int_equal(episode_read(&store, ep, EPISODE_REVOKED, 100, &text, NULL), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(episode_revoke(&store, ep, NULL), 0);
	assert_int_equal(episode_arm(&store, ep, &secret, NULL), ERR_CONFLICT);
}

static void
test_revoke_loses_to_a_claim_D_12(void **state)
{
	(void)state;
	assert_int_equal(do_begin(&store, NULL), 0);
	claim();
	assert_int_equal(episode_revoke(&store, ep, NULL), ERR_CONFLICT);
	assert_false(ep_has(EPISODE_REVOKED));
	assert_true(ep_has(EPISODE_CLAIMED));
}

/* After a crash right behind the commit that opened it: not even the directory is there. */
static void
test_revoke_without_a_token_D_7(void **state)
{
	(void)state;
	assert_int_equal(episode_revoke(&store, ep, NULL), 0);
	assert_true(ep_has(EPISODE_REVOKED));
	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("x"), NULL), ERR_CONFLICT);
}

/* Both files, which we never make: it is not claimable afterwards. */
static void
test_revoke_of_damage(void **state)
{
	(void)state;
	assert_int_equal(do_begin(&store, NULL), 0);
	store_put("tickets/1/episodes/1/revoked", "");
	assert_int_equal(episode_revoke(&store, ep, NULL), 0);
	assert_false(ep_has(EPISODE_TOKEN));
}

struct racer {
	int ready[2];
};

static int
race_claim(void *arg)
{
	struct racer *race = arg;

	(void)close(race->ready[1]);
	child_wait_eof(race->ready[0]); /* until the other one goes, too */
	return renameat2(store.tickets, "1/episodes/1/token", store.tickets, "1/episodes/1/claimed",
		   RENAME_NOREPLACE) == 0
		   ? 0
		   : 1;
}

static void
test_claim_or_revoke_one_wins_D_12(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct racer race;
		bool is_claimed;
		pid_t pid;
		int e;

		assert_int_equal(store_remove(NULL), 0);
		assert_int_equal(opened_make(NULL), 0);
		assert_int_equal(do_begin(&store, NULL), 0);
		assert_return_code(pipe2(race.ready, O_CLOEXEC), 0);
		pid = child_start(race_claim, &race);
		(void)close(race.ready[0]);
		(void)close(race.ready[1]);
		e = episode_revoke(&store, ep, NULL);
		is_claimed = child_end(pid) == 0;
		assert_int_equal(e, is_claimed ? ERR_CONFLICT : 0);
		assert_int_equal(ep_has(EPISODE_CLAIMED), is_claimed);
		assert_int_equal(ep_has(EPISODE_REVOKED), !is_claimed);
		assert_false(ep_has(EPISODE_TOKEN));
	}
}

static int
hold_locks(void *arg)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	bool both = arg != NULL;

	lock_note(&note);
	if (both &&
	    lock_take(io_real(), store.tickets, "1/episodes/1/lock", note.p, NULL, NULL) < 0)
		return 1;
	return lock_take(io_real(), store.tickets, "1/lock", note.p, NULL, NULL) < 0;
}

static int
look_blind(void *arg)
{
	struct episode_seen seen;

	(void)arg;
	if (kernel_refuses(SYS_openat, EMFILE) < 0)
		return 2;
	episode_look(&store, ep, &seen);
	return seen.launcher == PROBE_UNKNOWN && seen.ticket == PROBE_UNKNOWN &&
		       seen.probe_errno == EMFILE
		   ? 0
		   : 1;
}

static void
test_look_at_the_locks_D_69(void **state)
{
	struct episode_seen seen;
	uint64_t start = 0;
	pid_t pid, found = 0;
	int both = 1;

	(void)state;
	assert_int_equal(do_begin(&store, NULL), 0);
	assert_int_equal(episode_launcher(&store, ep, &found, &start), ERR_NOTFOUND);
	pid = child_hold(hold_locks, &both);
	episode_look(&store, ep, &seen);
	assert_int_equal(seen.launcher, PROBE_HELD);
	assert_int_equal(seen.ticket, PROBE_HELD);
	assert_int_equal(episode_launcher(&store, ep, &found, &start), 0);
	assert_int_equal(found, pid);
	assert_true(start != 0);
	child_kill(pid);
	episode_look(&store, ep, &seen);
	assert_int_equal(seen.launcher, PROBE_FREE);
	assert_int_equal(seen.ticket, PROBE_FREE);
	/* Orphans: the launcher is gone, the ticket's lock is not. */
	pid = child_hold(hold_locks, NULL);
	episode_look(&store, ep, &seen);
	assert_int_equal(seen.launcher, PROBE_FREE);
	assert_int_equal(seen.ticket, PROBE_HELD);
	child_kill(pid);
	assert_int_equal(child_run(look_blind, NULL), 0);
}

/* A later episode has the lock of the ticket; this one was taken back, and nobody was ever in it. */
static void
test_a_revoked_episode_has_no_launcher_D_7(void **state)
{
	struct episode_seen seen;
	pid_t pid;

	(void)state;
	assert_int_equal(episode_revoke(&store, ep, NULL), 0);
	pid = child_hold(hold_locks, NULL);
	episode_look(&store, ep, &seen);
	assert_int_equal(seen.launcher, PROBE_FREE);
	assert_int_equal(seen.ticket, PROBE_HELD);
	child_kill(pid);
}

/* --- crashes --- */

static void
renew_opened(void)
{
	assert_int_equal(store_remove(NULL), 0);
	assert_int_equal(opened_make(NULL), 0);
}

/* The supervisor closes it: the next revision says so, and what became of it. */
static void
close_never_started(void)
{
	_cleanup_(record_release) struct record rec = { 0 };
	struct event e = rec_event(EVENT_NEVER_STARTED);

	e.ending = ENDING_ABANDONED;
	assert_int_equal(ticket_read(&store, ep.ticket, &rec, NULL), 0);
	rec_step(&rec, e, NULL);
	rec_put(&rec);
	assert_int_equal(episode_write(&store, ep, EPISODE_OUTCOME, STR(STORE_OUTCOME), NULL), 0);
}

/* Until the token is out, whole, nobody can start it; afterwards it can be taken back. */
static void
test_begin_crash_X_34_D_7(void **state)
{
	bool is_done = false;
	uint64_t at;

	(void)state;
	for (at = 1; !is_done; at++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		renew_opened();
		assert_true(at < 80);
		is_done = crash_at(at, do_begin, NULL);
		assert_true(!is_done || ep_has(EPISODE_TOKEN));
		if (ep_has(EPISODE_TOKEN)) {
			assert_int_equal(
			    episode_read(&store, ep, EPISODE_TOKEN, 100, &text, NULL), 0);
			assert_int_equal(text.len, 2 * NONCE_BYTES + 1);
			assert_true(ep_has(EPISODE_SPEC) && ep_has(EPISODE_BRIEF));
			assert_true(ep_has(EPISODE_LOCK));
		}
		check_fsck_clean();
		assert_int_equal(episode_revoke(&store, ep, NULL), 0);
		assert_int_equal(tickets_sweep(&store, NULL), 0);
		close_never_started();
		assert_false(ep_has(EPISODE_TOKEN));
		check_fsck_clean();
	}
	assert_true(at > 20);
}

/* The nonce is in no file but the token: no left-over keeps it. */
static void
test_begin_crash_leaves_no_nonce_X_31(void **state)
{
	bool is_done = false;

	(void)state;
	for (uint64_t at = 1; !is_done; at++) {
		_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
		_cleanup_(buf_release) struct buf hex = BUF_INIT;
		int dir;

		renew_opened();
		is_done = crash_at(at, do_begin, NULL);
		assert_int_equal(episode_revoke(&store, ep, NULL), 0);
		nonce_add_hex(&hex, &secret);
		dir = file_open_dir(io_real(), store.tickets, "1/episodes/1", NULL);
		assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
		for (size_t i = 0; i < names.n; i++) {
			_cleanup_(buf_release) struct buf text = BUF_INIT;

			assert_int_equal(
			    file_read(io_real(), dir, names.v[i], 1000, &text, NULL), 0);
			assert_true(str_find(buf_str(&text), buf_str(&hex)) < 0);
			assert_false(str_starts(str_of(names.v[i]), FILE_TMP_PREFIX));
		}
		io_close(io_real(), dir);
	}
}

static void
test_prepare_again_after_a_crash(void **state)
{
	bool is_done = false;

	(void)state;
	for (uint64_t at = 1; !is_done; at++) {
		struct episode_seen seen;

		renew_opened();
		is_done = crash_at(at, do_begin, NULL);
		episode_look(&store, ep, &seen);
		if (!seen.has_token)
			assert_int_equal(do_begin(&store, NULL), 0);
		assert_true(ep_has(EPISODE_TOKEN));
		claim();
		check_fsck_clean();
	}
}

static void
test_revoke_crash(void **state)
{
	bool is_done, has_token;
	uint64_t at;

	(void)state;
	for (int bare = 0; bare < 2; bare++) {
		is_done = false;
		for (at = 1; !is_done; at++) {
			renew_opened();
			assert_true(at < 50);
			if (!bare)
				assert_int_equal(do_begin(&store, NULL), 0);
			is_done = crash_at(at, do_revoke, NULL);
			has_token = ep_has(EPISODE_TOKEN);
			/* Either can still be claimed, or never again. */
			if (!bare)
				assert_int_not_equal(has_token, ep_has(EPISODE_REVOKED));
			assert_false(has_token && is_done);
			check_fsck_clean();
			assert_int_equal(episode_revoke(&store, ep, NULL), 0);
			assert_true(ep_has(EPISODE_REVOKED));
			close_never_started();
			check_fsck_clean();
		}
		/* rename, sync, empty; without a directory two are made and synced, and the file */
		assert_int_equal(at - 1, bare ? 9 : 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_opened(test_prepare_and_arm),
		in_opened(test_episode_read_takes_plain_files_only_X_5),
		in_opened(test_prepare_for_no_ticket),
		in_opened(test_revoke),
		in_opened(test_revoke_loses_to_a_claim_D_12),
		in_opened(test_revoke_without_a_token_D_7),
		in_opened(test_revoke_of_damage),
		in_opened(test_claim_or_revoke_one_wins_D_12),
		in_opened(test_look_at_the_locks_D_69),
		in_opened(test_a_revoked_episode_has_no_launcher_D_7),
		in_opened(test_begin_crash_X_34_D_7),
		in_opened(test_begin_crash_leaves_no_nonce_X_31),
		in_opened(test_prepare_again_after_a_crash),
		in_opened(test_revoke_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
