/* SPDX-License-Identifier: GPL-2.0-only */
/* A message is there once, in new/ or in read/, whoever is ended in between. */
#include "test_store.h"

#include <linux/capability.h>
#include <sys/syscall.h>

#include "codec/message_json.h"
#include "store/inbox.h"

#define NAME "12.41.json"

static struct inbox_place boss;
static struct io *used;

static int
put(struct io *io, struct err *err)
{
	struct io *was = store.io;
	int rc;

	store.io = io;
	rc = inbox_put(&store, &boss, NAME, STR("{}\n"), err);
	store.io = was;
	return rc;
}

static int
take(struct io *io, struct err *err)
{
	struct io *was = store.io;
	struct inbox b = INBOX_INIT;
	int rc;

	store.io = io;
	rc = inbox_open(&store, &boss, &b, err);
	if (rc == 0)
		rc = inbox_take(&b, NAME, err);
	inbox_close(&b);
	store.io = was;
	return rc;
}

static size_t
unread(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct inbox b = INBOX_INIT;

	if (inbox_open(&store, &boss, &b, NULL) < 0)
		return 0;
	assert_int_equal(inbox_list(&b, &names, NULL), 0);
	inbox_close(&b);
	return names.n;
}

static int
put_in_child(void *arg)
{
	(void)arg;
	return put(used, NULL) < 0;
}

static int
take_in_child(void *arg)
{
	(void)arg;
	return take(used, NULL) < 0;
}

static void
test_inbox_puts_once_and_takes_once_B_11(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct inbox in = INBOX_INIT;
	struct err err = ERR_INIT;

	(void)state;
	boss = inbox_of_name("boss");
	assert_int_equal(inbox_open(&store, &boss, &in, &err), ERR_NOTFOUND);
	assert_int_equal(put(io_real(), &err), 0);
	assert_int_equal(put(io_real(), &err), 0);
	assert_int_equal(unread(), 1);
	assert_int_equal(inbox_open(&store, &boss, &in, &err), 0);
	assert_int_equal(inbox_read(&in, NAME, &b, &err), 0);
	assert_string_equal(b.p, "{}\n");
	inbox_close(&in);
	assert_int_equal(take(io_real(), &err), 0);
	assert_int_equal(take(io_real(), &err), 0); /* two readers: the same */
	assert_int_equal(unread(), 0);
	assert_true(store_has("inbox/boss/read/" NAME) && !store_has("inbox/boss/new/" NAME));
	assert_int_equal(put(io_real(), &err), 0); /* it is read: not delivered once more */
	assert_int_equal(unread(), 0);
}

/* Of any kind and name. */
static size_t
inbox_entries(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(io_real(), store.dir, "inbox/boss/new", NULL);

	assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
	io_close(io_real(), dir);
	return names.n;
}

static void
test_inbox_put_is_ended_at_every_step_B_3(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (int code = IO_CRASH_EXIT; code == IO_CRASH_EXIT; n++) {
		store_renew();
		boss = inbox_of_name("boss");
		used = io_crash(n);
		code = child_run(put_in_child, NULL);
		assert_true(code == 0 || code == IO_CRASH_EXIT);
		assert_int_equal(put(io_real(), NULL), 0);
		assert_int_equal(unread(), 1);
		store_check("inbox/boss/new/" NAME, "{}\n");
		assert_int_equal(inbox_entries(), 1); /* nothing half written beside it */
	}
	assert_true(n > 9);
}

static void
test_inbox_take_is_ended_at_every_step_B_11(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (int code = IO_CRASH_EXIT; code == IO_CRASH_EXIT; n++) {
		store_renew();
		boss = inbox_of_name("boss");
		assert_int_equal(put(io_real(), NULL), 0);
		used = io_crash(n);
		code = child_run(take_in_child, NULL);
		assert_true(code == 0 || code == IO_CRASH_EXIT);
		assert_true(store_has("inbox/boss/read/" NAME) || unread() == 1);
		assert_int_equal(take(io_real(), NULL), 0);
		assert_int_equal(unread(), 0);
		store_check("inbox/boss/read/" NAME, "{}\n");
		assert_false(store_has("inbox/boss/new/" NAME));
	}
	assert_true(n > 3);
}

