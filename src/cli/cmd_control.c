/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve halt, resume: the kill switch, two plain files; they need no supervisor, and no space on the disk.
 * reeve sync: waits until everything is decided and there is nothing to do just now.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <poll.h>
#include <sys/wait.h>

#include "cli/cli_options.h"
#include "cli/cli_state.h"
#include "intake/watch.h"
#include "store/spool.h"
#include "sys/file.h"
#include "sys/proc.h"

#define SYNC_LOOK_MS  1000 /* for the end of the supervisor, which no watch tells */
#define SYNC_ONCE_MS  60000
#define SYNC_TRIES    20
#define SYNC_NOTE_MAX 200

int
cmd_halt(struct cli *c, int argc, char **argv)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	const char *text = NULL;
	bool is_stop = false;
	const struct cli_option options[] = {
		{ .brief = 'm', .name = "message", .value = &text },
		{ .name = "stop", .flag = &is_stop },
		{ 0 },
	};
	struct err err = ERR_INIT;
	char actor[EVENT_ACTOR_MAX];
	struct operands none;
	int status;

	if (!options_parse("halt", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	cli_actor(actor, sizeof actor);
	buf_adds(&note, actor);
	if (text != NULL)
		buf_addf(&note, ": %.*s", SYNC_NOTE_MAX, text);
	/* kill first: nothing may start while the workers are being stopped. */
	if (root_set_control(&c->root, "kill", note.p, &err) < 0 ||
	    (is_stop && root_set_control(&c->root, "stop", note.p, &err) < 0))
		return cli_fail(&err);
	cli_out(
	    is_stop
		? "halted: nothing starts or lands, and workers are stopped; `reeve resume` ends it"
		: "halted: nothing starts or lands, running workers go on; `reeve resume` ends it");
	if (is_stop && root_owner(&c->root, NULL) == PROBE_FREE)
		cli_say(
		    "no supervisor is running: it stops the workers when it is (`reeve up -d`)");
	return EXIT_OK;
}

int
cmd_resume(struct cli *c, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct operands none;
	int status;

	if (!options_parse("resume", NULL, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	if (root_clear_control(&c->root, "stop", &err) < 0 ||
	    root_clear_control(&c->root, "kill", &err) < 0)
		return cli_fail(&err);
	cli_out("resumed");
	if (root_owner(&c->root, NULL) == PROBE_FREE)
		cli_say("no supervisor is running; `reeve up -d` starts one");
	return EXIT_OK;
}

/* No supervisor: decide what waits.  True: done; else look again, or *ret_status is set. */
static bool
sync_once(struct cli *c, int *ret_status)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf program = BUF_INIT;
	struct err err = ERR_INIT;
	int status = 0, e;

	cli_program("reeved", &program);
	strvec_push(&argv, program.p);
	strvec_push(&argv, "--state");
	strvec_push(&argv, c->root.path);
	strvec_push(&argv, "--once");
	e = proc_run(&argv, NULL, SYNC_ONCE_MS, 0, NULL, &status, &err);
	if (e == 0 && status == 0)
		return true;
	if (e == 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN)
		return false; /* a supervisor has come meanwhile */
	(void)err_prefix(
	    &err, "no supervisor runs, and the spool could not be decided without one");
	(void)cli_fail(&err);
	*ret_status = EXIT_IO;
	return false;
}

/* Until a supervisor has taken the file away, or there is none. */
static void
sync_wait(struct cli *c, const char *dir, const char *name, bool has_watch)
{
	/* Arm, then look: what happens between the two is seen. */
	bool is_armed = has_watch && watch_add(dir, NULL) == 0;

	while (file_exists(c->root.io, c->root.control, name) &&
	       root_owner(&c->root, NULL) != PROBE_FREE) {
		struct pollfd p = { .fd = is_armed ? watch_fd() : -1, .events = POLLIN };

		if (poll(&p, 1, SYNC_LOOK_MS) > 0 && watch_drain().lost)
			is_armed = watch_add(dir, NULL) == 0;
	}
}

static int
sync_until_done(struct cli *c, const char *name, bool has_watch)
{
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	int status = EXIT_OK;

	buf_addf(&dir, "%s/control", c->root.path);
	for (int i = 0; i < SYNC_TRIES && status == EXIT_OK; i++) {
		sync_wait(c, dir.p, name, has_watch);
		if (!file_exists(c->root.io, c->root.control, name) || sync_once(c, &status))
			return EXIT_OK;
	}
	if (status == EXIT_OK) {
		cli_say("others decide all the time, and no supervisor stays; try again");
		status = EXIT_AGAIN;
	}
	return status;
}

int
cmd_sync(struct cli *c, int argc, char **argv)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct signal_id id;
	struct operands none;
	struct err err = ERR_INIT;
	bool has_watch;
	int status, fd;

	if (!options_parse("sync", NULL, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	spool_new_id((struct episode_id){ 0 }, &id);
	buf_addf(&name, "sync.%s", id.s);
	/* Without a watch (the user's inotify limits) a look every second does it, too. */
	has_watch = watch_open(NULL) == 0;
	fd = c->root.io->ops->open(c->root.io, c->root.control, name.p, IO_WRITE | IO_CREATE);
	if (fd < 0) {
		(void)err_sys(&err, -fd, "cannot make %s/control/%s", c->root.path, name.p);
		status = cli_fail(&err);
	} else {
		io_close(c->root.io, fd);
		status = sync_until_done(c, name.p, has_watch);
		/* The supervisor has, or nobody waits for it any more. */
		(void)c->root.io->ops->unlink(c->root.io, c->root.control, name.p, false);
	}
	if (has_watch)
		watch_close();
	return status;
}
