/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "core/id.h"

#include <cmocka.h>

#define HEX40 "0123456789abcdef0123456789abcdef01234567"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const bad_numbers[] = { "", "0", "00", "01", "007", "-1", "+1", " 1", "1 ",
	"1\n", "0x1", "1e3", "1.", ".1", "a", "1000000000", "4294967295", "4294967297",
	"18446744073709551617", "99999999999999999999999999" };

static void
test_id_ticket_X_7(void **state)
{
	struct ticket_id id = { 7 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad_numbers); i++)
		assert_false(ticket_id_parse(str_of(bad_numbers[i]), &id));
	assert_false(ticket_id_parse(str_n("1\0", 2), &id));
	assert_false(ticket_id_parse(STR("1/../2"), &id));
	assert_false(ticket_id_parse(STR("1.1"), &id));
	assert_int_equal(id.n, 7); /* untouched */
	assert_true(ticket_id_parse(STR("1"), &id));
	assert_int_equal(id.n, 1);
	assert_true(ticket_id_parse(STR("10"), &id));
	assert_int_equal(id.n, 10);
	assert_true(ticket_id_parse(STR("999999999"), &id));
	assert_int_equal(id.n, ID_TICKET_MAX);
}

static void
test_id_episode_X_7(void **state)
{
	static const char *const bad[] = { "", ".", "12", "12.", ".3", "12.0", "12.03", "012.3",
		"0.3", "12.-3", "12.+3", "12. 3", "12.3 ", "12.3.4", "12..3", "12.1000000000",
		"1000000000.1", "12,3", "a.b" };
	struct episode_id a = { { 7 }, 8 }, b;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(episode_id_parse(str_of(bad[i]), &a));
	assert_int_equal(a.ticket.n, 7);
	assert_int_equal(a.n, 8);
	assert_true(episode_id_parse(STR("12.3"), &a));
	assert_int_equal(a.ticket.n, 12);
	assert_int_equal(a.n, 3);
	assert_true(episode_id_parse(STR("999999999.999999999"), &b));
	assert_false(episode_id_eq(a, b));
	b = a;
	assert_true(episode_id_eq(a, b));
	b.n = 4;
	assert_false(episode_id_eq(a, b));
	b = a;
	b.ticket.n = 13;
	assert_false(episode_id_eq(a, b));
}

static void
test_id_oid_is_folded_and_strict(void **state)
{
	static const char *const bad[] = { "", "0123456", (HEX40 "0"), (HEX64 "0"),
		"0123456789abcdef0123456789abcdef0123456",
		" 123456789abcdef0123456789abcdef01234567",
		"g123456789abcdef0123456789abcdef01234567", "HEAD",
		"-123456789abcdef0123456789abcdef01234567" };
	struct oid o = { "kept" }, p;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(oid_parse(str_of(bad[i]), &o));
	assert_false(oid_parse(str_n("\0" HEX40, 40), &o));
	assert_string_equal(o.hex, "kept");
	assert_true(oid_parse(STR("0123456789ABCDEF0123456789abcdef01234567"), &o));
	assert_string_equal(o.hex, HEX40);
	assert_true(oid_parse(STR(HEX64), &p));
	assert_string_equal(p.hex, HEX64);
	assert_false(oid_eq(o, p)); /* the beginning of one is another name */
	p = o;
	assert_true(oid_eq(o, p));
	p.hex[39] ^= 1;
	assert_false(oid_eq(o, p));
	assert_true(oid_is_set(o));
	assert_false(oid_is_set((struct oid){ "" }));
}

static void
test_id_signal_names_X_7(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n",
		"a\\b", "a:b", "caf\xc3\xa9", "a*", "a\x7f" };
	char longest[ID_SIGNAL_MAX + 2];
	struct signal_id a, b;

	(void)state;
	memset(&a, 'z', sizeof a);
	b = a;
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(signal_id_parse(str_of(bad[i]), &a));
	assert_false(signal_id_parse(str_n("a\0b", 3), &a));
	memset(longest, 'x', sizeof longest);
	assert_false(signal_id_parse(str_n(longest, ID_SIGNAL_MAX + 1), &a));
	assert_memory_equal(&a, &b, sizeof a);
	assert_true(signal_id_parse(str_n(longest, ID_SIGNAL_MAX), &a));
	assert_int_equal(strlen(a.s), ID_SIGNAL_MAX);
	assert_true(signal_id_parse(STR("A-z_0.9"), &a));
	assert_string_equal(a.s, "A-z_0.9");
	assert_true(signal_id_parse(STR("-rf"), &b));
	assert_false(signal_id_eq(&a, &b));
	b = a;
	assert_true(signal_id_eq(&a, &b));
	assert_true(signal_id_parse(STR("a-z_0.9"), &b)); /* case counts, X-32 */
	assert_false(signal_id_eq(&a, &b));
}

static void
test_id_names_X_7(void **state)
{
	static const char *const good[] = { "a", "0", "app", "A.b-c_d", "claude-3.5" };
	static const char *const bad[] = { "", ".", "..", ".a", "-a", "_a", "a b", "a/b", "a\n",
		"a:b", "\xc3\xa9" };
	char longest[66];

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(good); i++)
		assert_true(id_is_name(str_of(good[i])));
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(id_is_name(str_of(bad[i])));
	memset(longest, 'x', sizeof longest);
	assert_true(id_is_name(str_n(longest, 64)));
	assert_false(id_is_name(str_n(longest, 65)));
	assert_false(id_is_name(str_n("a\0", 2)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id_ticket_X_7),
		cmocka_unit_test(test_id_episode_X_7),
		cmocka_unit_test(test_id_oid_is_folded_and_strict),
		cmocka_unit_test(test_id_signal_names_X_7),
		cmocka_unit_test(test_id_names_X_7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
