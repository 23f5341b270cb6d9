/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a worktree is: what the configuration says, until one is somewhere else. */
#include "test_store.h"

#include "store/place.h"

static struct config config;

static void
configure(const char *more)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	config_release(&config);
	buf_addf(&b, "[repo \"app\"]\npath = %s/app\n%s", place_path, more);
	if (config_load(buf_str(&b), "config", &config, &err) < 0)
		fail_msg("%s", err.text);
}

static void
make(const char *dir)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%s/%s", place_path, dir);
	for (char *s = strchr(b.p + strlen(place_path) + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		(void)mkdir(b.p, 0700);
		*s = '/';
	}
	assert_int_equal(mkdir(b.p, 0700), 0);
}

/* want: below the place of the test. */
static void
check_place(const struct record *rec, const char *want)
{
	_cleanup_(buf_release) struct buf is = BUF_INIT, b = BUF_INIT;

	place_worktree(&store, &config, rec, &is);
	buf_addf(&b, "%s/%s", place_path, want);
	assert_string_equal(is.p, b.p);
}

/* The n-th episode was given the worktree `dir`, and a port. */
static void
give(struct record *rec, uint32_t n, const char *dir, uint32_t port)
{
	_cleanup_(launch_release) struct launch l = { .port = port };
	_cleanup_(buf_release) struct buf json = BUF_INIT, path = BUF_INIT;
	struct err err = ERR_INIT;

	buf_addf(&path, "%s/%s", place_path, dir);
	strvec_push(&l.argv, "sh");
	l.worktree = buf_take(&path);
	launch_dump(&l, &json);
	rec->ticket.episode.n = n;
	make("state/tickets/1/episodes");
	if (episode_prepare(
		&store, ticket_episode(&rec->ticket), buf_str(&json), STR("brief"), &err) < 0)
		fail_msg("%s", err.text);
}

static void
test_place_is_that_of_the_configuration(void **state)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	rec_init(&rec, 1);
	configure("");
	check_place(&rec, "state/worktrees/app/1-fix-the-login");
	configure("worktrees = /mine\n");
	place_worktree(&store, &config, &rec, &b);
	assert_string_equal(b.p, "/mine/1-fix-the-login");
	configure("[defaults]\nworktrees = /all\n");
	buf_clear(&b);
	place_worktree(&store, &config, &rec, &b);
	assert_string_equal(b.p, "/all/app/1-fix-the-login");
	config_release(&config);
}

static void
test_place_of_a_worktree_that_is_elsewhere_D_72(void **state)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	(void)state;
	rec_init(&rec, 1);
	configure("");
	give(&rec, 1, "old/1-fix-the-login.review-1",
	    42007); /* a reviewer's: beside that of the author */
	assert_int_equal(place_port(&store, &rec.ticket), 42007);
	check_place(&rec, "state/worktrees/app/1-fix-the-login"); /* it is not there any more */
	make("old/1-fix-the-login");
	check_place(&rec, "old/1-fix-the-login");
	/* git has no worktree of that name: nothing of the ticket is anywhere, whatever is in that directory */
	make("app/.git");
	check_place(&rec, "state/worktrees/app/1-fix-the-login");
	make("app/.git/worktrees/1-fix-the-login");
	check_place(&rec, "old/1-fix-the-login");
	/* one at the place of the configuration counts first */
	make("state/worktrees/app/1-fix-the-login");
	check_place(&rec, "state/worktrees/app/1-fix-the-login");
	config_release(&config);
}

/* What an episode was given is nobody else's place. */
static void
test_place_of_another_name_is_not_taken(void **state)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	(void)state;
	rec_init(&rec, 1);
	configure("");
	make("old/1-fix-the-login-and-more");
	make("old/precious");
	give(&rec, 1, "old/1-fix-the-login-and-more", 0);
	assert_int_equal(place_port(&store, &rec.ticket), 0);
	check_place(&rec, "state/worktrees/app/1-fix-the-login");
	config_release(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_place_is_that_of_the_configuration),
		in_store(test_place_of_a_worktree_that_is_elsewhere_D_72),
		in_store(test_place_of_another_name_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
