/* SPDX-License-Identifier: GPL-2.0-only */
/* The id of a session becomes a word of a command line, and names what an agent goes on with. */
#include "test_core.h"

#include "codec/session_id.h"

#define FROM ((int64_t)0x01a1fec5a000)
#define TO   (FROM + 60000)
#define ID7  "01a1fec5-af07-7662-956f-0a3c960c6ca1"

/* of a real opencode, and when it said that it made them, or a millisecond after */
#define REAL_SES "ses_e001ec74bffeLM1YkTmBlI9sm3"
#define REAL_MS  INT64_C(1795294312628)

#define PERIOD ((int64_t)1 << 36)

static void
test_session_id_fits(void **state)
{
	static const struct {
		const char *form, *id;
		int64_t made, from, to;
	} good[] = {
		{ "uuid7", ID7, FROM + 0xf07, FROM, TO },
		{ "uuid7", ID7, FROM + 0xf07, FROM + 0xf07, FROM + 0xf07 },
		{ "uuid7", ID7, FROM + 0xf07, FROM, FROM + 0xf08 - 1000 }, /* in its last second */
		{ "ses_time", REAL_SES, REAL_MS, 1795294312000, 1795294313000 },
		{ "ses_time", REAL_SES, REAL_MS, REAL_MS, REAL_MS - 999 },
		{ "ses_time", "ses_e001ec6e7ffeTuxALo84y4hx8o", 1795294312728, 1795294312000,
		    1795294313000 },
		{ "ses_time", "ses_e001ec6aeffetSLKvJ23xsujmv", 1795294312785, 1795294312000,
		    1795294313000 },
		/* across the moment when the digits begin again, and one period later */
		{ "ses_time", "ses_fffffffffffe00000000000000", 26 * PERIOD, 26 * PERIOD - 1000,
		    26 * PERIOD + 1000 },
		{ "ses_time", REAL_SES, REAL_MS + PERIOD, REAL_MS + PERIOD - 5, REAL_MS + PERIOD },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t made = 0;

		if (!session_id_fits(
			good[i].form, str_of(good[i].id), good[i].from, good[i].to, &made))
			fail_msg("%zu: %s: %s", i, good[i].form, good[i].id);
		assert_int_equal(made, good[i].made);
	}
}

static void
test_session_id_that_does_not_X_7(void **state)
{
	static const struct {
		const char *form, *id;
	} bad[] = { { NULL, "" }, { NULL, "ses-7" }, { NULL, ID7 }, { "", ID7 }, { "uuid", ID7 },
		{ "uuid7", "" }, { "uuid7", "--last" }, { "uuid7", "my-thread" },
		{ "uuid7", ID7 "0" }, { "uuid7", "01a1fec5-af07-7662-956f-0a3c960c6ca" },
		{ "uuid7", "01a1fec5-af07-7662-956f-0a3c960c6cag" },
		{ "uuid7", "01A1FEC5-af07-7662-956f-0a3c960c6ca1" },
		{ "uuid7", "01a1fec5aaf07-7662-956f-0a3c960c6ca1" },
		{ "uuid7", "01a1fec5-af07-4662-956f-0a3c960c6ca1" },
		{ "uuid7", "01a1fec5-9fff-7662-956f-0a3c960c6ca1" }, /* before */
		{ "uuid7", "01a1fec7-af07-7662-956f-0a3c960c6ca1" }, /* after */
		{ "uuid7", "ffffffff-ffff-7662-956f-0a3c960c6ca1" }, { "uuid7", REAL_SES },
		{ "ses_time", ID7 }, { "ses_time", "" },
		{ "ses_time", "ses_usersOwnPrivateOne123" },
		{ "ses_time", "ses_usersOwnPrivateOne12345678" },
		{ "ses_time", REAL_SES } /* of another time */ };
	static const char *const bad_real[] = { "ses_e001ec74bffeLM1YkTmBlI9sm", REAL_SES "0",
		"Ses_e001ec74bffeLM1YkTmBlI9sm3", "ses-e001ec74bffeLM1YkTmBlI9sm3",
		"ses_E001EC74BFFELM1YkTmBlI9sm3", "ses_e001ec74bffeLM1YkTmBlI9s-3",
		"ses_e001ec74bffeLM1YkTmBlI9sm ", "msg_e001ec74bffeLM1YkTmBlI9sm3",
		"ses_1ffe138b4001LM1YkTmBlI9sm3" /* ascending */ };
	static const char nul[] = "ses_e001ec74bffeLM1YkTm\0lI9sm3";
	int64_t made;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (session_id_fits(bad[i].form, str_of(bad[i].id), FROM, TO, &made))
			fail_msg("%s: %s", bad[i].form ? bad[i].form : "none", bad[i].id);
	for (size_t i = 0; i < ARRAY_LEN(bad_real); i++)
		if (session_id_fits("ses_time", str_of(bad_real[i]), REAL_MS, REAL_MS, &made))
			fail_msg("%s", bad_real[i]);
	assert_false(session_id_fits("ses_time", str_n(nul, 30), REAL_MS, REAL_MS, &made));
	/* a millisecond before, one after the last second, and an episode that is not over */
	assert_false(
	    session_id_fits("ses_time", str_of(REAL_SES), REAL_MS + 1, REAL_MS + 2000, &made));
	assert_false(
	    session_id_fits("ses_time", str_of(REAL_SES), REAL_MS - 5000, REAL_MS - 1000, &made));
	assert_false(session_id_fits("ses_time", str_of(REAL_SES), REAL_MS - 5, 0, &made));
	assert_false(session_id_fits("uuid7", str_of(ID7), FROM, 0, &made));
}

static void
test_session_form(void **state)
{
	static const char *const bad[] = { "", "*", "uuid", "uuid4", "UUID7", "ses_", "ses_*",
		"any" };

	(void)state;
	assert_true(session_form_is_known(STR("uuid7")));
	assert_true(session_form_is_known(STR("ses_time")));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (session_form_is_known(str_of(bad[i])))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_id_fits),
		cmocka_unit_test(test_session_id_that_does_not_X_7),
		cmocka_unit_test(test_session_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
