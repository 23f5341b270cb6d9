/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/episode_json.h"

#include <signal.h>

#include "base/clean.h"
#include "codec/json.h"

#define EPISODE_DEPTH    8
#define EPISODE_GRACE_MS (24 * 60 * 60 * 1000)

/* --- spec.json --- */

void
launch_release(struct launch *l)
{
	strvec_release(&l->argv);
	strvec_release(&l->env);
	strvec_release(&l->unset);
	strvec_release(&l->setup);
	set_charp(&l->worktree, NULL);
	set_charp(&l->tmux_socket, NULL);
	set_charp(&l->feed, NULL);
	set_charp(&l->agent, NULL);
	set_charp(&l->session, NULL);
	set_charp(&l->continues, NULL);
	l->grace_ms = 0;
	l->port = 0;
}

void
launch_dump(const struct launch *l, struct buf *ret)
{
	_cleanup_(json_drop) json_t *o = json_new();

	json_put_int(o, "reeve", 1);
	json_put_list(o, "argv", &l->argv);
	json_put_list(o, "env", &l->env);
	json_put_list(o, "unset", &l->unset);
	json_put_bytes(o, "worktree", l->worktree);
	json_put_bytes(o, "tmux_socket", l->tmux_socket);
	json_put_int(o, "grace_ms", l->grace_ms);
	if (l->setup.n > 0)
		json_put_list(o, "setup", &l->setup);
	if (l->port > 0)
		json_put_int(o, "port", l->port);
	json_put_text(o, "stdin", l->feed);
	json_put_text(o, "agent", l->agent);
	json_put_text(o, "session", l->session);
	json_put_text(o, "continues", l->continues);
	json_add(o, false, ret);
}

/* Names of the environment, each with or each without a value. */
static int
launch_check_names(const struct strvec *names, const char *key, bool has_value, struct err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t n = strcspn(names->v[i], "=");

		if (n == 0 || (names->v[i][n] == '=') != has_value)
			return err_set(err, ERR_INVALID, "key \"%s\": each must be %s", key,
			    has_value ? "NAME=value" : "a NAME");
	}
	return 0;
}

/* Every form has this key, so that a file of another one is not taken for it. */
static int
episode_open(struct str bytes, json_t **ret, struct err *err)
{
	int64_t version;
	bool has;

	if (json_open(bytes, EPISODE_DEPTH, ret, err) < 0 ||
	    json_get_int(*ret, "reeve", 1, 1, &has, &version, err) < 0)
		return ERR_INVALID;
	return has ? 0 : err_set(err, ERR_INVALID, "key \"reeve\" is missing");
}

/* Words that need not be there. */
static int
launch_read_words(const json_t *o, struct launch *l, struct err *err)
{
	const struct {
		const char *key;
		char **to;
	} words[] = { { "stdin", &l->feed }, { "agent", &l->agent }, { "session", &l->session },
		{ "continues", &l->continues } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct str s;

		if (json_get_str(o, words[i].key, &s, err) < 0)
			return ERR_INVALID;
		if (s.len > 0)
			*words[i].to = xstrndup(s.p, s.len);
	}
	if (l->feed && strchr(l->feed, '/'))
		return err_set(err, ERR_INVALID, "key \"stdin\" must be a name, not a path");
	return 0;
}

static int
launch_read(const json_t *o, struct launch *l, struct err *err)
{
	bool has, has_port;
	int64_t port = 0;

	if (json_get_list(o, "argv", &l->argv, err) < 0 ||
	    json_get_list(o, "env", &l->env, err) < 0 ||
	    json_get_list(o, "unset", &l->unset, err) < 0 ||
	    json_get_bytes(o, "worktree", &l->worktree, err) < 0 ||
	    json_get_bytes(o, "tmux_socket", &l->tmux_socket, err) < 0 ||
	    json_get_list(o, "setup", &l->setup, err) < 0 ||
	    json_get_int(o, "port", 1, 65535, &has_port, &port, err) < 0 ||
	    launch_read_words(o, l, err) < 0 ||
	    json_get_int(o, "grace_ms", 0, EPISODE_GRACE_MS, &has, &l->grace_ms, err) < 0)
		return ERR_INVALID;
	if (!has)
		return err_set(err, ERR_INVALID, "key \"grace_ms\" is missing");
	l->port = (uint32_t)port;
	if (l->setup.n > 0 && l->setup.v[0][0] == '\0')
		return err_set(err, ERR_INVALID, "key \"setup\" must begin with a program");
	if (l->argv.n == 0 || l->argv.v[0][0] == '\0')
		return err_set(err, ERR_INVALID, "key \"argv\" must begin with a program");
	if (l->worktree == NULL || l->worktree[0] != '/')
		return err_set(err, ERR_INVALID, "key \"worktree\" must be an absolute path");
	if (launch_check_names(&l->env, "env", true, err) < 0)
		return ERR_INVALID;
	return launch_check_names(&l->unset, "unset", false, err);
}

