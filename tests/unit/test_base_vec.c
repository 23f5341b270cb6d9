/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */
#include "base/vec.h"

#include <cmocka.h>

static void
test_strvec_is_always_terminated(void **state)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		strvec_push(&sv, "x");
		assert_int_equal(sv.n, i + 1);
		assert_null(sv.v[sv.n]);
	}
}

static void
test_strvec_owns_its_strings(void **state)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;
	char text[] = "one two";
	char *mine = xstrdup("three");

	(void)state;
	strvec_push(&sv, text);
	strvec_push_str(&sv, str_n(text + 4, 3));
	strvec_push_take(&sv, mine);
	strvec_push_str(&sv, (struct str){ NULL, 0 });
	memset(text, '-', sizeof text - 1);
	assert_string_equal(sv.v[0], "one two");
	assert_string_equal(sv.v[1], "two");
	assert_ptr_equal(sv.v[2], mine);
	assert_string_equal(sv.v[3], "");
	strvec_release(&sv);
	assert_null(sv.v);
	assert_int_equal(sv.n, 0);
	strvec_push(&sv, "again");
	assert_string_equal(sv.v[0], "again");
}

static void
test_strvec_sorts_by_bytes(void **state)
{
	static const char *const in[] = { "b", "\xff", "a", "B", "10", "9", "", "aa" };
	static const char *const out[] = { "", "10", "9", "B", "a", "aa", "b", "\xff" };
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	(void)state;
	strvec_sort(&sv);
	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		strvec_push(&sv, in[i]);
	strvec_sort(&sv);
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		assert_string_equal(sv.v[i], out[i]);
	assert_null(sv.v[sv.n]);
}

static void
test_vec_push_gives_zeroed_elements(void **state)
{
	struct {
		struct {
			uint64_t id;
			const char *name;
		} * v;
		size_t n, cap;
	} vec = { NULL, 0, 0 };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		__typeof__(vec.v) e = VEC_PUSH(&vec);

		assert_ptr_equal(e, &vec.v[i]);
		assert_int_equal(e->id, 0);
		assert_null(e->name);
		e->id = i;
		e->name = "x";
	}
	assert_int_equal(vec.n, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(vec.v[i].id, i);
	free(vec.v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strvec_is_always_terminated),
		cmocka_unit_test(test_strvec_owns_its_strings),
		cmocka_unit_test(test_strvec_sorts_by_bytes),
		cmocka_unit_test(test_vec_push_gives_zeroed_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
