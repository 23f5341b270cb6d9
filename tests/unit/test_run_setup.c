/* SPDX-License-Identifier: GPL-2.0-only */
/* By what a setup is known to have been done: the command line, word by word, and the very directory. */
#include "base/base.h"
#include "run/setup.h"

#include "run/agent.h"
#include "run/handover.h"
#include "test_run.h"

static void
mark(const char *const *words, const char *dir, struct buf *ret)
{
	_cleanup_(strvec_release) struct strvec command = STRVEC_INIT;
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	for (; *words; words++)
		strvec_push(&command, *words);
	buf_addf(&path, "%s/%s", place_path, dir);
	buf_clear(ret);
	if (!setup_mark(&command, path.p, ret))
		buf_adds(ret, "none");
}

static void
test_setup_mark_is_of_one_command_and_one_directory(void **state)
{
	static const char *const ci[] = { "npm", "ci", NULL }, *const joined[] = { "npm ci", NULL },
				 *const other[] = { "npm", "c", "i", NULL };
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	mark(ci, "w", &a);
	assert_string_equal(a.p, "none");
	assert_int_equal(mkdirat(place, "w", 0700), 0);
	assert_int_equal(mkdirat(place, "v", 0700), 0);
	mark(ci, "w", &a);
	assert_int_equal(a.p[a.len - 1], '\n');
	mark(ci, "w", &b);
	assert_string_equal(a.p, b.p);
	mark(joined, "w", &b);
	assert_string_not_equal(a.p, b.p);
	mark(other, "w", &b);
	assert_string_not_equal(a.p, b.p);
	mark(ci, "v", &b);
	assert_string_not_equal(a.p, b.p);
	mark(ci, "w", &b);
	/* made anew under the same name: the number of its inode may be the same, the moment of its birth is not */
	for (int i = 0; i < 1000000 && strcmp(a.p, b.p) == 0;
	     i++) { /* the kernel's clock has ticks */
		assert_int_equal(unlinkat(place, "w", AT_REMOVEDIR), 0);
		assert_int_equal(mkdirat(place, "w", 0700), 0);
		mark(ci, "w", &b);
	}
	assert_string_not_equal(a.p, b.p);
}

/* Nothing of the secret is in the process that runs a setup, whatever was there before. */
static void
test_setup_identity_has_no_nonce_X_31(void **state)
{
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(setenv("REEVE_NONCE", TEST_NONCE, 1), 0);
	assert_int_equal(claim_open(&c, io_real(), place_path, "12.3", &err), RUN_OK);
	assert_int_equal(claim_take(&c, &err), RUN_OK);
	handover_identity(&c);
	assert_null(getenv("REEVE_NONCE"));
	assert_null(getenv(HANDOVER_MARK));
	assert_string_equal(getenv("REEVE_EPISODE"), "12.3");
	assert_string_equal(getenv("REEVE_ROLE"), "reviewer");
	claim_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_state(test_setup_mark_is_of_one_command_and_one_directory),
		in_state(test_setup_identity_has_no_nonce_X_31),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