int
launch_load(struct str bytes, struct launch *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct launch l = { .grace_ms = 0 };

	if (episode_open(bytes, &o, err) < 0)
		return ERR_INVALID;
	if (launch_read(o, &l, err) < 0) {
		launch_release(&l);
		return ERR_INVALID;
	}
	*ret = l;
	return 0;
}

/* --- exit.json --- */

void
exit_note_release(struct exit_note *n)
{
	free(n->exec_error);
	free(n->setup);
	memset(n, 0, sizeof *n);
}

void
exit_note_dump(const struct exit_note *n, struct buf *ret)
{
	_cleanup_(json_drop) json_t *o = json_new();
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	exit_note_words(n, &words);
	json_put_int(o, "reeve", 1);
	json_put_text(o, "ended", words.p); /* for people; not read back */
	json_put_bool(o, "has_started", n->has_started);
	json_put_int(o, "exec_errno", n->exec_errno);
	json_put_text(o, "exec_error", n->exec_error);
	if (n->setup != NULL) {
		json_put_text(o, "setup", n->setup);
		json_put_bool(o, "was_stopped", n->was_stopped);
		json_put_bool(o, "was_paused", n->was_paused);
	}
	json_put_int(o, "exit_code", n->exit_code);
	json_put_int(o, "exit_signal", n->exit_signal);
	json_put_int(o, "leftovers", n->leftovers);
	json_put_int(o, "started_wall_ms", n->started_wall_ms);
	json_put_int(o, "ended_wall_ms", n->ended_wall_ms);
	json_add(o, false, ret);
}

static int
exit_note_int(
    const json_t *o, const char *key, int64_t min, int64_t max, int64_t *ret, struct err *err)
{
	bool has;

	if (json_get_int(o, key, min, max, &has, ret, err) < 0)
		return ERR_INVALID;
	return has ? 0 : err_set(err, ERR_INVALID, "key \"%s\" is missing", key);
}

static int
exit_note_read(const json_t *o, struct exit_note *n, struct err *err)
{
	int64_t code, sig, errnum, leftovers;
	struct str words, setup;
	bool has;

	if (json_get_bool(o, "has_started", &has, &n->has_started, err) < 0)
		return ERR_INVALID;
	if (!has)
		return err_set(err, ERR_INVALID, "key \"has_started\" is missing");
	if (exit_note_int(o, "exec_errno", 0, 4095, &errnum, err) < 0 ||
	    exit_note_int(o, "exit_code", -1, 255, &code, err) < 0 ||
	    exit_note_int(o, "exit_signal", 0, 127, &sig, err) < 0 ||
	    exit_note_int(o, "leftovers", 0, UINT32_MAX, &leftovers, err) < 0 ||
	    exit_note_int(o, "started_wall_ms", INT64_MIN, INT64_MAX, &n->started_wall_ms, err) <
		0 ||
	    exit_note_int(o, "ended_wall_ms", INT64_MIN, INT64_MAX, &n->ended_wall_ms, err) < 0 ||
	    json_get_str(o, "exec_error", &words, err) < 0 ||
	    json_get_str(o, "setup", &setup, err) < 0 ||
	    json_get_bool(o, "was_stopped", &has, &n->was_stopped, err) < 0 ||
	    json_get_bool(o, "was_paused", &has, &n->was_paused, err) < 0)
		return ERR_INVALID;
	n->exec_errno = (int)errnum;
	n->exit_code = (int)code;
	n->exit_signal = (int)sig;
	n->leftovers = (uint32_t)leftovers;
	if (words.p != NULL)
		n->exec_error = xstrndup(words.p, words.len);
	if (setup.p != NULL)
		n->setup = xstrndup(setup.p, setup.len);
	return 0;
}