static void
test_inbox_lists_messages_and_nothing_else_X_5_X_7(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct inbox in = INBOX_INIT;
	struct err err = ERR_INIT;

	(void)state;
	boss = inbox_of_name("boss");
	assert_int_equal(put(io_real(), &err), 0);
	store_put("inbox/boss/new/notes.txt", "x");
	store_put("inbox/boss/new/.tmp-12.42.json", "{");
	assert_int_equal(unread(), 1);
	assert_int_equal(mkfifoat(store.dir, "inbox/boss/new/13.1.json", 0600), 0);
	assert_int_equal(symlinkat("/etc/passwd", store.dir, "inbox/boss/new/13.2.json"), 0);
	assert_int_equal(unread(), 3);
	assert_int_equal(inbox_open(&store, &boss, &in, &err), 0);
	assert_int_equal(inbox_read(&in, "13.1.json", &b, &err), ERR_INVALID); /* and no wait */
	assert_true(inbox_read(&in, "13.2.json", &b, &err) < 0);
	assert_int_equal(b.len, 0);
	inbox_close(&in);
}

static void
test_inbox_of_an_episode_does_not_make_the_episode(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	boss = inbox_of_episode((struct episode_id){ { 12 }, 3 });
	assert_string_equal(boss.s, "tickets/12/episodes/3/inbox");
	assert_int_equal(put(io_real(), &err), ERR_NOTFOUND);
	assert_false(store_has("tickets/12"));
}

/* --- what a worker puts in the way of its own inbox --- */

#define WORKER  "tickets/12/episodes/3"
#define OTHER   "tickets/13/episodes/1"
#define OUTSIDE "outside" /* of the state directory, beside it */

enum in_the_way {
	WAY_FILE,
	WAY_FIFO,
	WAY_LINK_TO_OTHER,
	WAY_LINK_OUT,
	WAY_LINK_TO_NOTHING,
	WAY_COUNT
};

static struct inbox_place worker, other;

static void
workers_make(void)
{
	static const char *const dirs[] = { "tickets/12", "tickets/12/episodes", WORKER,
		"tickets/13", "tickets/13/episodes", OTHER };
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		assert_int_equal(mkdirat(store.dir, dirs[i], 0700), 0);
	assert_int_equal(mkdirat(place, OUTSIDE, 0700), 0);
	worker = inbox_of_episode((struct episode_id){ { 12 }, 3 });
	other = inbox_of_episode((struct episode_id){ { 13 }, 1 });
	assert_int_equal(inbox_put(&store, &other, "13.7.json", STR("{}\n"), &err), 0);
}

static size_t
entries(int at, const char *name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(io_real(), at, name, NULL);

	assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
	io_close(io_real(), dir);
	return names.n;
}

static void
way_make(enum in_the_way what, const char *name)
{
	_cleanup_(buf_release) struct buf to = BUF_INIT;
	const char *part = strrchr(name, '/') + 1;

	if (what == WAY_FILE) {
		store_put(name, "not a directory");
		return;
	}
	if (what == WAY_FIFO) {
		assert_int_equal(mkfifoat(store.dir, name, 0600), 0);
		return;
	}
	if (what == WAY_LINK_TO_OTHER)
		buf_addf(
		    &to, "%s/" OTHER "/inbox/%s", store.path, strcmp(part, "inbox") ? part : "");
	else
		buf_addf(&to, "%s/%s", place_path, what == WAY_LINK_OUT ? OUTSIDE : "nothing");
	assert_int_equal(symlinkat(to.p, store.dir, name), 0);
}

/* Whoever writes, reads, waits or looks meets it, and goes no further. */
static void
way_check(const char *name)
{
	struct inbox in = INBOX_INIT;
	struct err err = ERR_INIT;

	if (inbox_put(&store, &worker, NAME, STR("{}\n"), &err) != ERR_CONFLICT)
		fail_msg("%s: put: %s", name, err.text);
	assert_non_null(strstr(err.text, "move it away"));
	assert_int_equal(inbox_ensure(&store, &worker, NULL), ERR_CONFLICT);
	assert_int_equal(inbox_open(&store, &worker, &in, NULL), ERR_CONFLICT);
	assert_int_equal(inbox_has(&store, &worker, "13.7.json", NULL), ERR_CONFLICT);
	assert_int_equal(entries(place, OUTSIDE), 0);
	assert_false(file_exists(io_real(), place, "nothing"));
	assert_int_equal(entries(store.dir, OTHER "/inbox"), 2);
	assert_int_equal(entries(store.dir, OTHER "/inbox/new"), 1);
	assert_int_equal(entries(store.dir, OTHER "/inbox/read"), 0);
	assert_int_equal(entries(store.dir, "spool/tmp"), 0);
}

