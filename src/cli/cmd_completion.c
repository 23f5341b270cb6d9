/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve completion: the script that a shell reads, and, for that script, what can stand at the end of a command line:
 * cli_complete.h knows what kind of thing, here is what there is of it.
 */
#include "base/base.h"

#include "base/clean.h"
#include "cli/cli_complete.h"
#include "cli/cli_facts.h"
#include "cli/cli_git_run.h"
#include "cli/cli_inbox.h"
#include "cli/cli_options.h"
#include "cli/cli_state.h"
#include "cli/cmds.h"
#include "codec/embedded.h"
#include "store/spool.h"

#define ABOUT_COLUMNS 60
#define GIT_MS        1000 /* somebody waits */
#define REFS_MAX      "--count=2000"

struct completion {
	struct cli *cli;
	const struct complete_ask *ask;
	struct buf out;
	struct cli_facts facts;
	bool has_facts;
};

static bool
is_begun(const struct completion *c, struct str word)
{
	return word.len >= c->ask->typed.len &&
	       memcmp(word.p, c->ask->typed.p, c->ask->typed.len) == 0;
}

/* In one line, as much as there is room for. */
static void
candidate_about(struct completion *c, struct str about)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	for (size_t i = 0; i < about.len; i++) {
		bool is_blank = about.p[i] == ' ' || about.p[i] == '\n';

		if (!is_blank)
			buf_addch(&line, about.p[i]);
		else if (line.len > 0 && line.p[line.len - 1] != ' ')
			buf_addch(&line, ' ');
	}
	buf_addch(&c->out, '\t');
	clean_add_line(&c->out, buf_str(&line), ABOUT_COLUMNS);
}

/* A line, if it goes on with what is typed and a shell can take it as it is. */
static void
candidate_line(struct completion *c, struct str word, struct str about)
{
	if (!is_begun(c, word) || !complete_is_word(word) || complete_is_taken(c->ask, word))
		return;
	buf_add_str(&c->out, c->ask->kept);
	buf_add_str(&c->out, word);
	if (about.len > 0)
		candidate_about(c, about);
	buf_addch(&c->out, '\n');
}

/* A name that begins as an option does would be taken for one. */
static void
candidate(struct completion *c, struct str word, struct str about)
{
	if (!str_starts(word, "-"))
		candidate_line(c, word, about);
}

static void
add_commands(struct completion *c)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		candidate(c, str_of(row->name), str_of(row->summary));
}

/* "-m" is as quickly typed as chosen: the long names only, unless there is none. */
static void
add_options(struct completion *c)
{
	for (size_t i = 0; i < c->ask->options.n; i++) {
		const struct grammar_option *o = &c->ask->options.v[i];

		if (o->name.len > 2 || c->ask->typed.len > 1)
			candidate_line(c, o->name, o->about);
	}
}

/* --- tickets, and what they name --- */

#define PHASE(p) (1u << (p))
#define OVER     (PHASE(PHASE_DONE) | PHASE(PHASE_CANCELLED))

/* What a command is for, where that is not every ticket that is not over: the phases of what is offered. */
static unsigned
ticket_phases(const struct command *command)
{
	static const struct {
		const char *command;
		unsigned phases;
	} rows[] = {
		{ "amend",
		    PHASE(PHASE_DELIVERED) | PHASE(PHASE_HUMAN_REVIEW) | PHASE(PHASE_APPROVED) },
		{ "answer", PHASE(PHASE_ASKING) },
		{ "attach", ~0u },
		{ "diff", ~0u },
		{ "fail", PHASE(PHASE_HUMAN_REVIEW) },
		{ "log", ~0u },
		{ "merge", PHASE(PHASE_APPROVED) },
		{ "park", ~(OVER | PHASE(PHASE_PARKED) | PHASE(PHASE_MERGING)) },
		{ "pass", PHASE(PHASE_HUMAN_REVIEW) },
		{ "prune", OVER },
		{ "reopen", OVER },
		{ "retry", PHASE(PHASE_ATTENTION) },
		{ "review", ~0u },
		{ "show", ~0u },
		{ "tail", ~0u },
		{ "unpark", PHASE(PHASE_PARKED) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(command->name, rows[i].command) == 0)
			return rows[i].phases;
	return ~OVER;
}

static bool
has_facts(struct completion *c)
{
	if (!c->has_facts)
		c->has_facts = cli_facts_load_brief(c->cli, &c->facts) == EXIT_OK;
	return c->has_facts;
}

/* The newest first. */
static void
add_tickets(struct completion *c)
{
	unsigned phases = ticket_phases(c->ask->command);
	size_t n = has_facts(c) ? c->facts.records.n : 0;

	while (n-- > 0) {
		const struct record *r = &c->facts.records.v[n];
		_cleanup_(buf_release) struct buf about = BUF_INIT;
		char id[16];

		if ((phases & PHASE(r->ticket.phase)) == 0)
			continue;
		(void)snprintf(id, sizeof id, "%u", r->ticket.id.n);
		buf_addf(&about, "%s: %s", phase_name(r->ticket.phase), r->spec.title);
		candidate(c, str_of(id), buf_str(&about));
	}
}

/* Each name once. */
static void
add_names(struct completion *c, struct strvec *names)
{
	strvec_sort(names);
	for (size_t i = 0; i < names->n; i++)
		if (i == 0 || strcmp(names->v[i], names->v[i - 1]) != 0)
			candidate(c, str_of(names->v[i]), str_of(""));
}

static void
add_missions(struct completion *c)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; has_facts(c) && i < c->facts.records.n; i++)
		if (c->facts.records.v[i].spec.mission != NULL)
			strvec_push(&names, c->facts.records.v[i].spec.mission);
	add_names(c, &names);
}

