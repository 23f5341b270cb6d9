/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/mcp_tool.h"

#include "base/clean.h"

#define MCP_ARGS_MAX  14
#define MCP_WORDS_MAX 4
#define MCP_FIXED_MAX 3

enum mcp_type {
	MCP_END,
	MCP_LINE,    /* a string */
	MCP_TEXT,    /* a string that goes through stdin */
	MCP_COMMAND, /* a string that is the command's name */
	MCP_NUMBER,
	MCP_NUMBERS, /* an array of them, which becomes "3,4" */
	MCP_IDS,     /* an array of them, each an operand */
	MCP_LIST,    /* an array of strings, the option before each of them */
	MCP_FLAG,
};

struct mcp_arg {
	enum mcp_type type;
	const char *name;
	const char *option; /* NULL: an operand (LINE, NUMBER), or -F - (TEXT) */
	bool is_required;
	const char *text;
	const char *words[MCP_WORDS_MAX]; /* the only values of a LINE or COMMAND */
};

struct mcp_tool {
	const char *name, *title, *text;
	unsigned sides;
	const char *command;              /* NULL: an argument of type COMMAND says it */
	const char *fixed[MCP_FIXED_MAX]; /* options that every call has */
	enum mcp_manner manner;
	struct mcp_arg args[MCP_ARGS_MAX];
};

