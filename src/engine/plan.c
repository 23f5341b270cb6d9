/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/plan.h"

#include "codec/embedded.h"
#include "codec/episode_json.h"
#include "codec/words.h"
#include "engine/port.h"
#include "engine/session.h"
#include "sys/proc.h"

/* One argument of exec has at most 128 KiB (MAX_ARG_STRLEN of Linux). */
#define PLAN_PROMPT_MAX (100u * 1024u)

/* What the words of a configuration and of a brief can name. */
enum plan_word {
	PLAN_TICKET,
	PLAN_EPISODE,
	PLAN_TITLE,
	PLAN_TEXT,
	PLAN_HISTORY,
	PLAN_WORKTREE,
	PLAN_REPO,
	PLAN_BRANCH,
	PLAN_BASE,
	PLAN_BRIEF,
	PLAN_FILES,
	PLAN_SESSION,
	PLAN_STATE,
	PLAN_COMMIT,
	PLAN_START,
	PLAN_GATES,
	PLAN_DIFFSTAT,
	PLAN_PORT,
	PLAN_REPORT,
	PLAN_PROMPT,
	PLAN_WORDS
};
static const char *const plan_words[PLAN_WORDS] = { [PLAN_TICKET] = "ticket",
	[PLAN_EPISODE] = "episode",
	[PLAN_TITLE] = "title",
	[PLAN_TEXT] = "text",
	[PLAN_HISTORY] = "history",
	[PLAN_WORKTREE] = "worktree",
	[PLAN_REPO] = "repo",
	[PLAN_BRANCH] = "branch",
	[PLAN_BASE] = "base",
	[PLAN_BRIEF] = "brief",
	[PLAN_FILES] = "files",
	[PLAN_SESSION] = "session",
	[PLAN_STATE] = "state",
	[PLAN_COMMIT] = "commit",
	[PLAN_START] = "start",
	[PLAN_GATES] = "gates",
	[PLAN_DIFFSTAT] = "diffstat",
	[PLAN_PORT] = "port",
	[PLAN_REPORT] = "report",
	[PLAN_PROMPT] = "prompt" };

/* While one is made. */
struct plan {
	struct engine *e;
	struct item *it;
	const struct config_agent *agent;
	struct episode_id ep;
	struct session session;
	struct buf own[PLAN_WORDS]; /* of the values that are made here */
	struct words_value values[PLAN_WORDS + 1];
	struct launch launch;
	struct launch_plan *ret;
};

static void
plan_init(struct plan *p, struct engine *e, struct item *it)
{
	*p = (struct plan){ .e = e,
		.it = it,
		.agent = config_agent(&e->config, it->rec.spec.agent),
		.ep = { it->rec.ticket.id, it->rec.ticket.episode.n + 1 },
		.launch = { .grace_ms = e->config.grace_ms } };
	for (size_t i = 0; i < PLAN_WORDS; i++) {
		buf_init(&p->own[i]);
		p->values[i] = (struct words_value){ plan_words[i], "" };
	}
	buf_init(&p->session.id);
	p->ret = xcalloc(1, sizeof *p->ret);
	buf_init(&p->ret->brief);
	buf_init(&p->ret->prompt);
	buf_init(&p->ret->spec_json);
	p->ret->is_review = it->rec.ticket.phase == PHASE_DELIVERED;
	p->ret->rev = it->rec.ticket.rev;
}

static void
plan_release(struct plan *p)
{
	for (size_t i = 0; i < PLAN_WORDS; i++)
		buf_release(&p->own[i]);
	buf_release(&p->session.id);
	launch_release(&p->launch);
	plan_free(p->ret);
}

static void
plan_put(struct plan *p, enum plan_word word, const char *v)
{
	p->values[word].value = v ? v : "";
}

static void
plan_own(struct plan *p, enum plan_word word)
{
	plan_put(p, word, p->own[word].len > 0 ? p->own[word].p : "");
}

/* --- values --- */

static void
plan_values(struct plan *p, const struct brief_facts *facts)
{
	const struct spec *s = &p->it->rec.spec;

	plan_put(p, PLAN_TITLE, s->title);
	plan_put(p, PLAN_TEXT, s->text);
	plan_put(p, PLAN_REPO, s->repo);
	plan_put(p, PLAN_BRANCH, s->branch);
	plan_put(p, PLAN_BASE, s->base);
	plan_put(p, PLAN_STATE, p->e->root->path);
	plan_put(p, PLAN_COMMIT, p->it->rec.ticket.pinned.hex);
	plan_put(p, PLAN_START, facts->start.hex);
	buf_addf(&p->own[PLAN_TICKET], "%u", p->ep.ticket.n);
	buf_addf(&p->own[PLAN_EPISODE], "%u.%u", p->ep.ticket.n, p->ep.n);
	buf_addf(&p->own[PLAN_PORT], "%u", p->ret->port);
	if (p->ret->is_review)
		item_review_worktree(p->e, p->it, p->ep, &p->own[PLAN_WORKTREE]);
	else
		item_worktree(p->e, p->it, &p->own[PLAN_WORKTREE]);
	episode_path(p->e->root, p->ep, EPISODE_BRIEF, &p->own[PLAN_BRIEF]);
	episode_path(p->e->root, p->ep, EPISODE_FILES, &p->own[PLAN_FILES]);
	brief_history(p->it, 0, &p->own[PLAN_HISTORY]);
	brief_gates(p->e, p->it, &p->own[PLAN_GATES]);
	brief_diffstat(facts, &p->own[PLAN_DIFFSTAT]);
	session_choose(p->e, p->it, p->ret->is_review, p->own[PLAN_WORKTREE].p, &p->session);
	plan_put(p, PLAN_SESSION, p->session.id.p);
	for (size_t i = 0; i < PLAN_WORDS; i++)
		if (p->own[i].len > 0)
			plan_own(p, (enum plan_word)i);
}

