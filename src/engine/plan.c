/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/plan.h"

#include "codec/episode_json.h"
#include "codec/words.h"
#include "engine/port.h"
#include "sys/proc.h"

/* One argument of exec has at most 128 KiB (MAX_ARG_STRLEN of Linux). */
#define PLAN_PROMPT_MAX (100u * 1024u)

/* An id for the agent's own session: another one for every episode, the same one when asked again. */
static void
plan_session(const struct engine *e, struct episode_id ep, struct buf *ret)
{
	_cleanup_(buf_release) struct buf seed = BUF_INIT;
	_cleanup_(buf_release) struct buf hex = BUF_INIT;
	struct digest d;

	buf_addf(&seed, "%s %u.%u", e->root->uuid, ep.ticket.n, ep.n);
	d = digest_of(buf_str(&seed));
	digest_add_hex(&hex, &d);
	buf_addf(ret, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16,
	    hex.p + 20);
}

/* The agent's command line; its program must be there, and be executable. */
static int
plan_argv(bool is_review, const struct config_agent *agent, const struct words_value *values,
    struct strvec *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf program = BUF_INIT;
	bool is_other = is_review && agent->reviewer;
	const char *line = is_other ? agent->reviewer : agent->start;

	if (words_split(str_of(line), ret, err) < 0 || words_fill(ret, values, err) < 0)
		return err_prefix(
		    err, "agent \"%s\", %s", agent->name, is_other ? "reviewer" : "start");
	if (ret->v[0][0] != '/' && strchr(ret->v[0], '/'))
		return 0; /* relative to the worktree: the launcher will see */
	if (proc_find_program(ret->v[0], getenv("PATH"), &program, err) < 0)
		return err_prefix(err, "agent \"%s\"", agent->name);
	return 0;
}

/* The setup of its repository, as the configuration has it. */
static int
plan_setup(const struct engine *e, const struct item *it, struct strvec *ret, struct err *err)
{
	const struct config_repo *repo = item_repo(e, it);

	if (!repo || !repo->setup || words_split(str_of(repo->setup), ret, err) == 0)
		return 0;
	return err_prefix(err, "repository \"%s\", setup", repo->name);
}

int
plan_make(struct engine *e, struct item *it, const struct brief_facts *facts,
    struct launch_plan **ret, struct err *err)
{
	const struct spec *s = &it->rec.spec;
	const struct config_agent *agent = config_agent(&e->config, s->agent);
	struct episode_id ep = { it->rec.ticket.id, it->rec.ticket.episode.n + 1 };
	_cleanup_(buf_release) struct buf brief_path = BUF_INIT;
	_cleanup_(buf_release) struct buf worktree = BUF_INIT;
	_cleanup_(buf_release) struct buf history = BUF_INIT, gates = BUF_INIT, stat = BUF_INIT;
	_cleanup_(buf_release) struct buf session = BUF_INIT;
	_cleanup_(buf_release) struct buf tag = BUF_INIT;
	_cleanup_(launch_release) struct launch l = { .grace_ms = e->config.grace_ms };
	struct launch_plan *p = xcalloc(1, sizeof *p);
	bool is_review = it->rec.ticket.phase == PHASE_DELIVERED;
	char id[16], number[32], port[16];
	int rc;

	buf_init(&p->brief);
	buf_init(&p->spec_json);
	(void)snprintf(id, sizeof id, "%u", ep.ticket.n);
	(void)snprintf(number, sizeof number, "%u.%u", ep.ticket.n, ep.n);
	p->is_review = is_review;
	p->rev = it->rec.ticket.rev;
	if (is_review)
		item_review_worktree(e, it, ep, &worktree);
	else
		item_worktree(e, it, &worktree);
	episode_path(e->root, ep, EPISODE_BRIEF, &brief_path);
	plan_session(e, ep, &session);
	brief_history(it, &history);
	brief_gates(e, it, &gates);
	brief_diffstat(facts, &stat);
	if (!agent) {
		plan_free(p);
		return err_set(err, ERR_INVALID,
		    "no agent \"%s\" is configured: add [agent \"%s\"] to the config, or "
		    "reeve edit %s --agent NAME",
		    s->agent ? s->agent : "", s->agent ? s->agent : "NAME", id);
	}
	rc = port_choose(e, it, &p->port, err);
	if (rc < 0) {
		plan_free(p);
		return rc;
	}
	l.port = p->port;
	(void)snprintf(port, sizeof port, "%u", p->port);
	struct words_value values[] = { { "ticket", id }, { "episode", number },
		{ "title", s->title }, { "text", s->text ? s->text : "" }, { "history", history.p },
		{ "worktree", worktree.p }, { "repo", s->repo }, { "branch", s->branch },
		{ "base", s->base }, { "brief", brief_path.p }, { "session", session.p },
		{ "state", e->root->path }, { "commit", it->rec.ticket.pinned.hex },
		{ "start", facts->start.hex }, { "gates", gates.p }, { "diffstat", stat.p },
		{ "port", port }, { "prompt", "" }, { NULL, NULL } };
	if (brief_fill(it, is_review, values, &p->brief, err) < 0) {
		plan_free(p);
		return ERR_INVALID;
	}
	_cleanup_(buf_release) struct buf prompt = BUF_INIT;
	if (p->brief.len <= PLAN_PROMPT_MAX)
		buf_add_str(&prompt, buf_str(&p->brief));
	else
		buf_addf(&prompt, "Read the file %s and do what it says.", brief_path.p);
	values[ARRAY_LEN(values) - 2].value = prompt.p;
	if (plan_argv(is_review, agent, values, &l.argv, err) < 0 ||
	    plan_setup(e, it, &l.setup, err) < 0) {
		plan_free(p);
		return ERR_INVALID;
	}
	for (size_t i = 0; i < agent->env.n; i++)
		strvec_push(&l.env, agent->env.v[i]);
	item_tag(e, ep, &tag);
	strvec_push(&l.env, tag.p);
	strvec_push(&l.env, is_review ? "REEVE_ROLE=reviewer" : "REEVE_ROLE=author");
	l.worktree = xstrdup(worktree.p);
	l.tmux_socket = xstrdup(e->config.tmux_socket);
	launch_dump(&l, &p->spec_json);
	*ret = p;
	return 0;
}

void
plan_free(struct launch_plan *p)
{
	if (!p)
		return;
	buf_release(&p->brief);
	buf_release(&p->spec_json);
	free(p);
}
