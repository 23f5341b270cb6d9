/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/task_gate.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clean.h"
#include "codec/config_text.h"
#include "codec/stamp.h"
#include "codec/words.h"
#include "daemon/stop.h"
#include "daemon/task.h"
#include "effect/gate.h"
#include "effect/git_bring.h"
#include "effect/git_worktree.h"
#include "engine/world.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/git_env.h"
#include "sys/lock.h"

#define TASK_GATE_SLACK_MS 60000
#define TASK_GATE_DAY_MS   ((int64_t)86400000)
#define TASK_GATE_LOCK_FD  100 /* out of the way of the descriptors that scripts use */
#define TASK_GATE_LINES    60
#define TASK_GATE_BYTES    8192

struct gating {
	const struct work *w;
	struct buf place; /* the worktree */
	uint32_t n;       /* of its logs */
	struct oid from, merge;
};

/* One side: the merge, or the target without it. */
struct gate_side {
	const char *name; /* "merge", "base": of the log */
	struct oid commit;
	struct gate_ended ended;
	const char *command; /* that did not pass */
	struct buf log;      /* path */
	struct buf quote;
	bool is_unprepared; /* git could not: the answer says why */
};
#define GATE_SIDE_INIT(name, commit)                                                               \
	{                                                                                          \
		name, commit, { 0 }, NULL, BUF_INIT, BUF_INIT, false                               \
	}

static void
gate_side_release(struct gate_side *s)
{
	buf_release(&s->log);
	buf_release(&s->quote);
}

int64_t
task_gate_ms(const struct work *w)
{
	int64_t each = w->rules->gate.ms > 0 ? w->rules->gate.ms : 7 * TASK_GATE_DAY_MS;

	return 2 * (int64_t)w->rules->gate.commands.n * (each + w->grace_ms + TASK_GATE_SLACK_MS);
}

static void gating_fail(struct git_result *r, const char *fmt, ...) printf_like(2, 3);
static void
gating_fail(struct git_result *r, const char *fmt, ...)
{
	va_list ap;

	r->answer = GIT_ANSWER_ENVIRONMENT;
	r->flag = false;
	buf_clear(&r->text);
	va_start(ap, fmt);
	buf_addv(&r->text, fmt, ap);
	va_end(ap);
}

/* --- the ticket's directory gates/ --- */

/* "12-merge.log" -> 12 */
static bool
gating_log_number(const char *name, uint32_t *ret)
{
	struct str rest = str_of(name), digits;

	return str_cut(&rest, '-', &digits) && str_u32(digits, ret) &&
	       (str_is(rest, "merge.log") || str_is(rest, "base.log"));
}

