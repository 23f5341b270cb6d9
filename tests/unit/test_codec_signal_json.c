/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a spool file: what is taken, what is refused and why, and that nothing is lost between. */
#include "base/base.h"

#include "codec/signal_json.h"

#include <setjmp.h>

#include <cmocka.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define OID   "0123456789abcdef0123456789abcdef01234567"
#define SAID  "{\"ticket\":\"12\",\"nonce\":\"" HEX64 "\",\"kind\":\"DONE\""
#define TASK  "{\"kind\":\"create\",\"title\":\"t\""

static void
parse(const char *text, struct signal *s)
{
	struct err err = ERR_INIT;
	enum refusal why;

	if (signal_json_parse(str_of(text), s, &why, NULL, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(why, REFUSAL_NONE);
}

static void
refused(struct str bytes, enum refusal want_why, unsigned ticket, const char *want)
{
	struct signal s = { .summary = (char *)1 };
	struct ticket_id id = { 77 };
	struct err err = ERR_INIT;
	enum refusal why = REFUSAL_NONE;

	assert_int_equal(signal_json_parse(bytes, &s, &why, &id, &err), ERR_INVALID);
	if (strstr(err.text, want) == NULL || why != want_why || id.n != ticket)
		fail_msg("%.*s: \"%s\" (%s, ticket %u) is not \"%s\" (%s, ticket %u)",
		    bytes.len < 99 ? (int)bytes.len : 99, bytes.p, err.text, refusal_name(why),
		    id.n, want, refusal_name(want_why), ticket);
	assert_ptr_equal(s.summary, (char *)1); /* untouched */
	assert_true(str_is_utf8(str_of(err.text)));
	assert_int_equal(signal_json_parse(bytes, &s, &why, NULL, NULL), ERR_INVALID);
}

static void
malformed(const char *text, unsigned ticket, const char *want)
{
	refused(str_of(text), REFUSAL_MALFORMED, ticket, want);
}

static void
invalid(const char *text, unsigned ticket, const char *want)
{
	refused(str_of(text), REFUSAL_INVALID, ticket, want);
}

static void
test_parse_report_E_21(void **state)
{
	struct signal s;
	struct digest hash, want;
	struct nonce nonce;
	const char *text = "{\"reeve\":1,\"ticket\":\"12\",\"nonce\":\"" HEX64
			   "\",\"kind\":\"DONE\",\"episode\":\"12.3\",\"commit\":\"" OID
			   "\",\"summary\":\"did it\",\"body\":\"more\",\"x_tool\":{\"a\":[1]}}\n";

	(void)state;
	parse(text, &s);
	assert_int_equal(s.event.kind, EVENT_DONE);
	assert_int_equal(s.event.ticket.n, 12);
	assert_int_equal(s.event.episode.ticket.n, 12);
	assert_int_equal(s.event.episode.n, 3);
	assert_string_equal(s.event.commit.hex, OID);
	assert_string_equal(s.summary, "did it");
	assert_string_equal(s.body, "more");
	assert_true(s.event.has_text && s.event.has_nonce);
	assert_true(nonce_parse(STR(HEX64), &nonce));
	want = nonce_digest(&nonce);
	assert_true(digest_eq(&s.event.nonce, &want));
	hash = digest_of(str_of(text));
	assert_true(digest_eq(&s.event.sig_hash, &hash));
	assert_string_equal(s.event.sig.s, "");
	signal_release(&s);

	/* the least that a shell has to write; a number is a ticket too */
	parse("{\"ticket\":12,\"nonce\":\"" HEX64 "\",\"kind\":\"NOTE\"}", &s);
	assert_int_equal(s.event.ticket.n, 12);
	assert_int_equal(s.event.episode.n, 0);
	assert_false(s.event.has_text);
	assert_false(oid_is_set(s.event.commit));
	signal_release(&s);
}

static void
test_parse_has_text(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ SAID ",\"summary\":\"x\"}", true },
		{ SAID ",\"summary\":\" \\n\\t\"}", false },
		{ SAID ",\"summary\":\"\\u200b\\u00a0\\u3000\\u001b\\u202e\"}", false },
		{ SAID ",\"summary\":\"\\u200b.\"}", true },
		{ SAID ",\"body\":\"x\"}", false },
		{ SAID "}", false },
		{ "{\"kind\":\"fail\",\"ticket\":1,\"body\":\"red\"}", true },
		{ "{\"kind\":\"fail\",\"ticket\":1,\"body\":\"\"}", false },
		{ "{\"kind\":\"fail\",\"ticket\":1}", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct signal s;

		parse(rows[i].text, &s);
		assert_int_equal(s.event.has_text, rows[i].want);
		signal_release(&s);
	}
}

static void
test_parse_command(void **state)
{
	struct signal s;

	(void)state;
	parse("{\"reeve\":1,\"ticket\":\"12\",\"kind\":\"fail\",\"expect\":7,\"actor\":\"person:"
	      "ann\","
	      "\"commit\":\"" OID "\",\"body\":\"the tests are red\"}",
	    &s);
	assert_int_equal(s.event.kind, EVENT_REJECT);
	assert_int_equal(s.event.expect_rev, 7);
	assert_string_equal(s.event.actor, "person:ann");
	assert_false(s.event.has_nonce);
	assert_false(s.event.has_spec);
	signal_release(&s);

	parse("{\"kind\":\"create\",\"actor\":\"person:ann\",\"title\":\"#(touch x) \\u001b[2J\","
	      "\"text\":\"a\\nb\",\"repo\":\"app\",\"base\":\"release/1\",\"agent\":\"sh\","
	      "\"mission\":\"m1\",\"after\":\"3,4\",\"notify\":\"ann\",\"review\":\"human\","
	      "\"merge\":\"auto\",\"want\":\"park\",\"priority\":1000,"
	      "\"not_before\":\"2026-11-21T06:23:25Z\"}",
	    &s);
	assert_int_equal(s.event.kind, EVENT_CREATE);
	assert_string_equal(s.spec.title, "#(touch x) \x1b[2J"); /* X-8 X-10: kept as bytes */
	assert_string_equal(s.spec.text, "a\nb");
	assert_string_equal(s.spec.repo, "app");
	assert_string_equal(s.spec.base, "release/1");
	assert_string_equal(s.spec.after, "3,4");
	assert_int_equal(s.event.review, REVIEW_HUMAN);
	assert_int_equal(s.event.merge_policy, MERGE_AUTO);
	assert_int_equal(s.event.want, WANT_PARK);
	assert_true(s.event.has_priority && s.event.has_not_before && s.event.has_spec);
	assert_int_equal(s.event.priority, 1000);
	assert_int_equal(s.event.not_before_wall_ms, 1795242205000);
	signal_release(&s);

	/* an edit leaves alone what it does not name, and "" takes away */
	parse(
	    "{\"kind\":\"edit\",\"ticket\":1,\"mission\":\"\",\"after\":\"\",\"notify\":\"\"}", &s);
	assert_false(s.event.has_spec || s.event.has_priority || s.event.has_not_before);
	assert_null(s.spec.title);
	assert_string_equal(s.spec.mission, "");
	assert_string_equal(s.spec.after, "");
	signal_release(&s);
	parse("{\"kind\":\"assign\",\"ticket\":1,\"agent\":\"codex\"}", &s);
	assert_true(s.event.has_spec);
	signal_release(&s);
}

static void
test_parse_refuses_the_form_X_6(void **state)
{
	(void)state;
	malformed("", 0, "empty");
	malformed("{\"ticket\":\"12\",\"nonce\":\"00", 0, "not JSON: line 1");
	malformed("DONE", 0, "not JSON");
	malformed("[]", 0, "one object");
	malformed(SAID "} trailing", 0, "not JSON");
	malformed(SAID ",\"kind\":\"NOTE\"}", 0, "duplicate");
	malformed(SAID ",\"x_a\":1,\"x_a\":2}", 0, "duplicate");
	malformed(SAID ",\"summary\":\"\xff\"}", 0, "not UTF-8");
	malformed(SAID ",\"summary\":\"a\\u0000b\"}", 0, "\\u0000");
	malformed("\xef\xbb\xbf" SAID "}", 0, "byte order mark");
	refused(STR(SAID ",\"summary\":\"a\0b\"}"), REFUSAL_MALFORMED, 0, "NUL");
	malformed(SAID ",\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", 0, "16 levels");
	malformed(SAID ",\"summry\":\"x\"}", 12, "key \"summry\" is not known");
	malformed(SAID ",\"\\u001b[2J\":1}", 12, "key \"\\x1b[2J\" is not known");
	malformed("{\"reeve\":2,\"ticket\":1,\"kind\":\"park\"}", 1, "\"reeve\" must be 1");
	malformed("{\"reeve\":\"1\",\"ticket\":1,\"kind\":\"park\"}", 1, "\"reeve\" must be 1");
	malformed("{\"reeve\":1.0,\"ticket\":1,\"kind\":\"park\"}", 1, "\"reeve\" must be 1");
	malformed("{\"ticket\":1,\"kind\":7}", 1, "key \"kind\" must be a string");
	malformed("{\"ticket\":1}", 1, "\"kind\" is missing");
	malformed("{\"ticket\":1,\"kind\":\"done\"}", 1, "in upper case");
	malformed("{\"ticket\":1,\"kind\":\"\"}", 1, "is not known");
	malformed("{\"ticket\":1,\"kind\":\"DONE\"}", 1, "\"nonce\" is missing");
	malformed("{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":5}", 1, "must be a string");
	malformed("{\"kind\":\"DONE\",\"nonce\":\"" HEX64 "\"}", 0, "\"ticket\" is missing");
	malformed("{\"kind\":\"park\"}", 0, "\"ticket\" is missing");
	malformed("{\"kind\":\"park\",\"ticket\":[1]}", 0, "a string or a number");
	malformed("{\"kind\":\"park\",\"ticket\":1.5}", 0, "a string or a number");
	malformed("{\"kind\":\"create\"}", 0, "\"title\" is missing");
	malformed("{\"kind\":\"assign\",\"ticket\":1}", 1, "\"agent\" is missing");
	malformed(TASK ",\"ticket\":1}", 1, "\"ticket\" has no meaning with kind create");
	malformed(TASK ",\"nonce\":\"" HEX64 "\"}", 0, "\"nonce\" has no meaning");
	malformed(TASK ",\"body\":\"x\"}", 0, "\"body\" has no meaning");
	malformed(SAID ",\"title\":\"x\"}", 12, "\"title\" has no meaning with kind DONE");
	malformed(SAID ",\"actor\":\"person:ann\"}", 12, "\"actor\" has no meaning");
	malformed("{\"kind\":\"edit\",\"ticket\":1,\"repo\":\"b\"}", 1, "\"repo\" has no meaning");
	malformed(SAID ",\"summary\":5}", 12, "key \"summary\" must be a string");
	malformed(SAID ",\"commit\":5}", 12, "key \"commit\" must be a string");
	malformed(SAID ",\"episode\":12.3}", 12, "key \"episode\" must be a string");
	malformed(TASK ",\"priority\":\"10\"}", 0, "\"priority\" must be a whole number");
	malformed(TASK ",\"review\":null}", 0, "\"review\" must be a string");
	malformed("{\"kind\":\"park\",\"ticket\":1,\"expect\":\"7\"}", 1, "\"expect\" must be");
}

/* No fact comes through the spool, by whatever name. */
static void
test_parse_refuses_facts(void **state)
{
	int facts = 0;

	(void)state;
	for (unsigned k = 1; k < EVENT_COUNT; k++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		if (!event_is_fact((enum event_kind)k))
			continue;
		buf_addf(&b, "{\"ticket\":3,\"nonce\":\"%s\",\"kind\":\"%s\"}", HEX64,
		    event_name((enum event_kind)k));
		malformed(b.p, 3, "only the supervisor establishes");
		facts++;
	}
	assert_int_equal(facts, EVENT_FIRST_COMMAND - EVENT_LAST_REPORT - 1);
	malformed("{\"ticket\":3,\"kind\":\"merged\"}", 3, "kind \"merged\" is a fact");
}

static void
test_parse_refuses_values_X_7(void **state)
{
	(void)state;
	malformed("{\"ticket\":3,\"kind\":\"prune\"}", 3, "key \"prune\" is missing");
	malformed("{\"ticket\":3,\"kind\":\"park\",\"prune\":\"work\"}", 3, "has no meaning");
	invalid("{\"ticket\":3,\"kind\":\"prune\",\"prune\":\"all\"}", 3, "landed, work or refs");
	invalid("{\"ticket\":\"0\",\"kind\":\"park\"}", 0, "key \"ticket\" must be the number");
	invalid("{\"ticket\":\"012\",\"kind\":\"park\"}", 0, "\"ticket\"");
	invalid("{\"ticket\":\"../1\",\"kind\":\"park\"}", 0, "\"ticket\"");
	invalid("{\"ticket\":\"1 \",\"kind\":\"park\"}", 0, "\"ticket\"");
	invalid("{\"ticket\":-1,\"kind\":\"park\"}", 0, "\"ticket\"");
	invalid("{\"ticket\":1000000000,\"kind\":\"park\"}", 0, "\"ticket\"");
	invalid("{\"ticket\":4294967297,\"kind\":\"park\"}", 0, "\"ticket\"");
	malformed("{\"ticket\":\"0\",\"kind\":\"nope\"}", 0, "is not known");
	invalid("{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":\"\"}", 1, "64 hex digits");
	invalid("{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":\"" HEX64 "0\"}", 1, "64 hex digits");
	invalid("{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":\"" OID "\"}", 1, "64 hex digits");
	invalid(SAID ",\"episode\":\"12\"}", 12, "\"episode\"");
	invalid(SAID ",\"episode\":\"12.3/../1\"}", 12, "\"episode\"");
	invalid(SAID ",\"commit\":\"HEAD\"}", 12, "\"commit\" must be a whole commit id");
	invalid(SAID ",\"commit\":\"0123456\"}", 12, "\"commit\"");
	invalid(
	    SAID ",\"commit\":\"--upload-pack=touch x                    \"}", 12, "\"commit\"");
	invalid(TASK ",\"repo\":\"../app\"}", 0, "key \"repo\" must be a name");
	invalid(TASK ",\"repo\":\"\"}", 0, "\"repo\"");
	invalid(TASK ",\"agent\":\"a/../b\"}", 0, "\"agent\"");
	invalid(TASK ",\"agent\":\"-x\"}", 0, "\"agent\"");
	invalid(TASK ",\"mission\":\"..\"}", 0, "\"mission\"");
	invalid(TASK ",\"notify\":\"../../etc\"}", 0, "\"notify\"");
	invalid(TASK ",\"notify\":\"\xc3\xa4\"}", 0, "\"notify\"");
	invalid(TASK ",\"after\":\"3,\"}", 0, "\"after\" must be numbers");
	invalid(TASK ",\"after\":\",3\"}", 0, "\"after\"");
	invalid(TASK ",\"after\":\"3, 4\"}", 0, "\"after\"");
	invalid(TASK ",\"after\":\"3;4\"}", 0, "\"after\"");
	invalid(TASK ",\"after\":\"03\"}", 0, "\"after\"");
	invalid(TASK ",\"after\":\"3,4,3\"}", 0, "names ticket 3 twice");
	invalid("{\"kind\":\"edit\",\"ticket\":9,\"after\":\"3,9\"}", 9, "cannot wait for itself");
	invalid(TASK ",\"priority\":1001}", 0, "from 0 to 1000");
	invalid(TASK ",\"priority\":-1}", 0, "from 0 to 1000");
	invalid(TASK ",\"review\":\"robot\"}", 0, "human, agent or none");
	invalid(TASK ",\"merge\":\"yes\"}", 0, "auto, manual or none");
	invalid(TASK ",\"want\":\"cancel\"}", 0, "run or park");
	invalid(TASK ",\"not_before\":\"tomorrow\"}", 0, "\"not_before\" must be a time");
	invalid(TASK ",\"not_before\":\"2026-02-30T00:00:00Z\"}", 0, "\"not_before\"");
	invalid(TASK ",\"base\":\"a..b\"}", 0, "\"base\" must be the name of a branch");
	invalid(TASK ",\"base\":\"-D\"}", 0, "\"base\"");
	invalid(TASK ",\"base\":\"refs/heads/main\"}", 0, "\"base\"");
	invalid(TASK ",\"base\":\"a b\"}", 0, "\"base\"");
	invalid(TASK ",\"base\":\"a.lock\"}", 0, "\"base\"");
	invalid(TASK ",\"base\":\"a//b\"}", 0, "\"base\"");
	invalid(TASK ",\"base\":\"\"}", 0, "\"base\"");
	invalid(TASK ",\"actor\":\"worker\"}", 0, "\"actor\" must say who");
	invalid(TASK ",\"actor\":\"reeve\"}", 0, "\"actor\"");
	invalid(TASK ",\"actor\":\"\"}", 0, "\"actor\"");
	invalid(TASK ",\"actor\":\"ann lee\"}", 0, "\"actor\"");
	invalid(TASK ",\"actor\":\"person:ann\\n2 x\"}", 0, "\"actor\"");
}

static void
test_parse_titles_X_8_X_10(void **state)
{
	static const char *const bad[] = { "", " ", "\\t", "\\u200b\\u202e", "a\\nb", "a\\rb",
		"a\\u000bb", "a\\u0085b", "a\\u2028b", "\\u001b" };
	static const char *const good[] = { "#(touch x)", "#{l:x};", "a\\u001b[31mb", "../../x",
		"\\u202ex", "\xc3\xa4", "-n", "\\\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_addf(&b, "{\"kind\":\"create\",\"title\":\"%s\"}", bad[i]);
		invalid(b.p, 0, "key \"title\" must");
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct signal s;

		buf_addf(&b, "{\"kind\":\"create\",\"title\":\"%s\"}", good[i]);
		parse(b.p, &s);
		signal_release(&s);
	}
	for (size_t n = TICKET_TITLE_MAX; n <= 10240; n += n == TICKET_TITLE_MAX ? 1 : 9739) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct signal s;

		buf_adds(&b, "{\"kind\":\"create\",\"title\":\"");
		for (size_t i = 0; i < n; i++)
			buf_addch(&b, 'x');
		buf_adds(&b, "\"}");
		if (n == TICKET_TITLE_MAX) {
			parse(b.p, &s);
			signal_release(&s);
		} else {
			invalid(b.p, 0, "it can have 500");
		}
	}
}