/* Who gets messages: whom tickets say, the configuration of those to come, and whoever got some. */
static void
add_inboxes(struct completion *c)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; has_facts(c) && i < c->facts.records.n; i++)
		if (c->facts.records.v[i].spec.notify != NULL)
			strvec_push(&names, c->facts.records.v[i].spec.notify);
	if (cli_config(c->cli) == EXIT_OK && c->cli->config.notify != NULL)
		strvec_push(&names, c->cli->config.notify);
	if (c->cli->has_root)
		cli_inbox_names(c->cli, &names);
	add_names(c, &names);
}

/* --- the rest --- */

static void
add_agents(struct completion *c)
{
	const struct config *config = &c->cli->config;

	if (cli_config(c->cli) != EXIT_OK)
		return;
	for (size_t i = 0; i < config->agents.n; i++)
		candidate(c, str_of(config->agents.v[i].name),
		    str_of(config->agents.v[i].is_ready_made ? "ready-made" : ""));
}

static void
add_repos(struct completion *c)
{
	const struct config *config = &c->cli->config;

	if (cli_config(c->cli) != EXIT_OK)
		return;
	for (size_t i = 0; i < config->repos.n; i++)
		candidate(c, str_of(config->repos.v[i].name), str_of(config->repos.v[i].path));
}

static void
add_refused(struct completion *c)
{
	_cleanup_(refused_list_release) struct refused_list list = { 0 };

	if (cli_root(c->cli) != EXIT_OK || spool_refused(&c->cli->root, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		candidate(c, str_of(list.v[i].name), str_of(list.v[i].text));
}

/*
 * Of the repository that one stands in, below these directories: those alone that go on with what is typed, for there
 * may be very many.  No commit is looked at: one that is missing would be the end of it.
 */
static void
add_refs_below(struct completion *c, const char *const *dirs)
{
	static const char *const words[] = { "for-each-ref", "--format=%(refname:lstrip=2)",
		REFS_MAX };
	const struct git_run run = { .path = ".", .timeout_ms = GIT_MS };
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct str typed = c->ask->typed, rest, line;
	int status = 0;

	if (typed.len > 0 && !complete_is_word(typed))
		return; /* as a pattern of git it may mean more */
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		strvec_push(&argv, words[i]);
	for (; *dirs != NULL; dirs++) {
		_cleanup_(buf_release) struct buf pattern = BUF_INIT;

		buf_addf(&pattern, "%s%.*s*", *dirs, STR_FMT(typed));
		strvec_push(&argv, pattern.p);
		buf_adds(&pattern, "/**"); /* '*' stands for no '/' */
		strvec_push(&argv, pattern.p);
	}
	if (git_run(&run, (const char *const *)argv.v, &out, &status, NULL) < 0 || status != 0)
		return;
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line))
		candidate(c, line, str_of(""));
}

static void
add_branches(struct completion *c)
{
	add_refs_below(c, (const char *const[]){ "refs/heads/", NULL });
}

static void
add_refs(struct completion *c)
{
	add_refs_below(
	    c, (const char *const[]){ "refs/heads/", "refs/tags/", "refs/remotes/", NULL });
}

static void
add_choices(struct completion *c)
{
	for (size_t i = 0; i < c->ask->choices.n; i++)
		candidate(c, str_of(c->ask->choices.v[i]), str_of(""));
}

static int
completion_words(struct cli *cli, const struct operands *words)
{
	static const struct {
		enum complete_kind kind;
		void (*add)(struct completion *c);
	} kinds[] = {
		{ COMPLETE_COMMAND, add_commands },
		{ COMPLETE_OPTION, add_options },
		{ COMPLETE_CHOICE, add_choices },
		{ COMPLETE_TICKET, add_tickets },
		{ COMPLETE_AGENT, add_agents },
		{ COMPLETE_REPO, add_repos },
		{ COMPLETE_MISSION, add_missions },
		{ COMPLETE_INBOX, add_inboxes },
		{ COMPLETE_REFUSED, add_refused },
		{ COMPLETE_BRANCH, add_branches },
		{ COMPLETE_REF, add_refs },
	};
	_cleanup_(complete_release) struct complete_ask ask = { 0 };
	struct completion c = { .cli = cli, .ask = &ask, .out = BUF_INIT, .facts = CLI_FACTS_INIT };

	complete_ask((size_t)words->n, (const char *const *)words->v, &ask);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((ask.kinds & kinds[i].kind) != 0)
			kinds[i].add(&c);
	(void)fwrite(c.out.p, 1, c.out.len, stdout);
	buf_release(&c.out);
	cli_facts_release(&c.facts);
	return (ask.kinds & COMPLETE_FILE) != 0 ? EXIT_REFUSED : EXIT_OK;
}

int
cmd_completion(struct cli *c, int argc, char **argv)
{
	static const char *const scripts[][2] = { { "bash", "templates/completion/reeve.bash" },
		{ "zsh", "templates/completion/_reeve" },
		{ "fish", "templates/completion/reeve.fish" } };
	bool is_words = false;
	const struct cli_option options[] = { { 0, "words", .flag = &is_words }, { 0 } };
	struct operands args;
	int status;

	if (!options_parse("completion", options, argc, argv, 0, OPERANDS_MANY, &args, &status))
		return status;
	if (is_words)
		return completion_words(c, &args);
	if (args.n != 1)
		return cli_usage("completion", "of which shell: bash, zsh or fish?");
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		if (strcmp(args.v[0], scripts[i][0]) == 0) {
			(void)fputs(embedded_find(scripts[i][1])->text, stdout);
			return EXIT_OK;
		}
	return cli_usage("completion", "not for the shell \"%.40s\": bash, zsh or fish", args.v[0]);
}