static void
test_inbox_of_a_worker_goes_through_no_link_X_5_B_2(void **state)
{
	static const char *const names[] = { WORKER "/inbox", WORKER "/inbox/new",
		WORKER "/inbox/read" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (enum in_the_way what = WAY_FILE; what < WAY_COUNT; what++) {
			store_renew();
			workers_make();
			if (i > 0) {
				assert_int_equal(inbox_ensure(&store, &worker, NULL), 0);
				assert_int_equal(unlinkat(store.dir, names[i], AT_REMOVEDIR), 0);
			}
			way_make(what, names[i]);
			way_check(names[i]);
			assert_int_equal(inbox_has(&store, &other, "13.7.json", NULL), 1);
			assert_int_equal(
			    inbox_put(&store, &other, "13.8.json", STR("{}\n"), NULL), 0);
			assert_int_equal(unlinkat(store.dir, names[i], 0), 0);
			assert_int_equal(inbox_put(&store, &worker, NAME, STR("{}\n"), NULL), 0);
			store_check(WORKER "/inbox/new/" NAME, "{}\n");
		}
}

/* Also above its own directory; and of / nothing is read. */
static void
test_inbox_of_a_worker_whose_directory_is_a_link_X_5(void **state)
{
	struct inbox in = INBOX_INIT;

	(void)state;
	workers_make();
	assert_int_equal(unlinkat(store.dir, WORKER, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("../../13/episodes/1", store.dir, WORKER), 0);
	assert_int_equal(inbox_open(&store, &worker, &in, NULL), ERR_CONFLICT);
	assert_int_equal(inbox_has(&store, &worker, "13.7.json", NULL), ERR_CONFLICT);
	assert_int_equal(inbox_put(&store, &worker, NAME, STR("{}\n"), NULL), ERR_CONFLICT);
	assert_int_equal(unlinkat(store.dir, WORKER, 0), 0);
	assert_int_equal(mkdirat(store.dir, WORKER, 0700), 0);
	assert_int_equal(symlinkat("/", store.dir, WORKER "/inbox"), 0);
	assert_int_equal(inbox_open(&store, &worker, &in, NULL), ERR_CONFLICT);
	assert_int_equal(inbox_open_part(&store, &worker, NULL, NULL), ERR_CONFLICT);
	assert_int_equal(inbox_open_part(&store, &worker, "tmp", NULL), ERR_CONFLICT);
	assert_int_equal(entries(store.dir, OTHER "/inbox/new"), 1);
}

static void
test_inbox_of_a_worker_replaced_between_two_messages_X_5(void **state)
{
	struct inbox in = INBOX_INIT;

	(void)state;
	workers_make();
	assert_int_equal(inbox_put(&store, &worker, "12.1.json", STR("{}\n"), NULL), 0);
	assert_int_equal(inbox_open(&store, &worker, &in, NULL), 0);
	assert_int_equal(renameat(store.dir, WORKER "/inbox", store.dir, WORKER "/mine"), 0);
	assert_int_equal(symlinkat("../../../13/episodes/1/inbox", store.dir, WORKER "/inbox"), 0);
	assert_int_equal(inbox_put(&store, &worker, "12.2.json", STR("{}\n"), NULL), ERR_CONFLICT);
	/* who had it open acts on what it had opened */
	assert_int_equal(inbox_take(&in, "12.1.json", NULL), 0);
	inbox_close(&in);
	assert_true(store_has(WORKER "/mine/read/12.1.json"));
	assert_int_equal(entries(store.dir, OTHER "/inbox/new"), 1);
	assert_int_equal(entries(store.dir, OTHER "/inbox/read"), 0);
	assert_int_equal(unlinkat(store.dir, WORKER "/inbox", 0), 0);
	assert_int_equal(renameat(store.dir, WORKER "/mine", store.dir, WORKER "/inbox"), 0);
	assert_int_equal(inbox_put(&store, &worker, "12.1.json", STR("{}\n"), NULL), 0);
	assert_int_equal(inbox_put(&store, &worker, "12.2.json", STR("{}\n"), NULL), 0);
	assert_int_equal(entries(store.dir, WORKER "/inbox/new"), 1);
}

/* As a user who is not root, to whom permissions mean nothing. */
static int
put_without_power(void *arg)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	(void)arg;
	if (syscall(SYS_capset, &head, none) < 0)
		return 1;
	if (inbox_put(&store, &worker, NAME, STR("{}\n"), NULL) != ERR_IO)
		return 2;
	return inbox_put(&store, &other, "13.8.json", STR("{}\n"), NULL) == 0 ? 0 : 3;
}

static void
test_inbox_of_a_worker_without_permission_B_2(void **state)
{
	static const char *const names[] = { WORKER "/inbox", WORKER "/inbox/new" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		store_renew();
		workers_make();
		assert_int_equal(inbox_ensure(&store, &worker, NULL), 0);
		assert_int_equal(fchmodat(store.dir, names[i], 0, 0), 0);
		assert_int_equal(child_run(put_without_power, NULL), 0);
		assert_int_equal(fchmodat(store.dir, names[i], 0700, 0), 0);
		assert_int_equal(entries(store.dir, WORKER "/inbox/new"), 0);
		assert_int_equal(entries(store.dir, "spool/tmp"), 0);
	}
}

/* The place of a name is the user's; what is below is not to lead anywhere. */
static void
test_inbox_of_a_name_may_be_elsewhere_and_its_parts_not(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	boss = inbox_of_name("boss");
	assert_int_equal(mkdirat(place, OUTSIDE, 0700), 0);
	assert_int_equal(symlinkat("../../" OUTSIDE, store.dir, "inbox/boss"), 0);
	assert_int_equal(put(io_real(), &err), 0);
	check_file(OUTSIDE "/new/" NAME, "{}\n");
	assert_int_equal(unread(), 1);
	assert_int_equal(renameat(place, OUTSIDE "/new", place, "new"), 0);
	assert_int_equal(symlinkat("../new", place, OUTSIDE "/new"), 0);
	assert_int_equal(put(io_real(), &err), ERR_CONFLICT);
}

static void
test_inbox_message_round_trip(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, again = BUF_INIT, wide = BUF_INIT;
	struct message m = { .to = xstrdup("boss"),
		.ticket = { 12 },
		.rev = 41,
		.kind = MESSAGE_QUESTION,
		.phase = PHASE_ASKING,
		.mission = xstrdup("login"),
		.title = xstrdup("a \x1b[31m\"title\" \xff"),
		.next = xstrdup("reeve show 12"),
		.wall_ms = STORE_NOW };
	struct message back = { NULL };
	struct err err = ERR_INIT;
	struct ticket_id id;
	uint64_t rev = 9;
	char name[MESSAGE_NAME_MAX];

	(void)state;
	for (unsigned i = 0; i < MESSAGE_TEXT_MAX; i++)
		buf_adds(&wide, "\xc3\xa4");
	m.summary = xstrdup(wide.p);
	message_dump(&m, &b);
	assert_int_equal(message_load(buf_str(&b), &back, &err), 0);
	assert_true(
	    strlen(back.summary) <= MESSAGE_TEXT_MAX + 3 && str_is_utf8(str_of(back.summary)));
	message_dump(&back, &again);
	assert_string_equal(b.p, again.p);
	message_file(&back, name);
	assert_string_equal(name, "12.41.json");
	assert_true(message_file_parse(str_of(name), &id, &rev) && id.n == 12 && rev == 41);
	back.rev = 0;
	assert_true(signal_id_parse(STR("a.b-c"), &back.signal));
	message_file(&back, name);
	assert_string_equal(name, "12.refused.a.b-c.json");
	assert_true(message_file_parse(str_of(name), &id, &rev) && id.n == 12 && rev == 0);
	message_release(&m);
	message_release(&back);
}

static void
test_inbox_what_is_no_message_is_refused_X_6_X_7(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"reeve\":2}",
		"{\"reeve\":1,\"ticket\":1,\"event\":\"done\",\"phase\":\"done\",\"time\":"
		"\"2026-11-21T06:23:25Z\"}",
		"{\"reeve\":1,\"ticket\":0,\"rev\":1,\"event\":\"done\",\"phase\":\"done\","
		"\"time\":"
		"\"2026-11-21T06:23:25Z\"}",
		"{\"reeve\":1,\"ticket\":1,\"rev\":1,\"event\":\"odd\",\"phase\":\"done\",\"time\":"
		"\"2026-11-21T06:23:25Z\"}" };
	static const char *const names[] = { "", "12", "12.json", "12.0.json", "0.1.json",
		"12.41.json.bak", "../12.41.json", "12.041.json", "12.refused..x.json",
		".tmp-12.41.json" };
	struct message m;
	struct ticket_id id;
	uint64_t rev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(message_load(str_of(bad[i]), &m, NULL), ERR_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (message_file_parse(str_of(names[i]), &id, &rev))
			fail_msg("%s", names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_inbox_puts_once_and_takes_once_B_11),
		in_store(test_inbox_put_is_ended_at_every_step_B_3),
		in_store(test_inbox_take_is_ended_at_every_step_B_11),
		in_store(test_inbox_lists_messages_and_nothing_else_X_5_X_7),
		in_store(test_inbox_of_an_episode_does_not_make_the_episode),
		in_store(test_inbox_of_a_worker_goes_through_no_link_X_5_B_2),
		in_store(test_inbox_of_a_worker_whose_directory_is_a_link_X_5),
		in_store(test_inbox_of_a_worker_replaced_between_two_messages_X_5),
		in_store(test_inbox_of_a_worker_without_permission_B_2),
		in_store(test_inbox_of_a_name_may_be_elsewhere_and_its_parts_not),
		in_store(test_inbox_message_round_trip),
		in_store(test_inbox_what_is_no_message_is_refused_X_6_X_7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
