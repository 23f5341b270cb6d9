/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clean.h"
#include "run/agent.h"
#include "run/handover.h"
#include "run/reap.h"
#include "run/say.h"
#include "sys/clock.h"
#include "sys/file.h"

#define SETUP_MARK_MAX ((size_t)4096)
#define SETUP_SHOW_MAX ((size_t)256 << 10)
#define SETUP_LINE_MAX 120 /* of a command line, where people read it */
#define SETUP_NO_TAG   "REEVE_TAG=-"

void
setup_show(const struct claim *c)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line;

	if (file_read(c->io, c->dir, CLAIM_PREPARED, SETUP_SHOW_MAX, &text, NULL) < 0)
		return; /* there was nothing to do */
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line) || line.len > 0)
		say(c, "%.*s", STR_FMT(line));
}

static void
setup_words(const struct strvec *command, struct buf *ret)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	for (size_t i = 0; i < command->n; i++)
		buf_addf(&line, "%s%s", i > 0 ? " " : "", command->v[i]);
	clean_add_line(ret, buf_str(&line), SETUP_LINE_MAX);
}

bool
setup_mark(const struct strvec *command, const char *path, struct buf *ret)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	struct digest d;
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) < 0)
		return false;
	for (size_t i = 0; i < command->n; i++) {
		buf_addf(&line, "%zu:", strlen(command->v[i]));
		buf_adds(&line, command->v[i]);
	}
	d = digest_of(buf_str(&line));
	digest_add_hex(ret, &d);
	buf_addf(ret, " %u:%u:%llu:%lld.%u\n", st.stx_dev_major, st.stx_dev_minor,
	    (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	return true;
}

static void
setup_name(const struct claim *c, struct buf *ret)
{
	buf_addf(ret, "tickets/%u/" CLAIM_SETUP, c->episode.ticket.n);
}

/* Has it succeeded here before? */
static bool
setup_is_done(const struct claim *c)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, was = BUF_INIT, is = BUF_INIT;

	setup_name(c, &name);
	return str_is(str_of(handover_role(&c->launch)), "author") &&
	       file_read(c->io, c->state_dir, name.p, SETUP_MARK_MAX, &was, NULL) == 0 &&
	       setup_mark(&c->launch.setup, c->launch.worktree, &is) &&
	       str_eq(buf_str(&was), buf_str(&is));
}

/* That it is not known costs time only. */
static void
setup_note_done(const struct claim *c)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, mark = BUF_INIT;
	struct err err = ERR_INIT;

	setup_name(c, &name);
	if (str_is(str_of(handover_role(&c->launch)), "author") &&
	    setup_mark(&c->launch.setup, c->launch.worktree, &mark) &&
	    file_replace(c->io, c->state_dir, name.p, buf_str(&mark), &err) < 0)
		say(c, "the next episode will run the setup again: %s", err.text);
}

/* What every process of the episode has in its environment. */
static const char *
setup_tag(const struct launch *l)
{
	const char *tag = SETUP_NO_TAG;

	for (size_t i = 0; i < l->env.n; i++)
		if (str_starts(str_of(l->env.v[i]), "REEVE_TAG="))
			tag = l->env.v[i];
	return tag;
}

/* Waits for its end, and for that of all it started. */
static void
setup_wait(struct claim *c, struct agent *setup, struct exit_note *note)
{
	_cleanup_(exit_note_release) struct exit_note begun = { 0 };
	struct err err = ERR_INIT;
	struct reaped end;

	agent_report(setup, &begun);
	if (reap_wait(setup->pid, setup_tag(&c->launch), c->launch.grace_ms, &end, &err) < 0)
		say(c, "cannot look for what the setup left behind: %s", err.text);
	pids_release(&end.stuck); /* they keep the ticket's lock, for all to see */
	if (tcgetpgrp(STDIN_FILENO) == setup->pid)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	note->leftovers = end.leftovers;
	note->was_stopped = end.was_stopped;
	note->exec_errno = begun.exec_errno;
	set_charp(&note->exec_error, begun.exec_error);
	note->exit_code = WIFSIGNALED(end.status) ? -1 : WEXITSTATUS(end.status);
	note->exit_signal = WIFSIGNALED(end.status) ? WTERMSIG(end.status) : 0;
}

static enum run_exit
setup_fail(enum run_exit r, struct exit_note *note, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	exit_note_words(note, &words);
	(void)err_set(err, ERR_EXTERNAL, "%s", words.p);
	return r;
}

enum run_exit
setup_run(struct claim *c, struct exit_note *note, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	int64_t began = clock_boot_ms();
	struct agent setup;
	enum run_exit r;

	if (c->launch.setup.n == 0 || setup_is_done(c))
		return RUN_OK;
	setup_words(&c->launch.setup, &words);
	say(c, "setup: %s", words.p);
	set_charp(&note->setup, words.p);
	handover_identity(c);
	if (reap_prepare(err) < 0 || agent_start_setup(c, &setup, err) < 0) {
		note->exec_errno = ECANCELED;
		set_charp(&note->exec_error, err->text);
		return RUN_IO;
	}
	setup_wait(c, &setup, note);
	if (note->was_stopped || note->exec_errno != 0 || note->exit_code != 0)
		return setup_fail(RUN_SETUP, note, err);
	setup_note_done(c);
	say(c, "setup: done in %lld s", (long long)(clock_boot_ms() - began + 500) / 1000);
	r = claim_ask_switch(c, err); /* it may have taken long */
	if (r != RUN_OK) {
		note->was_paused = true;
		set_charp(&note->exec_error, err->text);
		return r;
	}
	return RUN_OK;
}
