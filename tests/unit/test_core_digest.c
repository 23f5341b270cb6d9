/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "core/digest.h"

#include <cmocka.h>

#define ZERO_HEX  "0000000000000000000000000000000000000000000000000000000000000000"
#define ABC_HEX   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
check_hex(const struct digest *d, const char *hex)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	digest_add_hex(&b, d);
	assert_string_equal(b.p, hex);
}

/* FIPS 180-2, and the empty text. */
static void
test_digest_known_values(void **state)
{
	_cleanup_(buf_release) struct buf million = BUF_INIT;
	struct digest d = digest_of(STR(""));

	(void)state;
	check_hex(&d, EMPTY_HEX);
	d = digest_of(str_n(NULL, 0));
	check_hex(&d, EMPTY_HEX);
	d = digest_of(STR("abc"));
	check_hex(&d, ABC_HEX);
	d = digest_of(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
	check_hex(&d, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	for (unsigned i = 0; i < 1000000; i++)
		buf_addch(&million, 'a');
	d = digest_of(buf_str(&million));
	check_hex(&d, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* What the store knows is the digest of the 32 bytes, not of their hex; told by sha256sum. */
static void
test_digest_of_a_nonce_X_31(void **state)
{
	struct nonce n;
	struct digest d;

	(void)state;
	assert_true(nonce_parse(STR(ZERO_HEX), &n));
	d = nonce_digest(&n);
	check_hex(&d, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
	for (unsigned i = 0; i < NONCE_BYTES; i++)
		n.b[i] = (unsigned char)i;
	d = nonce_digest(&n);
	check_hex(&d, "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd");
	nonce_wipe(&n);
	d = nonce_digest(&n);
	check_hex(&d, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
}

static void
test_digest_compare(void **state)
{
	struct digest a = digest_of(STR("abc")), b = a, none = { { 0 } };

	(void)state;
	assert_true(digest_eq(&a, &b));
	for (unsigned bit = 0; bit < 256; bit++) {
		b.b[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_false(digest_eq(&a, &b));
		b = a;
		none.b[bit / 8] = (unsigned char)(1u << bit % 8);
		assert_true(digest_is_set(&none));
		none.b[bit / 8] = 0;
	}
	assert_false(digest_is_set(&none));
}

/* One spelling only, and *ret is untouched when it is another. */
static const char *const bad_hex[] = { "", "0", (ABC_HEX "0"), (ABC_HEX "\n"), (" " ABC_HEX),
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag",
	"0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
	"ba 816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	"ba:7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a" };

static void
test_digest_hex_is_strict(void **state)
{
	struct digest d = digest_of(STR("x")), was = d;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad_hex); i++) {
		assert_false(digest_parse(str_of(bad_hex[i]), &d));
		assert_true(digest_eq(&d, &was));
	}
	assert_false(digest_parse(
	    STR("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), &d));
	assert_false(digest_parse(str_n(ZERO_HEX "\0", 65), &d));
	assert_false(digest_parse(str_n("\0" ZERO_HEX, 64), &d));
	assert_true(digest_eq(&d, &was));
	assert_true(digest_parse(STR(ABC_HEX), &d));
	check_hex(&d, ABC_HEX);
}

static void
test_nonce_hex_is_strict_but_for_case(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct nonce n, was;

	(void)state;
	memset(&n, 0x5a, sizeof n);
	was = n;
	for (unsigned i = 0; i < ARRAY_LEN(bad_hex); i++) {
		assert_false(nonce_parse(str_of(bad_hex[i]), &n));
		assert_memory_equal(&n, &was, sizeof n);
	}
	assert_true(nonce_parse(
	    STR("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015AD"), &n));
	nonce_add_hex(&b, &n);
	assert_string_equal(b.p, ABC_HEX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_known_values),
		cmocka_unit_test(test_digest_of_a_nonce_X_31),
		cmocka_unit_test(test_digest_compare),
		cmocka_unit_test(test_digest_hex_is_strict),
		cmocka_unit_test(test_nonce_hex_is_strict_but_for_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
