/* SPDX-License-Identifier: GPL-2.0-only */
/* jansson as strict as we need it: what is refused, with which words, and what comes back unchanged. */
#include "base/base.h"

#include "codec/json.h"

#include <setjmp.h>

#include <cmocka.h>

static void
refused(struct str bytes, const char *want)
{
	struct err err = ERR_INIT;
	json_t *o = NULL;

	assert_int_equal(json_open(bytes, 16, &o, &err), ERR_INVALID);
	assert_null(o);
	if (strstr(err.text, want) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, want);
	assert_true(str_is_utf8(str_of(err.text)));
	assert_null(strchr(err.text, '\x1b'));
}

static json_t *
opened(const char *text)
{
	struct err err = ERR_INIT;
	json_t *o = NULL;

	if (json_open(str_of(text), 16, &o, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return o;
}

static void
test_open_refuses_X_6(void **state)
{
	(void)state;
	refused(STR(""), "it is empty");
	refused(STR(" \n\t"), "not JSON");
	refused(STR("{\"a\":1"), "not JSON: line 1");
	refused(STR("{\n\"a\":\"x"), "line 2");
	refused(STR("hello"), "not JSON");
	refused(STR("[1]"), "must be one object");
	refused(STR("{\"a\":1,\"a\":2}"), "duplicate");
	refused(STR("{\"x\":{\"a\":1,\"a\":2}}"), "duplicate");
	refused(STR("{\"a\":1}x"), "end of file expected");
	refused(STR("{\"a\":1}{\"a\":1}"), "end of file expected");
	refused(STR("{\"a\":1}\0"), "byte 8 is a NUL");
	refused(STR("{\"a\":\"\0\"}"), "byte 7 is a NUL");
	refused(STR("{\"a\":\"\\u0000\"}"), "\\u0000");
	refused(STR("{\"\\u0000\":1}"), "not JSON");
	refused(STR("{\"a\":\"\xff\"}"), "byte 7 is not UTF-8");
	refused(STR("{\"a\":\"\xed\xa0\x80\"}"), "byte 7 is not UTF-8");
	refused(STR("{\"a\":\"\xc0\xaf\"}"), "byte 7 is not UTF-8");
	refused(STR("{\"a\":\"\\ud800\"}"), "not JSON");
	refused(STR("{\"a\":\"\\udc00x\"}"), "not JSON");
	refused(STR("{\"a\":\"\n\"}"), "not JSON");
	refused(STR("{\"a\":\"\x1b[2J\"}"), "not JSON");
	refused(STR("{\"a\":1e999}"), "not JSON");
	refused(STR("{\"a\":99999999999999999999}"), "not JSON");
	refused(STR("{\"a\":NaN}"), "not JSON");
	refused(STR("{\"a\":1,}"), "not JSON");
	refused(STR("{'a':1}"), "not JSON");
	refused(STR("{a:1}"), "not JSON");
	refused(STR("{\"a\":01}"), "not JSON");
	refused(STR("{}//x"), "not JSON");
	refused(STR("\xef\xbb\xbf{\"a\":1}"), "byte order mark");
	refused(STR("\xff\xfe{\0}\0"), "byte 1 is not UTF-8");
}

static void
test_open_counts_depth_first_X_6(void **state)
{
	(void)state;
	for (unsigned depth = 14; depth <= 1000; depth = depth < 18 ? depth + 1 : depth * 7) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		_cleanup_(json_drop) json_t *o = NULL;
		struct err err = ERR_INIT;

		buf_adds(&b, "{\"a\":");
		for (unsigned i = 1; i < depth; i++)
			buf_addch(&b, '[');
		for (unsigned i = 1; i < depth; i++)
			buf_addch(&b, ']');
		buf_addch(&b, '}');
		assert_int_equal(
		    json_open(buf_str(&b), 16, &o, &err), depth <= 16 ? 0 : ERR_INVALID);
		if (depth > 16)
			assert_string_equal(
			    err.text, "byte 21: it is nested more than 16 levels deep");
	}
	{
		/* Brackets in strings are no levels; an escaped quote does not end one. */
		_cleanup_(json_drop) json_t *o =
		    opened("{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[\\\\\",\"b\":[]}");

		assert_int_equal(json_object_size(o), 2);
	}
}

static void
test_getters(void **state)
{
	_cleanup_(json_drop) json_t *o =
	    opened("{\"s\":\"x\",\"n\":7,\"r\":7.0,\"b\":true,\"z\":null,\"l\":[\"a\",\"b\"]}");
	struct err err = ERR_INIT;
	struct str s;
	int64_t n = 3;
	bool has, is = false;

	(void)state;
	assert_int_equal(json_get_str(o, "s", &s, &err), 0);
	assert_true(str_is(s, "x"));
	assert_int_equal(json_get_str(o, "none", &s, &err), 0);
	assert_null(s.p);
	assert_int_equal(json_get_str(o, "n", &s, &err), ERR_INVALID);
	assert_string_equal(err.text, "key \"n\" must be a string");
	assert_int_equal(json_get_str(o, "z", &s, &err), ERR_INVALID);
	assert_int_equal(json_get_int(o, "none", 0, 9, &has, &n, &err), 0);
	assert_false(has);
	assert_int_equal(n, 3);
	assert_int_equal(json_get_int(o, "n", 0, 9, &has, &n, &err), 0);
	assert_true(has);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_int(o, "n", 0, 6, &has, &n, &err), ERR_INVALID);
	assert_string_equal(
	    err.text, "key \"n\" must be a whole number from 0 to 6, without quotes");
	assert_int_equal(json_get_int(o, "n", 8, 9, &has, &n, &err), ERR_INVALID);
	assert_int_equal(json_get_int(o, "r", 0, 9, &has, &n, &err), ERR_INVALID);
	assert_int_equal(json_get_int(o, "s", 0, 9, &has, &n, &err), ERR_INVALID);
	assert_int_equal(json_get_bool(o, "none", &has, &is, &err), 0);
	assert_false(has);
	assert_int_equal(json_get_bool(o, "b", &has, &is, &err), 0);
	assert_true(has && is);
	assert_int_equal(json_get_bool(o, "n", &has, &is, &err), ERR_INVALID);
	assert_string_equal(err.text, "key \"n\" must be true or false");
}