static const struct mcp_tool tools[] = {
	{ "report_done", "Report: the work is done",
	    "Report that the work of this ticket is finished. Commit everything first, then call "
	    "this exactly once and end your turn. The report is on disk when the answer comes.",
	    MCP_AUTHOR, "done", { NULL }, MCP_REPORTS,
	    { { MCP_TEXT, "summary", NULL, true, "what you did, in a few sentences", { NULL } },
		{ MCP_LINE, "commit", "--commit", false, "another commit than HEAD, by its id",
		    { NULL } } } },
	{ "report_review", "Report: done, and to be looked at",
	    "As report_done, but a person or reviewer has to look at it before it lands.",
	    MCP_AUTHOR, "review", { NULL }, MCP_REPORTS,
	    { { MCP_TEXT, "summary", NULL, true, "what to look at", { NULL } },
		{ MCP_LINE, "commit", "--commit", false, "another commit than HEAD, by its id",
		    { NULL } } } },
	{ "report_verdict", "Pass or fail the commit under review",
	    "The verdict on the commit that you were started to review. Call it exactly once and "
	    "end your turn.",
	    MCP_REVIEWER, NULL, { NULL }, MCP_REPORTS,
	    { { MCP_COMMAND, "verdict", NULL, true, "pass: it can land; fail: it goes back",
		  { "pass", "fail", NULL } },
		{ MCP_TEXT, "feedback", NULL, true,
		    "fail: what is wrong, with file and line, and what should happen; the author "
		    "gets these words. pass: why it can land",
		    { NULL } } } },
	{ "ask_question", "Ask a person",
	    "Ask when you cannot go on without an answer, then end your turn: the answer comes "
	    "with your next start.",
	    MCP_AUTHOR | MCP_REVIEWER, "question", { NULL }, MCP_REPORTS,
	    { { MCP_TEXT, "question", NULL, true,
		  "the question, and what you would do without an answer", { NULL } },
		{ MCP_LIST, "choices", "--choice", false,
		    "at most 9 short answers to choose from, one line each; other words can "
		    "still be the answer",
		    { NULL } } } },
	{ "note", "Leave a note",
	    "A line in the ticket's history, for whoever looks at it. It changes nothing.",
	    MCP_AUTHOR | MCP_REVIEWER, "note", { NULL }, MCP_REPORTS,
	    { { MCP_TEXT, "text", NULL, true, "the note", { NULL } } } },
	{ "ticket", "Look at a ticket",
	    "Everything about a ticket as JSON: phase, what it waits for, branch, history.",
	    MCP_AUTHOR | MCP_REVIEWER | MCP_OPERATOR, "show", { "--json" }, MCP_LOOKS,
	    { { MCP_NUMBER, "id", NULL, true, "its number", { NULL } } } },
	{ "list_tickets", "List tickets", "The tickets and what each of them waits for, as JSON.",
	    MCP_OPERATOR, "ls", { "--json" }, MCP_LOOKS,
	    { { MCP_LINE, "mission", "--mission", false, "only those of this mission", { NULL } },
		{ MCP_FLAG, "all", "--all", false, "also those that are done or cancelled",
		    { NULL } } } },
	{ "wait", "Wait for tickets",
	    "Sleeps until these tickets are done or cancelled or need somebody, at most 45 "
	    "seconds, "
	    "and answers those that have come, as JSON. None, or not all: call it again.",
	    MCP_OPERATOR, "wait", { "--json", "--timeout=45s" }, MCP_WAITS,
	    { { MCP_IDS, "ids", NULL, true, "their numbers", { NULL } },
		{ MCP_FLAG, "any", "--any", false, "until one of them has come", { NULL } } } },
	{ "inbox", "Read messages",
	    "What wants to be known or done, and is not read yet: of your tickets when they ask, "
	    "need "
	    "a verdict or a decision, or are over; for a worker, what it is told. As JSON; it "
	    "stays unread until it is named in `read`.",
	    MCP_AUTHOR | MCP_REVIEWER | MCP_OPERATOR, "inbox", { "--json", "--peek" }, MCP_CHANGES,
	    { { MCP_LINE, "read", "--read", false,
		"names of messages from an earlier answer that are dealt with, with commas "
		"between: 12.41,13.7",
		{ NULL } } } },
	{ "new_ticket", "Make a ticket",
	    "Gives work to an agent: it gets a branch, a worktree and a worker as soon as a slot "
	    "is free. Answers the ticket's number as JSON.",
	    MCP_OPERATOR, "new", { "--json" }, MCP_CHANGES,
	    { { MCP_LINE, "title", NULL, true, "one line", { NULL } },
		{ MCP_TEXT, "text", NULL, false, "what to do", { NULL } },
		{ MCP_LINE, "repo", "--repo", false, "which repository", { NULL } },
		{ MCP_LINE, "agent", "--agent", false, "which agent works on it", { NULL } },
		{ MCP_LINE, "review", "--review", false, "who looks at the result",
		    { "human", "agent", "none", NULL } },
		{ MCP_LINE, "merge", "--merge", false, "what happens to a passed commit",
		    { "auto", "manual", "none", NULL } },
		{ MCP_LINE, "base", "--base", false, "the branch it builds on and lands in",
		    { NULL } },
		{ MCP_NUMBERS, "after", "--after", false, "not before these tickets are done",
		    { NULL } },
		{ MCP_LINE, "mission", "--mission", false, "a name that groups tickets", { NULL } },
		{ MCP_NUMBER, "priority", "--priority", false, "0 to 1000; higher goes first",
		    { NULL } },
		{ MCP_LINE, "notify", "--notify", false,
		    "whose inbox gets its messages; else your own", { NULL } },
		{ MCP_FLAG, "park", "--park", false, "make it, but let nobody start",
		    { NULL } } } },
};

/* --- what there is --- */

static const char *
arg_type_name(enum mcp_type type)
{
	switch (type) {
	case MCP_NUMBER:
		return "integer";
	case MCP_NUMBERS:
	case MCP_IDS:
	case MCP_LIST:
		return "array";
	case MCP_FLAG:
		return "boolean";
	case MCP_LINE:
	case MCP_TEXT:
	case MCP_COMMAND:
	case MCP_END:
		break;
	}
	return "string";
}

static json_t *
arg_schema(const struct mcp_arg *a)
{
	struct strvec words = { 0 };
	json_t *o = json_new();

	json_put_text(o, "type", arg_type_name(a->type));
	json_put_text(o, "description", a->text);
	if (a->type == MCP_NUMBERS || a->type == MCP_IDS || a->type == MCP_LIST) {
		json_t *items = json_new();

		json_put_text(items, "type", a->type == MCP_LIST ? "string" : "integer");
		json_object_set_new(o, "items", items);
	}
	for (size_t i = 0; i < MCP_WORDS_MAX && a->words[i]; i++)
		strvec_push(&words, a->words[i]);
	if (words.n > 0)
		json_put_list(o, "enum", &words);
	strvec_release(&words);
	return o;
}