int
exit_note_load(struct str bytes, struct exit_note *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct exit_note n = { .has_started = false };

	if (episode_open(bytes, &o, err) < 0)
		return ERR_INVALID;
	if (exit_note_read(o, &n, err) < 0) {
		exit_note_release(&n);
		return ERR_INVALID;
	}
	*ret = n;
	return 0;
}

#define EPISODE_SIGNAL(name) [SIG##name] = #name
static const char *const episode_signals[] = { EPISODE_SIGNAL(HUP), EPISODE_SIGNAL(INT),
	EPISODE_SIGNAL(QUIT), EPISODE_SIGNAL(ILL), EPISODE_SIGNAL(TRAP), EPISODE_SIGNAL(ABRT),
	EPISODE_SIGNAL(BUS), EPISODE_SIGNAL(FPE), EPISODE_SIGNAL(KILL), EPISODE_SIGNAL(USR1),
	EPISODE_SIGNAL(SEGV), EPISODE_SIGNAL(USR2), EPISODE_SIGNAL(PIPE), EPISODE_SIGNAL(ALRM),
	EPISODE_SIGNAL(TERM), EPISODE_SIGNAL(XCPU), EPISODE_SIGNAL(XFSZ), EPISODE_SIGNAL(VTALRM),
	EPISODE_SIGNAL(PROF), EPISODE_SIGNAL(SYS) };

static void
exit_note_end(const struct exit_note *n, struct buf *ret)
{
	int sig = n->exit_signal;

	if (sig > 0 && (size_t)sig < ARRAY_LEN(episode_signals) && episode_signals[sig])
		buf_addf(ret, "killed by signal %d (%s)", sig, episode_signals[sig]);
	else if (sig != 0)
		buf_addf(ret, "killed by signal %d", sig);
	else
		buf_addf(ret, "exit status %d", n->exit_code);
}

/* The agent was not executed, and why. */
static void
exit_note_setup(const struct exit_note *n, struct buf *ret)
{
	if (n->was_paused) {
		buf_adds(ret, "not executed: ");
		clean_add_line(ret, str_of(n->exec_error), 0);
		return;
	}
	buf_adds(
	    ret, n->was_stopped ? "not executed: stopped in its setup (" : "the setup failed (");
	clean_add_line(ret, str_of(n->setup), 0);
	buf_adds(ret, "): ");
	if (n->exec_error != NULL)
		clean_add_line(ret, str_of(n->exec_error), 0);
	else
		exit_note_end(n, ret);
}

void
exit_note_words(const struct exit_note *n, struct buf *ret)
{
	if (n->setup != NULL) {
		exit_note_setup(n, ret);
		return;
	}
	if (!n->has_started && n->exec_error != NULL) {
		buf_adds(ret, "not executed: ");
		clean_add_line(ret, str_of(n->exec_error), 0);
	} else if (!n->has_started && n->exec_errno != 0) {
		buf_addf(ret, "not executed: error %d", n->exec_errno);
	} else if (!n->has_started) {
		buf_adds(ret, "not executed");
	} else {
		exit_note_end(n, ret);
	}
}

/* --- outcome.json --- */

void
outcome_dump(struct episode_id ep, const struct outcome *o, struct buf *ret)
{
	_cleanup_(json_drop) json_t *j = json_new();
	char id[32];

	(void)snprintf(id, sizeof id, "%u.%u", ep.ticket.n, ep.n); /* two numbers fit */
	json_put_int(j, "reeve", 1);
	json_put_text(j, "episode", id);
	json_put_text(j, "status", o->status != NULL ? o->status : "");
	json_put_text(j, "summary", o->summary != NULL ? o->summary : "");
	json_put_text(j, "root_cause", o->root_cause != NULL ? o->root_cause : "");
	json_put_bool(j, "safe_retry", o->safe_retry);
	json_put_text(j, "stop_condition", o->stop_condition != NULL ? o->stop_condition : "");
	json_put_text(j, "human_input_required", o->human_input != NULL ? o->human_input : "");
	json_put_list(j, "next_actions", o->next_actions);
	json_put_list(j, "artifacts", o->artifacts);
	json_add(j, false, ret);
}
