/* SPDX-License-Identifier: GPL-2.0-only */
/* The id of a session becomes a word of a command line, and names what an agent goes on with. */
#include "test_core.h"

#include "codec/session_id.h"

#define FROM ((int64_t)0x01a1fec5a000)
#define TO   (FROM + 60000)
#define ID7  "01a1fec5-af07-7662-956f-0a3c960c6ca1"

static void
test_session_id_fits(void **state)
{
	static const struct {
		const char *shape, *id;
	} good[] = { { NULL, "s" }, { NULL, "ses-7" }, { NULL, "Ab.c_9-" }, { "", "0" },
		{ "uuid", ID7 }, { "uuid", "b1af2383-39f1-4650-8b34-9341c6d45e35" },
		{ "uuid7", ID7 }, { "ses_*", "ses_e0Zq" }, { "t-1.*", "t-1.a" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!session_id_fits(good[i].shape, str_of(good[i].id), FROM, TO))
			fail_msg("%s: %s", good[i].shape ? good[i].shape : "any", good[i].id);
}

static void
test_session_id_that_does_not_X_7(void **state)
{
	static const struct {
		const char *shape, *id;
	} bad[] = { { NULL, "" }, { NULL, "-rf" }, { NULL, "--last" }, { NULL, ".a" },
		{ NULL, "_a" }, { NULL, "a b" }, { NULL, "a/b" }, { NULL, "a\n" }, { NULL, "a=b" },
		{ NULL, "\xc3\xa4" }, { "uuid", "" }, { "uuid", "my-thread" }, { "uuid", ID7 "0" },
		{ "uuid", "01a1fec5-af07-7662-956f-0a3c960c6ca" },
		{ "uuid", "01a1fec5-af07-7662-956f-0a3c960c6cag" },
		{ "uuid", "01A1FEC5-af07-7662-956f-0a3c960c6ca1" },
		{ "uuid", "01a1fec5aaf07-7662-956f-0a3c960c6ca1" },
		{ "uuid7", "01a1fec5-af07-4662-956f-0a3c960c6ca1" },
		{ "uuid7", "01a1fec5-9fff-7662-956f-0a3c960c6ca1" }, /* before */
		{ "uuid7", "01a1fec7-af07-7662-956f-0a3c960c6ca1" }, /* after */
		{ "uuid7", "ffffffff-ffff-7662-956f-0a3c960c6ca1" }, { "ses_*", "ses_" },
		{ "ses_*", "ses" }, { "ses_*", "sesxa" }, { "ses_*", "ses_a-b" },
		{ "ses_*", "x" } };
	static const char nul[] = "a\0b";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (session_id_fits(bad[i].shape, str_of(bad[i].id), FROM, TO))
			fail_msg("%s: %s", bad[i].shape ? bad[i].shape : "any", bad[i].id);
	assert_false(session_id_fits(NULL, str_n(nul, 3), FROM, TO));
	assert_false(session_id_fits("uuid7", str_of(ID7), FROM, 0)); /* it is not over */
}

static void
test_session_shape(void **state)
{
	static const char *const good[] = { "uuid", "uuid7", "ses_*", "a*", "t-1.*" };
	static const char *const bad[] = { "", "*", "uuid4", "UUID", "ses_", "-*", "ses *", "a**",
		"s/*" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(session_shape_is_good(str_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (session_shape_is_good(str_of(bad[i])))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_id_fits),
		cmocka_unit_test(test_session_id_that_does_not_X_7),
		cmocka_unit_test(test_session_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