static void
test_parse_sizes_X_5_X_6(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 300 * 1024; i++)
		buf_addch(&b, '{');
	refused(
	    buf_str(&b), REFUSAL_MALFORMED, 0, "it has 307200 bytes; a signal has at most 262144");
	buf_truncate(&b, 1000);
	refused(buf_str(&b), REFUSAL_MALFORMED, 0, "16 levels");
	buf_clear(&b);
	buf_adds(&b, SAID ",\"body\":\"");
	for (unsigned i = 0; i < TICKET_TEXT_MAX + 1; i++)
		buf_addch(&b, 'x');
	buf_adds(&b, "\"}");
	refused(buf_str(&b), REFUSAL_INVALID, 12, "\"body\" has 131073 bytes");
}

/* Cut anywhere, it is refused and not half read. */
static void
test_parse_half_written_X_4(void **state)
{
	static const char text[] = SAID ",\"summary\":\"x\",\"body\":\"y\"}";

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++)
		refused(str_n(text, n), REFUSAL_MALFORMED, 0, n == 0 ? "empty" : "not JSON");
}

/* A refused nonce, or one beside another mistake, is in no sentence. */
static void
test_parse_keeps_nonces_to_itself_X_31(void **state)
{
	static const char *const bad[] = {
		"{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":\"" HEX64 "0\"}",
		"{\"ticket\":1,\"kind\":\"DONE\",\"nonce\":\"" HEX64 "\",\"commit\":\"x\"}",
		"{\"ticket\":1,\"kind\":\"park\",\"nonce\":\"" HEX64 "\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = ERR_INIT;
		struct signal s;
		enum refusal why;

		assert_int_equal(
		    signal_json_parse(str_of(bad[i]), &s, &why, NULL, &err), ERR_INVALID);
		assert_null(strstr(err.text, "00112233"));
	}
}

