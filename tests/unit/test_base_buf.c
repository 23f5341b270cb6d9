/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */
#include "base/buf.h"

#include <cmocka.h>

static void
test_buf_empty_can_be_printed(void **state)
{
	struct buf b = BUF_INIT, zeroed;

	(void)state;
	assert_string_equal(b.p, "");
	assert_int_equal(buf_str(&b).len, 0);
	memset(&zeroed, 0, sizeof zeroed);
	assert_int_equal(buf_str(&zeroed).len, 0);
	assert_non_null(buf_str(&zeroed).p);
	buf_release(&zeroed);
	assert_string_equal(zeroed.p, "");
	buf_clear(&b);
	buf_truncate(&b, 0);
	buf_release(&b);
	buf_release(&b);
	buf_init(&b);
	assert_string_equal(b.p, "");
	assert_int_equal(buf_empty[0], 0);
}

static void
test_buf_adds(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "one");
	buf_addch(&b, ' ');
	buf_add(&b, "two!", 3);
	buf_add_str(&b, STR(" three"));
	buf_addf(&b, " %d %s", 4, "five");
	assert_string_equal(b.p, "one two three 4 five");
	assert_int_equal(b.len, strlen(b.p));
	buf_add(&b, NULL, 0);
	buf_add_str(&b, (struct str){ NULL, 0 });
	assert_int_equal(b.len, strlen("one two three 4 five"));
}

static void
test_buf_add_number(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 99, 100, UINT32_MAX, UINT64_MAX - 5,
		UINT64_MAX };
	_cleanup_(buf_release) struct buf b = BUF_INIT, same = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		buf_add_number(&b, numbers[i]);
		buf_addf(&same, "%llu", (unsigned long long)numbers[i]);
		assert_string_equal(b.p, same.p);
	}
}

static void
test_buf_keeps_nul_bytes(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_addch(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, "a\0b\0\0", 5);
}

static void
test_buf_stays_terminated_at_every_length(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(b.len, i);
		assert_int_equal(b.p[i], '\0');
		buf_addch(&b, 'x');
	}
	assert_int_equal(strlen(b.p), 5000);
}

/* vsnprintf is asked twice when the text does not fit: every length around the room left. */
static void
test_buf_addf_at_every_room(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'y', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int n = 0; n < 399; n++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_adds(&b, "0123456789");
		buf_addf(&b, "%.*s|%s", n, text, "end");
		assert_int_equal(b.len, 10 + n + 4);
		assert_int_equal(strlen(b.p), b.len);
		assert_string_equal(b.p + 10 + n, "|end");
	}
}

static void
test_buf_clear_keeps_memory(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	char *p;

	(void)state;
	buf_grow(&b, 1000);
	assert_int_equal(b.len, 0);
	p = b.p;
	buf_adds(&b, "text");
	buf_clear(&b);
	assert_string_equal(b.p, "");
	for (int i = 0; i < 1000; i++)
		buf_addch(&b, 'z');
	assert_ptr_equal(b.p, p);
	buf_truncate(&b, 2);
	assert_string_equal(b.p, "zz");
}

static void
test_buf_take_leaves_it_empty(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	char *s = buf_take(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s); /* on the heap even when nothing was ever added */
	buf_adds(&b, "mine");
	s = buf_take(&b);
	assert_string_equal(b.p, "");
	assert_int_equal(b.len, 0);
	buf_adds(&b, "other");
	assert_string_equal(s, "mine");
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_empty_can_be_printed),
		cmocka_unit_test(test_buf_adds),
		cmocka_unit_test(test_buf_add_number),
		cmocka_unit_test(test_buf_keeps_nul_bytes),
		cmocka_unit_test(test_buf_stays_terminated_at_every_length),
		cmocka_unit_test(test_buf_addf_at_every_room),
		cmocka_unit_test(test_buf_clear_keeps_memory),
		cmocka_unit_test(test_buf_take_leaves_it_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
