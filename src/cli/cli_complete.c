/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_complete.h"

/* --- what a placeholder stands for --- */

/* By the option that it is the value of, or the command that it is an operand of; "": of whatever else.  The first
 * that fits counts. */
static const struct {
	const char *of, *value;
	unsigned kinds;
} placeholders[] = {
	{ "--agent", "A", COMPLETE_AGENT },
	{ "--base", "B", COMPLETE_BRANCH },
	{ "--mission", "M", COMPLETE_MISSION },
	{ "--notify", "N", COMPLETE_INBOX },
	{ "--inbox", "NAME", COMPLETE_INBOX },
	{ "--repo", "R", COMPLETE_REPO },
	{ "adopt", "NAME", COMPLETE_REFUSED },
	{ "agents", "NAME", COMPLETE_AGENT },
	{ "discard", "NAME", COMPLETE_REFUSED },
	{ "inbox", "NAME", COMPLETE_INBOX },
	{ "mission", "NAME", COMPLETE_MISSION },
	{ "repo", "NAME", COMPLETE_REPO },
	{ "", "AGENT", COMPLETE_AGENT },
	{ "", "COMMAND", COMPLETE_COMMAND },
	{ "", "COMMIT", COMPLETE_REF },
	{ "", "FILE", COMPLETE_FILE },
	{ "", "ID", COMPLETE_TICKET },
	{ "", "IDS", COMPLETE_TICKET },
	{ "", "OID", COMPLETE_REF },
	{ "", "PATH", COMPLETE_FILE },
	{ "", "REF", COMPLETE_REF },
	{ "", "AGE", 0 },
	{ "", "LINES", 0 },
	{ "", "N", 0 },
	{ "", "NAME", 0 },
	{ "", "NAMES", 0 },
	{ "", "REASON", 0 },
	{ "", "REV", 0 },
	{ "", "SUMMARY", 0 },
	{ "", "T", 0 },
	{ "", "TEXT", 0 },
	{ "", "TIME", 0 },
	{ "", "TITLE", 0 },
	{ "", "WORD", 0 },
};

static unsigned
placeholder_kinds(const char *command, struct str option, struct str value)
{
	for (size_t i = 0; i < ARRAY_LEN(placeholders); i++)
		if (str_is(value, placeholders[i].value) &&
		    (placeholders[i].of[0] == '\0' ||
			str_is(option.len > 0 ? option : str_of(command), placeholders[i].of)))
			return placeholders[i].kinds;
	BUG("the usage of command %s: nobody knows what %.*s stands for", command, STR_FMT(value));
}

/* --- operands --- */

static void
take(struct complete_ask *a, struct str word)
{
	*VEC_PUSH(&a->taken) = word;
}

bool
complete_is_taken(const struct complete_ask *a, struct str word)
{
	for (size_t i = 0; i < a->taken.n; i++)
		if (str_eq(a->taken.v[i], word))
			return true;
	return false;
}

static void
offer(struct complete_ask *a, struct str option, struct str value)
{
	struct str choice;

	if (value.p[0] >= 'A' && value.p[0] <= 'Z') {
		a->kinds |= placeholder_kinds(a->command->name, option, value);
		return;
	}
	a->kinds |= COMPLETE_CHOICE;
	while (str_cut(&value, '|', &choice) || choice.len > 0)
		strvec_push_str(&a->choices, choice);
}

/*
 * Offers what can stand behind these n operands, in one way to write the command.  A plain word ("add") has to be there
 * as it is; of "COMMIT | NAME" there is one.
 */
static void
ask_way(struct complete_ask *a, struct str way, const struct str *given, size_t n)
{
	bool was_operand = false, is_other = false;
	struct grammar_token t;
	size_t at = 0; /* operands so far */

	(void)grammar_token(&way, &t); /* the command */
	for (; grammar_token(&way, &t); is_other = str_is(t.word, "|") && was_operand,
					was_operand = grammar_is_placeholder(t.word)) {
		if (grammar_is_option(t.word)) {
			(void)grammar_value(&way);
			t.word = str_of("");
		} else if (grammar_is_placeholder(t.word)) {
			at += !is_other;
			if (at == n + 1 || (at <= n && t.repeats))
				offer(a, str_of(""), t.word);
			for (size_t i = at - 1; t.repeats && i < n; i++)
				take(a, given[i]);
			if (t.repeats)
				return;
		} else if (t.word.p[0] >= 'a' && t.word.p[0] <= 'z') {
			at++;
			if (at == n + 1)
				offer(a, str_of(""), t.word);
			if (at > n || !str_eq(given[at - 1], t.word))
				return;
		}
	}
}