static json_t *
tool_schema(const struct mcp_tool *t)
{
	json_t *o = json_new(), *properties = json_new();
	struct strvec required = { 0 };

	for (const struct mcp_arg *a = t->args; a->type != MCP_END; a++) {
		json_object_set_new(properties, a->name, arg_schema(a));
		if (a->is_required)
			strvec_push(&required, a->name);
	}
	json_put_text(o, "type", "object");
	json_object_set_new(o, "properties", properties);
	json_put_list(o, "required", &required);
	json_put_bool(o, "additionalProperties", false);
	strvec_release(&required);
	return o;
}

/* Claude Code shows a model the names of tools only, unless they ask to be there always. */
static json_t *
tool_entry(const struct mcp_tool *t)
{
	json_t *o = json_new(), *hints = json_new(), *meta = json_new();
	bool looks = t->manner == MCP_LOOKS || t->manner == MCP_WAITS;

	json_put_text(o, "name", t->name);
	json_put_text(o, "title", t->title);
	json_put_text(o, "description", t->text);
	json_object_set_new(o, "inputSchema", tool_schema(t));
	json_put_text(hints, "title", t->title);
	json_put_bool(hints, "readOnlyHint", looks);
	json_put_bool(hints, "destructiveHint", false);
	json_put_bool(hints, "idempotentHint", looks || t->manner == MCP_REPORTS);
	json_put_bool(hints, "openWorldHint", false);
	json_object_set_new(o, "annotations", hints);
	json_put_bool(meta, "anthropic/alwaysLoad", true);
	json_object_set_new(o, "_meta", meta);
	return o;
}

json_t *
mcp_tools_list(unsigned sides)
{
	json_t *o = json_new(), *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (tools[i].sides & sides)
			json_array_append_new(list, tool_entry(&tools[i]));
	json_object_set_new(o, "tools", list);
	return o;
}

const struct mcp_tool *
mcp_tool_find(struct str name, unsigned sides)
{
	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if ((tools[i].sides & sides) && str_is(name, tools[i].name))
			return &tools[i];
	return NULL;
}

enum mcp_manner
mcp_tool_manner(const struct mcp_tool *t)
{
	return t->manner;
}

/* --- a call --- */

struct mcp_reading {
	struct strvec *argv, operands;
	struct buf *input;
	const struct mcp_arg *arg;
	struct err *err;
};

static int
arg_wrong(const struct mcp_reading *r, const char *must_be)
{
	return err_set(r->err, ERR_INVALID, "\"%s\" must be %s", r->arg->name, must_be);
}

static int
arg_string(struct mcp_reading *r, const json_t *v)
{
	const struct mcp_arg *a = r->arg;
	const char *s = json_string_value(v);
	size_t i = 0;

	if (s == NULL)
		return arg_wrong(r, "a string");
	if (a->is_required && str_trim(str_of(s)).len == 0)
		return arg_wrong(r, "a text; it is empty");
	while (i < MCP_WORDS_MAX && a->words[i] && strcmp(a->words[i], s) != 0)
		i++;
	if (a->words[0] && (i == MCP_WORDS_MAX || a->words[i] == NULL)) {
		_cleanup_(buf_release) struct buf list = BUF_INIT;

		for (i = 0; i < MCP_WORDS_MAX && a->words[i]; i++)
			buf_addf(&list, "%s%s", i > 0 ? ", " : "one of ", a->words[i]);
		return arg_wrong(r, list.p);
	}
	if (a->type == MCP_COMMAND) {
		free(r->argv->v[0]);
		r->argv->v[0] = xstrdup(s);
	} else if (a->type == MCP_TEXT) {
		buf_adds(r->input, s);
		strvec_push(r->argv, "-F");
		strvec_push(r->argv, "-");
	} else if (a->option) {
		strvec_push(r->argv, a->option);
		strvec_push(r->argv, s);
	} else {
		strvec_push(&r->operands, s);
	}
	return 0;
}

static int
arg_number(struct mcp_reading *r, const json_t *v, struct buf *ret)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > UINT32_MAX)
		return arg_wrong(r, "a number from 0 on");
	buf_addf(ret, "%s%lld", ret->len > 0 ? "," : "", (long long)n);
	return 0;
}