static char *
random_text(size_t max, bool one_line)
{
	static const char *const bits[] = { "a", "Z", " ", "\"", "\\", "\xc3\xa4", "\x1b[0m",
		"#(x)", "\t", "\xf0\x9f\x98\x80", "/", "\n", "| ", "\r" };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addch(&b, 'v');
	for (size_t n = (size_t)random() % max; n > 0; n--)
		buf_adds(&b, bits[(size_t)random() % (ARRAY_LEN(bits) - (one_line ? 3 : 0))]);
	return buf_take(&b);
}

static bool
maybe(void)
{
	return random() % 2 == 0;
}

static void
same_text(const char *a, const char *b)
{
	assert_string_equal(a != NULL ? a : "(none)", b != NULL ? b : "(none)");
}

static void
random_signal(struct signal *s, bool is_report)
{
	struct event *e = &s->event;

	do
		e->kind = (enum event_kind)(random() % (EVENT_COUNT - 1) + 1);
	while (event_is_fact(e->kind) || event_is_report(e->kind) != is_report);
	if (e->kind != EVENT_CREATE)
		e->ticket.n = (uint32_t)(random() % ID_TICKET_MAX) + 1;
	if (e->kind != EVENT_CREATE && maybe())
		s->body = random_text(90, false);
	if (is_report && maybe())
		s->summary = random_text(90, false);
	for (; e->kind == EVENT_QUESTION && e->choices < 9 && maybe(); e->choices++) {
		_cleanup_(buf_release) struct buf one = BUF_INIT;

		buf_addf(&one, "%u way, \xc3\xa4 \"\\", e->choices);
		strvec_push(&s->choices, one.p);
	}
	if (is_report && maybe())
		e->episode = (struct episode_id){ e->ticket, (uint32_t)(random() % 999) + 1 };
	if (!is_report && maybe())
		memcpy(e->actor, "person:ann", 11);
	if (e->kind == EVENT_PRUNE)
		e->prune = (enum prune)(1 + random() % (PRUNE_COUNT - 1));
	if (e->kind != EVENT_CREATE && e->kind != EVENT_EDIT && e->kind != EVENT_ASSIGN &&
	    e->kind != EVENT_PRUNE && maybe())
		memcpy(e->commit.hex, OID, sizeof OID);
	if (!is_report && e->kind != EVENT_CREATE && maybe())
		e->expect_rev = (uint64_t)random() << 31;
	if (e->kind == EVENT_ASSIGN)
		s->spec.agent = xstrdup("codex");
	if (e->kind != EVENT_CREATE && e->kind != EVENT_EDIT)
		return;
	if (e->kind == EVENT_CREATE || maybe())
		s->spec.title = random_text(60, true);
	if (maybe())
		s->spec.text = random_text(500, false);
	if (e->kind == EVENT_CREATE && maybe())
		s->spec.repo = xstrdup("a.b_c-D9");
	if (maybe())
		s->spec.base = xstrdup("feature/x@y");
	if (maybe())
		s->spec.after = xstrdup("3,999999999,1000");
	if (maybe())
		s->spec.notify = xstrdup("ann");
	e->review = (enum review)(random() % REVIEW_COUNT);
	e->merge_policy = (enum merge)(random() % MERGE_COUNT);
	e->want = maybe() ? WANT_PARK : WANT_UNSET;
	if ((e->has_priority = maybe()))
		e->priority = (uint32_t)random() % (TICKET_PRIO_MAX + 1);
	if ((e->has_not_before = maybe()))
		e->not_before_wall_ms = (int64_t)random() * 1000;
}