/* The number of this time; what is too old goes. */
static int
gating_number(struct gating *g, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct io *io = io_real();
	uint32_t n, last = 0;
	int dir = file_open_dir(io, IO_CWD, g->w->gates, err);
	int rc = dir < 0 ? dir : file_list(io, dir, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (gating_log_number(names.v[i], &n) && n > last && n < UINT32_MAX)
			last = n;
	g->n = last + 1;
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (gating_log_number(names.v[i], &n) && n + TASK_GATE_KEPT <= g->n)
			(void)file_unlink(io, dir, names.v[i], NULL); /* for people only */
	io_close(io, dir);
	return rc;
}

/* Nothing of an earlier attempt lives, and the lock is ours and everybody's whom we start. */
static bool
gating_take(struct gating *g, struct git_result *r)
{
	struct io *io = io_real();
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	struct err err = ERR_INIT;
	int fd;

	if (file_ensure_dir(io, IO_CWD, g->w->gates, &err) < 0) {
		gating_fail(r, "%s", err.text);
		return false;
	}
	if (!stop_all(g->w, &r->text)) {
		_cleanup_(buf_release) struct buf why = BUF_INIT;

		buf_add_str(&why, buf_str(&r->text));
		gating_fail(r, "an earlier gate of this ticket has not ended: %s", why.p);
		return false;
	}
	buf_clear(&r->text);
	lock_note(&note);
	fd = lock_take(io, IO_CWD, g->w->ticket_lock, note.p, NULL, &err);
	if (fd < 0 || fcntl(fd, F_DUPFD, TASK_GATE_LOCK_FD) < 0) {
		gating_fail(r, "cannot hold %s: %s", g->w->ticket_lock,
		    fd < 0 ? err.text : "no descriptors are left");
		return false;
	}
	return true; /* both stay open until we end */
}

/* --- what a command is run with --- */

static bool
gating_is_dropped(const char *entry)
{
	/* of whoever started the supervisor; and what is only for workers */
	static const char *const names[] = { "REEVE_", "TMUX=", "TMUX_PANE=", "PWD=", "OLDPWD=" };

	if (git_env_is_place(entry))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void gating_put(struct strvec *env, const char *fmt, ...) printf_like(2, 3);
static void
gating_put(struct strvec *env, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	strvec_push(env, b.p);
}

static void
gating_environment(const struct gating *g, const struct gate_side *s, struct strvec *ret)
{
	for (char **e = environ; *e != NULL; e++)
		if (!gating_is_dropped(*e))
			strvec_push(ret, *e);
	strvec_push(ret, g->w->tag);
	strvec_push(ret, "REEVE_GATE=1");
	gating_put(ret, "REEVE_TICKET=%u", g->w->ep.ticket.n);
	gating_put(ret, "REEVE_BASE=%s", g->w->target);
	gating_put(ret, "REEVE_COMMIT=%s", s->commit.hex);
	gating_put(ret, "PWD=%s", g->place.p);
}

/* --- one side --- */

static void
gating_command(const struct gating *g, struct gate_side *s, const char *command,
    const struct strvec *env, struct gate_log *log)
{
	const struct gate_limits limits = { g->w->rules->gate.ms, g->w->grace_ms,
		g->w->rules->gate.memory };
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct err err = ERR_INIT;

	gate_log_line(log, "--- %s", command);
	if (words_split(str_of(command), &argv, &err) < 0) /* it was, when it was configured */
		(void)snprintf(s->ended.why, sizeof s->ended.why, "%s", err.text);
	else
		gate_run(&argv, g->place.p, env, &limits, log, &s->ended);
	gate_log_line(log, "--- %s after %lld.%lld s", s->ended.why,
	    (long long)(s->ended.ms / 1000), (long long)(s->ended.ms % 1000 / 100));
}

/* The commands up to, and with, the first that does not pass. */
static void
gating_commands(const struct gating *g, struct gate_side *s, const char *last, struct gate_log *log)
{
	_cleanup_(strvec_release) struct strvec env = STRVEC_INIT;
	int64_t ms = 0;

	gating_environment(g, s, &env);
	for (size_t i = 0; i < g->w->rules->gate.commands.n; i++) {
		const char *command = g->w->rules->gate.commands.v[i];

		s->ended = (struct gate_ended){ .end = GATE_LOST };
		gating_command(g, s, command, &env, log);
		s->ended.ms = ms += s->ended.ms;
		if (s->ended.end != GATE_PASSED) {
			s->command = command;
			gate_log_quote(log, TASK_GATE_LINES, TASK_GATE_BYTES, &s->quote);
			return;
		}
		if (last && strcmp(command, last) == 0)
			return;
	}
}

static bool
gating_prepare(const struct gating *g, struct gate_side *s, struct git_result *r)
{
	_cleanup_(git_result_release) struct git_result got = GIT_RESULT_INIT;

	git_worktree_drop(g->w->repo, g->place.p, &got); /* of an attempt that was ended by force */
	if (got.answer == GIT_ANSWER_OK) {
		git_result_release(&got);
		git_worktree_prepare(g->w->repo, g->place.p, "", s->commit, &got);
	}
	if (got.answer == GIT_ANSWER_OK)
		git_bring(g->w->repo, g->place.p, &g->w->rules->copy, &g->w->rules->link, &got);
	s->is_unprepared = got.answer != GIT_ANSWER_OK;
	if (s->is_unprepared)
		gating_fail(r, "the worktree of the gate: %s", got.text.p);
	if (got.answer == GIT_ANSWER_OWN)
		r->answer = GIT_ANSWER_OWN;
	return !s->is_unprepared;
}

/* last: the command to end with; NULL: all. */
static void
gating_side(const struct gating *g, struct gate_side *s, const char *last, struct git_result *r)
{
	_cleanup_(git_result_release) struct git_result gone = GIT_RESULT_INIT;
	_cleanup_(buf_release) struct buf now = BUF_INIT;
	struct gate_log log = GATE_LOG_INIT;
	struct err err = ERR_INIT;

	s->ended = (struct gate_ended){ .end = GATE_LOST };
	buf_addf(&s->log, "%s/%u-%s.log", g->w->gates, g->n, s->name);
	if (gate_log_open(s->log.p, g->w->rules->gate.output, &log, &err) < 0) {
		gating_fail(r, "%s", err.text);
		s->is_unprepared = true;
		return;
	}
	stamp_add(&now, clock_wall_ms());
	gate_log_line(&log, "ticket %u, %s, %s", g->w->ep.ticket.n, s->name, now.p);
	gate_log_line(&log, "commit %s", s->commit.hex);
	if (strcmp(s->name, "merge") == 0)
		gate_log_line(
		    &log, "which is %s in %s at %s", g->w->commit.hex, g->w->target, g->from.hex);
	else
		gate_log_line(&log, "which is %s", g->w->target);
	if (gating_prepare(g, s, r)) {
		gating_commands(g, s, last, &log);
		git_worktree_drop(g->w->repo, g->place.p, &gone);
		if (gone.answer != GIT_ANSWER_OK) /* the next attempt tries it again */
			gate_log_line(&log, "--- %s", gone.text.p);
	} else {
		gate_log_line(&log, "--- %s", r->text.p);
	}
	gate_log_close(&log);
}

/* --- the answer --- */

static bool
gating_has_result(const struct gate_side *s)
{
	return s->ended.end == GATE_PASSED || s->ended.end == GATE_FAILED ||
	       s->ended.end == GATE_OVER;
}

static void
gating_add_side(const struct gating *g, const struct gate_side *s, struct buf *b)
{
	const char *what = strcmp(s->name, "merge") == 0 ? "the merge" : g->w->target;

	buf_addf(b, "\n%s: `%s` %s after %lld s.\nAll that it said: %s\n", what,
	    s->command ? s->command : "", s->ended.why, (long long)(s->ended.ms / 1000), s->log.p);
	if (s->quote.len > 0)
		buf_addf(b, "It ended with:\n\n%s\n", s->quote.p);
}

static void
gating_bad(const struct gating *g, const struct gate_side *merge, const struct gate_side *base,
    struct git_result *r)
{
	struct buf *b = &r->text;

	r->answer = GIT_ANSWER_BAD;
	r->flag = base->ended.end != GATE_PASSED;
	buf_clear(b);
	/* what matters first: a history's line is cut */
	if (r->flag)
		buf_addf(b,
		    "%s on the merge; on %s, too: %s (gates/%u-merge.log, gates/%u-base.log)",
		    merge->ended.why, g->w->target, base->ended.why, g->n, g->n);
	else
		buf_addf(b, "gate: %s on the merge; %s alone passes (gates/%u-merge.log)",
		    merge->ended.why, g->w->target, g->n);
	buf_addf(b, ": `%s`\n", merge->command);
	gating_add_side(g, merge, b);
	if (r->flag)
		gating_add_side(g, base, b);
}

static void
gating_no_result(const struct gating *g, const struct gate_side *s, struct git_result *r)
{
	if (s->is_unprepared)
		return; /* it is said */
	gating_fail(r, "the gate has no result on %s: %s (gates/%u-%s.log): `%s`",
	    strcmp(s->name, "merge") == 0 ? "the merge" : g->w->target, s->ended.why, g->n, s->name,
	    s->command ? s->command : "");
	r->flag = s->ended.end != GATE_STOPPED;
}

static void
gating_run(struct gating *g, struct git_result *r)
{
	_cleanup_(gate_side_release) struct gate_side merge = GATE_SIDE_INIT("merge", g->merge);
	_cleanup_(gate_side_release) struct gate_side base = GATE_SIDE_INIT("base", g->from);

	gating_side(g, &merge, NULL, r);
	if (merge.is_unprepared || merge.ended.end == GATE_LOST ||
	    merge.ended.end == GATE_STOPPED) {
		gating_no_result(g, &merge, r);
		return;
	}
	if (merge.ended.end == GATE_PASSED) {
		size_t n = g->w->rules->gate.commands.n;

		r->answer = GIT_ANSWER_OK;
		buf_clear(&r->text);
		buf_addf(&r->text, "%zu gate%s passed in %lld s (gates/%u-merge.log)", n,
		    n == 1 ? "" : "s", (long long)(merge.ended.ms / 1000), g->n);
		return;
	}
	gating_side(g, &base, merge.command, r);
	if (base.is_unprepared || !gating_has_result(&base))
		gating_no_result(g, &base, r);
	else
		gating_bad(g, &merge, &base, r);
}

void
task_gate(const struct work *w, struct git_result *r)
{
	struct gating g = { .w = w, .place = BUF_INIT };
	_cleanup_(git_result_release) struct git_result made = GIT_RESULT_INIT;
	struct err err = ERR_INIT;

	buf_addf(&g.place, "%s" WORK_GATE_PLACE, w->worktree);
	if (gate_setup(&err) < 0)
		gating_fail(r, "%s", err.text);
	else if (gating_take(&g, r))
		task_merge(w, &made);
	if (made.answer != 0) {
		g.from = made.a;
		g.merge = made.b;
		r->answer = made.answer;
		r->flag = made.flag;
		buf_clear(&r->text);
		buf_add_str(&r->text, buf_str(&made.text));
		if (made.answer == GIT_ANSWER_CONTAINED)
			buf_addf(&r->text, "%s holds it already: nothing to run", w->target);
	}
	if (made.answer == GIT_ANSWER_OK && gating_number(&g, &err) < 0)
		gating_fail(r, "%s", err.text);
	else if (made.answer == GIT_ANSWER_OK)
		gating_run(&g, r);
	r->a = made.a;
	r->b = made.b;
	r->c = made.c;
	buf_release(&g.place);
}