static int
arg_numbers(struct mcp_reading *r, const json_t *v)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	int rc = json_is_array(v) || r->arg->type == MCP_NUMBER ? 0 : arg_wrong(r, "an array");

	if (r->arg->type == MCP_NUMBER)
		rc = arg_number(r, v, &b);
	for (size_t i = 0; i < json_array_size(v) && rc == 0; i++)
		rc = arg_number(r, json_array_get(v, i), &b);
	if (rc < 0 || b.len == 0)
		return rc;
	if (r->arg->option)
		strvec_push(r->argv, r->arg->option);
	strvec_push(r->arg->option ? r->argv : &r->operands, b.p);
	return 0;
}

static int
arg_ids(struct mcp_reading *r, const json_t *v)
{
	if (!json_is_array(v) || json_array_size(v) == 0)
		return arg_wrong(r, "an array of numbers, at least one");
	for (size_t i = 0; i < json_array_size(v); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		if (arg_number(r, json_array_get(v, i), &b) < 0)
			return ERR_INVALID;
		strvec_push(&r->operands, b.p);
	}
	return 0;
}

static int
arg_list(struct mcp_reading *r, const json_t *v)
{
	if (!json_is_array(v))
		return arg_wrong(r, "an array of strings");
	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *s = json_string_value(json_array_get(v, i));

		if (s == NULL)
			return arg_wrong(r, "an array of strings");
		strvec_push(r->argv, r->arg->option);
		strvec_push(r->argv, s);
	}
	return 0;
}

static int
arg_read(struct mcp_reading *r, const json_t *v)
{
	switch (r->arg->type) {
	case MCP_LINE:
	case MCP_TEXT:
	case MCP_COMMAND:
		return arg_string(r, v);
	case MCP_NUMBER:
	case MCP_NUMBERS:
		return arg_numbers(r, v);
	case MCP_IDS:
		return arg_ids(r, v);
	case MCP_LIST:
		return arg_list(r, v);
	case MCP_FLAG:
		if (!json_is_boolean(v))
			return arg_wrong(r, "true or false");
		if (json_is_true(v))
			strvec_push(r->argv, r->arg->option);
		return 0;
	case MCP_END:
		break;
	}
	BUG("an argument without a type");
}

/* A misspelt argument would else be left out in silence. */
static int
tool_check_names(const struct mcp_tool *t, const json_t *args, struct err *err)
{
	struct strvec names = { 0 };
	int rc = 0;

	if (args)
		json_names(args, &names);
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		_cleanup_(buf_release) struct buf shown = BUF_INIT;
		const struct mcp_arg *a = t->args;

		while (a->type != MCP_END && strcmp(a->name, names.v[i]) != 0)
			a++;
		clean_add_line(&shown, str_of(names.v[i]), 60);
		if (a->type == MCP_END)
			rc = err_set(
			    err, ERR_INVALID, "%s has no argument \"%s\"", t->name, shown.p);
	}
	strvec_release(&names);
	return rc;
}

int
mcp_tool_read(const struct mcp_tool *t, const json_t *params, struct strvec *argv,
    struct buf *input, struct err *err)
{
	const json_t *args = json_object_get(params, "arguments");
	struct mcp_reading r = { .argv = argv, .input = input, .err = err };
	int rc;

	if (args && !json_is_object(args))
		return err_set(err, ERR_INVALID, "\"arguments\" must be an object");
	rc = tool_check_names(t, args, err);
	strvec_push(argv, t->command ? t->command : "");
	for (size_t i = 0; i < MCP_FIXED_MAX && t->fixed[i]; i++)
		strvec_push(argv, t->fixed[i]);
	for (r.arg = t->args; r.arg->type != MCP_END && rc == 0; r.arg++) {
		const json_t *v = json_object_get(args, r.arg->name);

		if (v)
			rc = arg_read(&r, v);
		else if (r.arg->is_required)
			rc = err_set(
			    err, ERR_INVALID, "%s needs the argument \"%s\"", t->name, r.arg->name);
	}
	if (r.operands.n > 0)
		strvec_push(argv, "--");
	for (size_t i = 0; i < r.operands.n; i++)
		strvec_push(argv, r.operands.v[i]);
	strvec_release(&r.operands);
	return rc;
}