static void
test_round_trip(void **state)
{
	(void)state;
	srandom(11);
	for (int round = 0; round < 3000; round++) {
		struct signal s = { .event = { .kind = EVENT_UNSET } }, t;
		_cleanup_(buf_release) struct buf b = BUF_INIT, again = BUF_INIT;
		bool is_report = maybe();
		struct nonce nonce;

		random_signal(&s, is_report);
		for (size_t i = 0; i < sizeof nonce.b; i++)
			nonce.b[i] = (unsigned char)random();
		signal_json_dump(&s, is_report ? &nonce : NULL, &b);
		assert_ptr_equal(strchr(b.p, '\n'), b.p + b.len - 1);
		parse(b.p, &t);
		s.event.has_text = t.event.has_text; /* follow from what is compared below */
		s.event.has_spec = t.event.has_spec;
		s.event.sig_hash = digest_of(buf_str(&b));
		if (is_report) {
			s.event.has_nonce = true;
			s.event.nonce = nonce_digest(&nonce);
		}
		assert_memory_equal(&s.event, &t.event, sizeof s.event);
		same_text(s.summary, t.summary);
		same_text(s.body, t.body);
		assert_int_equal(s.choices.n, t.choices.n);
		for (size_t i = 0; i < s.choices.n; i++)
			assert_string_equal(s.choices.v[i], t.choices.v[i]);
		same_text(s.spec.title, t.spec.title);
		same_text(s.spec.text, t.spec.text);
		same_text(s.spec.repo, t.spec.repo);
		same_text(s.spec.base, t.spec.base);
		same_text(s.spec.agent, t.spec.agent);
		same_text(s.spec.after, t.spec.after);
		same_text(s.spec.notify, t.spec.notify);
		signal_json_dump(&t, is_report ? &nonce : NULL, &again);
		assert_string_equal(b.p, again.p);
		signal_release(&s);
		signal_release(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_report_E_21),
		cmocka_unit_test(test_parse_has_text),
		cmocka_unit_test(test_parse_command),
		cmocka_unit_test(test_parse_refuses_the_form_X_6),
		cmocka_unit_test(test_parse_refuses_facts),
		cmocka_unit_test(test_parse_refuses_values_X_7),
		cmocka_unit_test(test_parse_titles_X_8_X_10),
		cmocka_unit_test(test_parse_sizes_X_5_X_6),
		cmocka_unit_test(test_parse_half_written_X_4),
		cmocka_unit_test(test_parse_keeps_nonces_to_itself_X_31),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