/* --- the prompt --- */

/* The brief; and when it goes on with a session, only what that does not know yet. */
static int
plan_brief(struct plan *p, struct err *err)
{
	enum brief_kind kind = p->ret->is_review ? BRIEF_REVIEWER : BRIEF_AUTHOR;
	_cleanup_(buf_release) struct buf news = BUF_INIT;

	if (brief_fill(p->it, BRIEF_REPORT, p->values, &p->own[PLAN_REPORT], err) < 0)
		return ERR_INVALID;
	plan_own(p, PLAN_REPORT);
	if (brief_fill(p->it, kind, p->values, &p->ret->brief, err) < 0)
		return ERR_INVALID;
	if (p->session.continues.n == 0)
		return 0;
	brief_history(p->it, p->session.told_rev, &news);
	plan_put(p, PLAN_HISTORY, news.len > 0 ? news.p : "\nNothing that reeve knows of.\n");
	if (brief_fill(p->it, BRIEF_RESUME, p->values, &p->ret->prompt, err) < 0)
		return ERR_INVALID;
	plan_own(p, PLAN_HISTORY);
	return 0;
}

/* What stands for {prompt}; or goes to stdin. */
static void
plan_prompt(struct plan *p)
{
	bool is_brief = p->ret->prompt.len == 0;
	struct str text = buf_str(is_brief ? &p->ret->brief : &p->ret->prompt);
	const char *name = is_brief ? EPISODE_BRIEF : EPISODE_RESUME;

	if (p->agent->prompt == CONFIG_PROMPT_STDIN) {
		p->launch.feed = xstrdup(name);
	} else if (p->agent->prompt == CONFIG_PROMPT_FILE || text.len > PLAN_PROMPT_MAX) {
		buf_adds(&p->own[PLAN_PROMPT], "Read the file ");
		episode_path(p->e->root, p->ep, name, &p->own[PLAN_PROMPT]);
		buf_adds(&p->own[PLAN_PROMPT], " and do what it says.");
	} else {
		buf_add_str(&p->own[PLAN_PROMPT], text);
	}
	plan_own(p, PLAN_PROMPT);
}

/* --- what is executed --- */

/* Splits command lines into the words that they are in the place of. */
static int
plan_splice(
    const char *placeholder, const struct strvec *lines, struct strvec *words, struct err *err)
{
	_cleanup_(strvec_release) struct strvec with = STRVEC_INIT;

	for (size_t i = 0; i < lines->n; i++)
		if (words_split(str_of(lines->v[i]), &with, err) < 0)
			return err_prefix(err, "%s", placeholder);
	words_splice(words, placeholder, &with);
	return 0;
}

static int
plan_words_of(struct plan *p, const char *line, struct err *err)
{
	_cleanup_(strvec_release) struct strvec options = STRVEC_INIT;
	struct strvec *argv = &p->launch.argv;
	bool has_session;

	if (p->agent->options)
		strvec_push(&options, p->agent->options);
	if (words_split(str_of(line), argv, err) < 0 ||
	    plan_splice("{common}", &p->agent->common, argv, err) < 0 ||
	    plan_splice("{options}", &options, argv, err) < 0)
		return ERR_INVALID;
	has_session = words_have(argv, "{session}");
	if (words_fill(argv, p->values, err) < 0)
		return ERR_INVALID;
	if (has_session) /* else it is the agent that chooses one */
		p->launch.session = xstrdup(p->session.id.p);
	return 0;
}

/* The agent's command line; its program must be there, and be executable. */
static int
plan_argv(struct plan *p, struct err *err)
{
	_cleanup_(buf_release) struct buf program = BUF_INIT;
	const char *key = "start", *line = p->agent->start, *first;

	if (p->ret->is_review && p->agent->reviewer)
		key = "reviewer", line = p->agent->reviewer;
	else if (p->session.continues.n > 0)
		key = "resume", line = p->agent->resume;
	if (plan_words_of(p, line, err) < 0)
		return err_prefix(err, "agent \"%s\", %s", p->agent->name, key);
	first = p->launch.argv.v[0];
	if (first[0] != '/' && strchr(first, '/'))
		return 0; /* relative to the worktree: the launcher will see */
	if (proc_find_program(first, getenv("PATH"), &program, err) < 0)
		return err_prefix(err, "agent \"%s\"", p->agent->name);
	return 0;
}