static void
ask_operand(struct complete_ask *a, const struct str *given, size_t n)
{
	struct str rest = str_of(a->command->usage), way;

	while (grammar_way(&rest, a->command->name, &way))
		ask_way(a, way, given, n);
}

/* --- the command line --- */

static void
ask_value(struct complete_ask *a, const struct grammar_option *o)
{
	const char *comma = memrchr(a->typed.p, ',', a->typed.len);
	struct str list, member;
	size_t len;

	offer(a, o->name, o->value);
	if (!str_is(o->value, "IDS") || comma == NULL)
		return;
	len = (size_t)(comma + 1 - a->typed.p);
	list = str_n(a->typed.p, len);
	if (!complete_is_word(list)) {
		a->kinds = 0;
		return;
	}
	while (str_cut(&list, ',', &member))
		take(a, member);
	a->kept = str_n(a->kept.p, a->kept.len + len);
	a->typed = str_n(comma + 1, a->typed.len - len);
}

/* "--agent=cla" */
static void
ask_option(struct complete_ask *a)
{
	struct str rest = a->typed, name;
	const struct grammar_option *o;

	if (!str_starts(a->typed, "--") || !str_cut(&rest, '=', &name)) {
		a->kinds = COMPLETE_OPTION;
		return;
	}
	o = grammar_option(&a->options, name);
	if (o == NULL || o->value.len == 0)
		return;
	a->kept = str_n(a->typed.p, name.len + 1);
	a->typed = rest;
	ask_value(a, o);
}

static const struct grammar_option *
ask_given_name(struct complete_ask *a, struct str name)
{
	const struct grammar_option *o = grammar_option(&a->options, name);

	if (o != NULL && !o->repeats) {
		take(a, o->name);
		take(a, o->same);
	}
	return o;
}

/* "--json", "--agent=x", "-m", "-mTEXT", "-fn": the option that has its value in the next word; NULL: none. */
static const struct grammar_option *
ask_given(struct complete_ask *a, struct str word)
{
	const struct grammar_option *o;
	struct str name;

	if (str_starts(word, "--")) {
		bool has_value = str_cut(&word, '=', &name);

		o = ask_given_name(a, name);
		return o != NULL && o->value.len > 0 && !has_value ? o : NULL;
	}
	for (size_t i = 1; i < word.len; i++) {
		const char brief[] = { '-', word.p[i] };

		o = ask_given_name(a, str_n(brief, sizeof brief));
		if (o != NULL && o->value.len > 0)
			return i + 1 == word.len ? o : NULL;
	}
	return NULL;
}

/* The words before the one that is typed: operands, and the option that still waits for its value (or NULL). */
static const struct grammar_option *
ask_before(struct complete_ask *a, size_t n, const char *const *words, struct str *ret,
    size_t *ret_n, bool *ret_ended)
{
	const struct grammar_option *o = NULL;

	for (size_t i = 1; i + 1 < n; i++) {
		struct str word = str_of(words[i]);

		if (o != NULL)
			o = NULL;
		else if (!*ret_ended && str_is(word, "--"))
			*ret_ended = true;
		else if (*ret_ended || !grammar_is_option(word))
			ret[(*ret_n)++] = word;
		else
			o = ask_given(a, word);
	}
	return o;
}

void
complete_ask(size_t n, const char *const *words, struct complete_ask *ret)
{
	const struct grammar_option *waits;
	bool has_ended = false; /* "--": no options any more */
	struct str *given;
	size_t n_given = 0;

	*ret = (struct complete_ask){ .choices = STRVEC_INIT };
	ret->typed = str_of(n > 0 ? words[n - 1] : "");
	ret->kept = str_n(ret->typed.p, 0);
	if (n < 2) {
		ret->kinds = COMPLETE_COMMAND;
		return;
	}
	ret->command = command_find(words[0]);
	if (ret->command == NULL)
		return;
	grammar_options(ret->command, &ret->options);
	given = xcalloc(n, sizeof *given);
	waits = ask_before(ret, n, words, given, &n_given, &has_ended);
	if (waits != NULL)
		ask_value(ret, waits);
	else if (!has_ended && ret->typed.len > 0 && ret->typed.p[0] == '-')
		ask_option(ret);
	else
		ask_operand(ret, given, n_given);
	free(given);
}

void
complete_release(struct complete_ask *a)
{
	free(a->options.v);
	free(a->taken.v);
	strvec_release(&a->choices);
	*a = (struct complete_ask){ .choices = STRVEC_INIT };
}

bool
complete_is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') || memchr("_.,/@%+-", s.p[i], 8) != NULL))
			return false;
	return s.len > 0 && s.p[0] != '%'; /* "%self" */
}
