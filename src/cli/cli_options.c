/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_options.h"

#include "base/clean.h"
#include "cli/cli.h"

#define OPTIONS_MAX 32   /* rows of one table */
#define EXIT_HELP   (-1) /* the help was printed, and that was all */

struct option_scan {
	const char *command;
	const struct cli_option *options;
	int argc;
	char **argv;
	int at; /* argv[at] is being looked at */
	bool seen[OPTIONS_MAX];
};

static int
option_find(const struct option_scan *s, char brief, struct str name)
{
	const struct cli_option *o = s->options;

	for (int i = 0; o != NULL && (o[i].brief != '\0' || o[i].name != NULL); i++) {
		if (brief != '\0' && o[i].brief == brief)
			return i;
		if (name.len > 0 && o[i].name != NULL && str_is(name, o[i].name))
			return i;
	}
	return -1;
}

/* "--message" or "-m", as it was typed, fit to be shown. */
static void
option_show(struct str typed, struct buf *ret)
{
	clean_add_line(ret, typed, 60);
}

/* value: what is glued to the option; p == NULL: nothing is. */
static int
option_take(struct option_scan *s, int row, struct str typed, const char *value)
{
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	const struct cli_option *o;

	option_show(typed, &shown);
	if (row < 0)
		return cli_usage(s->command, "there is no option %s", shown.p);
	if (row >= OPTIONS_MAX)
		BUG("command %s has too many options", s->command);
	if (s->seen[row] && s->options[row].list == NULL)
		return cli_usage(s->command, "%s is given twice", shown.p);
	s->seen[row] = true;
	o = &s->options[row];
	if (o->flag != NULL) {
		if (value != NULL)
			return cli_usage(s->command, "%s takes no value", shown.p);
		*o->flag = true;
		return EXIT_OK;
	}
	if (value == NULL) {
		if (s->at + 1 >= s->argc)
			return cli_usage(s->command, "%s needs a value", shown.p);
		value = s->argv[++s->at];
	}
	if (o->list != NULL)
		strvec_push(o->list, value);
	else
		*o->value = value;
	return EXIT_OK;
}

static int
option_long(struct option_scan *s, char *arg)
{
	struct str rest = str_of(arg + 2), name;
	bool has_value = str_cut(&rest, '=', &name);

	if (str_is(name, "help") && !has_value) {
		cli_help(command_find(s->command));
		return EXIT_HELP;
	}
	return option_take(
	    s, option_find(s, '\0', name), str_n(arg, name.len + 2), has_value ? rest.p : NULL);
}

/* "-abc": flags, until one takes the rest as its value. */
static int
option_brief(struct option_scan *s, char *arg)
{
	for (char *p = arg + 1; *p != '\0'; p++) {
		char typed[3] = { '-', *p, '\0' };
		int row = option_find(s, *p, str_of("")), status;
		bool has_value = row >= 0 && s->options[row].flag == NULL;

		if (*p == 'h' && row < 0) {
			cli_help(command_find(s->command));
			return EXIT_HELP;
		}
		status =
		    option_take(s, row, str_of(typed), has_value && p[1] != '\0' ? p + 1 : NULL);
		if (status != EXIT_OK || has_value)
			return status;
	}
	return EXIT_OK;
}

static bool
options_is_told(const struct command *row, const struct cli_option *o)
{
	const char brief[] = { '-', o->brief, '\0' };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "--%s", o->name != NULL ? o->name : "");
	return (o->name == NULL || strstr(row->help, b.p) != NULL) &&
	       (o->brief == '\0' || strstr(row->help, brief) != NULL);
}

/* What a command takes and its help does not tell is a mistake of ours. */
static void
options_check(const char *command, const struct cli_option *o)
{
	const struct command *row = command_find(command);

	for (; row != NULL && o != NULL && (o->brief != '\0' || o->name != NULL); o++) {
		if ((o->value != NULL) + (o->flag != NULL) + (o->list != NULL) != 1)
			BUG("command %s: an option without a place, or with two", command);
		if (!options_is_told(row, o))
			BUG("the help of command %s does not tell of -%c --%s", command,
			    o->brief != '\0' ? o->brief : '-', o->name != NULL ? o->name : "");
	}
}

/* "TITLE" of "new TITLE [-m TEXT ...": the n-th operand of a command in its usage line; empty: it has none. */
static struct str
options_operand(const char *usage, int n)
{
	struct str rest = str_of(usage), word;

	(void)str_cut(&rest, ' ', &word); /* the command's name */
	while (str_cut(&rest, ' ', &word) || word.len > 0) {
		size_t len = 0;

		if (word.len > 0 && word.p[0] == '[')
			word = str_n(word.p + 1, word.len - 1);
		while (len < word.len && word.p[len] >= 'A' && word.p[len] <= 'Z')
			len++;
		if (len == 0)
			break; /* an option, or what could stand here as well */
		if (n-- == 0)
			return str_n(word.p, len);
	}
	return str_of("");
}

static int
options_missing(const char *command, int n)
{
	const struct command *row = command_find(command);
	struct str name = options_operand(row != NULL ? row->usage : "", n);

	if (name.len == 0)
		return cli_usage(command, "something is missing");
	return cli_usage(command, "%.*s is missing", (int)name.len, name.p);
}

/* Whoever forgets the quotes around words sees each of them as an operand. */
static int
options_too_much(const char *command, const char *arg)
{
	static const char *const texts[] = { "TEXT", "TITLE", "REASON", "SUMMARY" };
	const struct command *row = command_find(command);
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	bool has_text = false;

	for (size_t i = 0; row != NULL && i < ARRAY_LEN(texts); i++)
		has_text = has_text || strstr(row->usage, texts[i]) != NULL;
	clean_add_line(&shown, str_of(arg), 60);
	return cli_usage(command, "\"%s\" is too much%s", shown.p,
	    has_text ? ": a text of several words needs quotes" : "");
}

bool
options_parse(const char *command, const struct cli_option *options, int argc, char **argv, int min,
    int max, struct operands *ret, int *ret_status)
{
	struct option_scan s = {
		.command = command, .options = options, .argc = argc, .argv = argv
	};
	int n = 0, status = EXIT_OK;

	options_check(command, options);
	for (s.at = 1; s.at < argc; s.at++) {
		char *arg = argv[s.at];

		if (strcmp(arg, "--") == 0) {
			while (++s.at < argc)
				argv[1 + n++] = argv[s.at];
			break;
		}
		if (arg[0] == '-' && arg[1] == '-')
			status = option_long(&s, arg);
		else if (arg[0] == '-' && arg[1] != '\0')
			status = option_brief(&s, arg);
		else
			argv[1 + n++] = arg;
		if (status != EXIT_OK) {
			*ret_status = status == EXIT_HELP ? EXIT_OK : status;
			return false;
		}
	}
	if (n < min || n > max) {
		*ret_status = n < min ? options_missing(command, n)
				      : options_too_much(command, argv[1 + max]);
		return false;
	}
	ret->n = n;
	ret->v = argv + 1;
	return true;
}

bool
options_number(const char *command, const char *option, const char *value, uint64_t max,
    uint64_t *ret, int *ret_status)
{
	uint64_t n;

	if (str_u64(str_of(value), &n) && n <= max) {
		*ret = n;
		return true;
	}
	*ret_status = cli_usage(
	    command, "%s must be a number from 0 to %llu", option, (unsigned long long)max);
	return false;
}
