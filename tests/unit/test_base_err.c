/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/err.h"

#include <errno.h>
#include <setjmp.h> /* cmocka.h wants this one first */

#include <cmocka.h>

static int
fails(struct err *err)
{
	return err_set(err, ERR_LIMIT, "cannot hold %d cups", 3);
}

static void
test_err_travels(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fails(&err), ERR_LIMIT);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "cannot hold 3 cups");
	assert_int_equal(err_prefix(&err, "ticket %u", 12u), ERR_LIMIT);
	assert_string_equal(err.text, "ticket 12: cannot hold 3 cups");
}

static void
test_err_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(fails(NULL), ERR_LIMIT);
	assert_int_equal(err_sys(NULL, ENOENT, "x"), ERR_NOTFOUND);
	assert_int_equal(err_prefix(NULL, "x"), ERR_IO);
}

static void
test_err_sys_says_code_and_reason(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_sys(&err, ENOSPC, "cannot write %s", "x"), ERR_LIMIT);
	assert_string_equal(err.text, "cannot write x: No space left on device");
}

/* D-23: "not there" is an answer; whatever else the kernel says must not look like one. */
static void
test_err_codes_D_23(void **state)
{
	static const struct {
		int errnum, code;
	} cases[] = {
		{ ENOENT, ERR_NOTFOUND },
		{ ESRCH, ERR_NOTFOUND },
		{ EEXIST, ERR_CONFLICT },
		{ EAGAIN, ERR_BUSY },
		{ ENOSPC, ERR_LIMIT },
		{ EDQUOT, ERR_LIMIT },
		{ EMFILE, ERR_LIMIT },
		{ ENFILE, ERR_LIMIT },
		{ ELOOP, ERR_INVALID },
		{ ENAMETOOLONG, ERR_INVALID },
		{ ENOTDIR, ERR_IO },
		{ EACCES, ERR_IO },
		{ EPERM, ERR_IO },
		{ EIO, ERR_IO },
		{ 0, ERR_IO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(err_code_of(cases[i].errnum), cases[i].code);
	for (int errnum = 1; errnum < 200; errnum++) {
		assert_true(err_code_of(errnum) < 0);
		assert_true(
		    err_code_of(errnum) != ERR_NOTFOUND || errnum == ENOENT || errnum == ESRCH);
	}
}

static void
test_err_long_texts_are_cut_visibly(void **state)
{
	struct err err = ERR_INIT;
	char text[2000];

	(void)state;
	memset(text, 'w', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(err_set(&err, ERR_IO, "%s", text), ERR_IO);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_string_equal(err.text + sizeof err.text - 4, "...");
	assert_int_equal(err_prefix(&err, "front"), ERR_IO);
	assert_memory_equal(err.text, "front: www", 10);
	assert_string_equal(err.text + sizeof err.text - 4, "...");
	assert_int_equal(err_sys(&err, EIO, "%s", text), ERR_IO);
	assert_string_equal(err.text + sizeof err.text - 4, "...");
	for (size_t n = 560; n < 620; n++) {
		assert_int_equal(err_sys(&err, EIO, "%.*s", (int)n, text), ERR_IO);
		assert_true(strlen(err.text) < sizeof err.text);
	}
}

static void
test_err_arguments_may_be_the_old_text(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	(void)err_set(&err, ERR_IO, "inner");
	(void)err_set(&err, ERR_BUSY, "outer (%s)", err.text);
	assert_string_equal(err.text, "outer (inner)");
	(void)err_prefix(&err, "again [%s]", err.text);
	assert_string_equal(err.text, "again [outer (inner)]: outer (inner)");
	assert_int_equal(err.code, ERR_BUSY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_travels),
		cmocka_unit_test(test_err_may_be_null),
		cmocka_unit_test(test_err_sys_says_code_and_reason),
		cmocka_unit_test(test_err_codes_D_23),
		cmocka_unit_test(test_err_long_texts_are_cut_visibly),
		cmocka_unit_test(test_err_arguments_may_be_the_old_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