static void
test_lists_refuse(void **state)
{
	static const char *const bad[] = { "{\"l\":\"a\"}", "{\"l\":[1]}", "{\"l\":[\"a\",null]}",
		"{\"l\":[{\"hex\":\"0\"}]}", "{\"l\":[{\"hex\":\"00\"}]}",
		"{\"l\":[{\"hex\":\"zz\"}]}", "{\"l\":[{\"hex\":1}]}", "{\"l\":[{}]}",
		"{\"l\":{}}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
		_cleanup_(json_drop) json_t *o = opened(bad[i]);
		struct err err = ERR_INIT;

		assert_int_equal(json_get_list(o, "l", &list, &err), ERR_INVALID);
		assert_string_equal(err.text, "key \"l\" must be an array of strings");
	}
}

/* Any bytes but NUL come back as they were. */
static void
test_bytes_round_trip(void **state)
{
	(void)state;
	srandom(3);
	for (int round = 0; round < 500; round++) {
		_cleanup_(strvec_release) struct strvec list = STRVEC_INIT, again = STRVEC_INIT;
		_cleanup_(json_drop) json_t *o = json_new(), *o2 = NULL;
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		_cleanup_(free_charp) char *one = NULL;
		struct err err = ERR_INIT;

		for (long n = random() % 4 + 1; n > 0; n--) {
			_cleanup_(buf_release) struct buf b = BUF_INIT;

			for (long k = random() % 9; k > 0; k--)
				buf_addch(&b, (char)(random() % (n % 2 ? 255 : 127) + 1));
			strvec_push(&list, b.p);
		}
		json_put_list(o, "l", &list);
		json_put_bytes(o, "one", list.v[0]);
		json_add(o, round % 2 == 0, &text);
		if (round % 2 == 0)
			assert_ptr_equal(strchr(text.p, '\n'), text.p + text.len - 1);
		assert_int_equal(json_open(buf_str(&text), 4, &o2, &err), 0);
		assert_int_equal(json_get_list(o2, "l", &again, &err), 0);
		assert_int_equal(json_get_bytes(o2, "one", &one, &err), 0);
		assert_string_equal(one, list.v[0]);
		assert_int_equal(list.n, again.n);
		for (size_t i = 0; i < list.n; i++)
			assert_string_equal(list.v[i], again.v[i]);
	}
}

static void
test_put_cleans_what_is_not_utf8(void **state)
{
	_cleanup_(json_drop) json_t *o = json_new();
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	json_put_text(o, "a", "x\xff\ny");
	json_put_text(o, "b", "\xc3\xa4\x1b\"\\");
	json_put_text(o, "c", NULL);
	json_put_int(o, "d", INT64_MIN);
	json_put_bool(o, "e", false);
	json_put_list(o, "f", NULL);
	json_add(o, true, &text);
	assert_string_equal(text.p, "{\"a\":\"x\\\\xff\\ny\",\"b\":\"\xc3\xa4\\u001B\\\"\\\\\","
				    "\"d\":-9223372036854775808,\"e\":false,\"f\":[]}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_refuses_X_6),
		cmocka_unit_test(test_open_counts_depth_first_X_6),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_lists_refuse),
		cmocka_unit_test(test_bytes_round_trip),
		cmocka_unit_test(test_put_cleans_what_is_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