static int
plan_env(struct plan *p, struct err *err)
{
	_cleanup_(buf_release) struct buf tag = BUF_INIT;
	struct launch *l = &p->launch;

	for (size_t i = 0; i < p->agent->env.n; i++)
		strvec_push(&l->env, p->agent->env.v[i]);
	if (words_fill(&l->env, p->values, err) < 0)
		return err_prefix(err, "agent \"%s\", env", p->agent->name);
	for (size_t i = 0; i < p->agent->unset.n; i++)
		strvec_push(&l->unset, p->agent->unset.v[i]);
	item_tag(p->e, p->ep, &tag);
	strvec_push(&l->env, tag.p);
	strvec_push(&l->env, p->ret->is_review ? "REEVE_ROLE=reviewer" : "REEVE_ROLE=author");
	return 0;
}

/* The setup of its repository, as the configuration has it. */
static int
plan_setup(struct plan *p, struct err *err)
{
	const struct config_repo *repo = item_repo(p->e, p->it);

	if (!repo || !repo->setup || words_split(str_of(repo->setup), &p->launch.setup, err) == 0)
		return 0;
	return err_prefix(err, "repository \"%s\", setup", repo->name);
}

static int
plan_launch(struct plan *p, struct err *err)
{
	struct launch *l = &p->launch;

	if (plan_argv(p, err) < 0 || plan_env(p, err) < 0 || plan_setup(p, err) < 0)
		return ERR_INVALID;
	for (size_t i = 0; i < p->agent->files.n; i++)
		strvec_push(&p->ret->files, p->agent->files.v[i]);
	l->port = p->ret->port;
	l->worktree = xstrdup(p->own[PLAN_WORKTREE].p);
	l->tmux_socket = xstrdup(p->e->config.tmux_socket);
	l->agent = xstrdup(p->agent->name);
	if (p->session.continues.n > 0) {
		_cleanup_(buf_release) struct buf from = BUF_INIT;

		buf_addf(&from, "%u.%u", p->session.continues.ticket.n, p->session.continues.n);
		l->continues = buf_take(&from);
	}
	launch_dump(l, &p->ret->spec_json);
	return 0;
}

/* What a later start goes by: its history, not the files of a worker.  What has no room there is not known. */
static void
plan_keep(struct plan *p)
{
	struct launch_plan *l = p->ret;

	if (strlen(p->launch.agent) < sizeof l->agent)
		(void)snprintf(l->agent, sizeof l->agent, "%s", p->launch.agent);
	if (p->launch.session && strlen(p->launch.session) < sizeof l->session)
		(void)snprintf(l->session, sizeof l->session, "%s", p->launch.session);
	l->continues = p->session.continues.n;
}

int
plan_make(struct engine *e, struct item *it, const struct brief_facts *facts,
    struct launch_plan **ret, struct err *err)
{
	_cleanup_(plan_release) struct plan p;
	const char *name = it->rec.spec.agent;
	int rc;

	plan_init(&p, e, it);
	if (!p.agent)
		return err_set(err, ERR_INVALID,
		    "no agent \"%s\" is configured: add [agent \"%s\"] to the config, or "
		    "reeve edit %u --agent NAME",
		    name ? name : "", name ? name : "NAME", p.ep.ticket.n);
	rc = port_choose(e, it, &p.ret->port, err);
	if (rc < 0)
		return rc;
	plan_values(&p, facts);
	if (plan_brief(&p, err) < 0)
		return ERR_INVALID;
	plan_prompt(&p);
	if (plan_launch(&p, err) < 0)
		return ERR_INVALID;
	plan_keep(&p);
	*ret = p.ret;
	p.ret = NULL;
	return 0;
}

int
plan_write_files(
    struct engine *e, const struct launch_plan *p, struct episode_id ep, struct err *err)
{
	int rc = 0;

	if (p->prompt.len > 0)
		rc = episode_write(e->root, ep, EPISODE_RESUME, buf_str(&p->prompt), err);
	for (size_t i = 0; rc == 0 && i < p->files.n; i++) {
		const struct embedded *f = config_profile_file(p->files.v[i]);

		if (!f)
			BUG("no file %s of a profile", p->files.v[i]);
		rc = episode_add_file(
		    e->root, ep, strrchr(p->files.v[i], '/') + 1, str_n(f->text, f->len), err);
	}
	return rc;
}

void
plan_free(struct launch_plan *p)
{
	if (!p)
		return;
	buf_release(&p->brief);
	buf_release(&p->prompt);
	buf_release(&p->spec_json);
	strvec_release(&p->files);
	free(p);
}
