/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of reeve itself: its directory, its supervisor, what was refused, the programs and limits it needs. */
#include "base/base.h"

#include "cli/cli_doctor.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clean.h"
#include "cli/cli_inbox.h"
#include "cli/cli_refused.h"
#include "cli/cli_window.h"
#include "codec/stamp.h"
#include "core/lifecycle.h"
#include "store/fsck.h"
#include "store/spool.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define DOCTOR_TMUX_MAJOR 3
#define DOCTOR_TMUX_MINOR 3
#define DOCTOR_WATCHES    1024

void
doctor_state(struct doctor *d)
{
	struct root *r = &d->c->root;
	struct fsck_list found = { NULL, 0, 0 };
	struct err err = ERR_INIT;
	int errnum = 0;

	if (fsck_files(r, true, &found, &err) < 0)
		doctor_say(d, DOCTOR_UNTOLD, "state", "%s: %s", r->path, err.text);
	else if (found.n > 0)
		doctor_mend(d, "state", found.v[0].text,
		    "An invariant of the state directory is broken.",
		    "reeve fsck lists what was found (%zu), and what to do about each", found.n);
	else
		doctor_say(d, DOCTOR_FINE, "state", "%s", r->path);
	fsck_list_release(&found);
	if (root_control(r, "kill", &errnum) != 0 || root_control(r, "stop", &errnum) != 0)
		doctor_mend(d, "state",
		    errnum ? "the kill switch cannot be read, which counts as set"
			   : "the kill switch is set",
		    "Nothing starts, merges or is tried again.", "reeve resume");
}

void
doctor_supervisor(struct doctor *d)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	uint64_t start;
	pid_t pid = 0;

	switch (root_owner(&d->c->root, &note)) {
	case PROBE_FREE:
		doctor_mend(d, "supervisor", "it is not running",
		    "Reports wait, and nobody starts on a ticket.", "reeve up -d");
		break;
	case PROBE_UNKNOWN:
		doctor_say(d, DOCTOR_UNTOLD, "supervisor", "LOCK cannot be probed");
		break;
	case PROBE_HELD:
		(void)lock_note_parse(buf_str(&note), &pid, &start); /* 0: it does not say */
		doctor_say(d, DOCTOR_FINE, "supervisor", "runs, pid %d", (int)pid);
		break;
	}
}

/* One line a file, with its reason and its age (B-2, B-9). */
void
doctor_refused(struct doctor *d)
{
	struct refused_list list = { NULL, 0, 0 };
	struct err err = ERR_INIT;

	if (spool_refused(&d->c->root, &list, &err) < 0) {
		doctor_say(d, DOCTOR_UNTOLD, "refused", "%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		const struct refused *r = &list.v[i];
		_cleanup_(buf_release) struct buf what = BUF_INIT;

		buf_addf(&what, "%s: ", r->name);
		buf_adds(&what, refusal_name(r->why));
		if (r->ticket.n > 0)
			buf_addf(&what, ", ticket %u", r->ticket.n);
		buf_adds(&what, ", ");
		stamp_add_age(&what, clock_wall_ms() - r->at_wall_ms);
		buf_addf(&what, " ago: %s", r->text ? r->text : "no reason was kept");
		doctor_mend(d, "refused", what.p,
		    "A report or a command that was not applied: it may be work that is done.",
		    "reeve adopt NAME (it was right after all), or reeve discard NAME; NAME is "
		    "%s%s",
		    refused_dashes(r->name), r->name);
	}
	if (list.n == 0)
		doctor_say(d, DOCTOR_FINE, "refused", "nothing waits");
	refused_list_release(&list);
}

/* Messages that nobody has read: theirs to read; but somebody has to know that nobody does. */
void
doctor_inbox(struct doctor *d)
{
	struct inbox_counts names = { NULL, 0, 0 };
	int64_t now_wall_ms = clock_wall_ms();

	inbox_counts_names(d->c, &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct inbox_count *n = &names.v[i];
		_cleanup_(buf_release) struct buf what = BUF_INIT;

		buf_addf(&what, "%zu unread for %s", n->n, n->to);
		if (n->oldest_wall_ms > 0) {
			buf_adds(&what, ", the oldest ");
			stamp_add_age(&what, now_wall_ms - n->oldest_wall_ms);
			buf_adds(&what, " ago");
		}
		if (inbox_count_is_overdue(d->c, n, now_wall_ms))
			doctor_mend(d, "inbox", what.p,
			    "Whoever is to read them does not, so what they are about stands "
			    "still.",
			    "reeve inbox %s", n->to);
		else
			doctor_say(d, DOCTOR_NOTE, "inbox", "%s: reeve inbox %s", what.p, n->to);
	}
	inbox_counts_release(&names);
}

static void
doctor_program(struct doctor *d, const char *name, const char *option, bool is_ours)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, version = BUF_INIT;
	struct err err = ERR_INIT;

	if (is_ours)
		cli_program(name, &path);
	else
		buf_adds(&path, name);
	if (doctor_version(path.p, option, &version, &err) == 0)
		doctor_say(d, DOCTOR_FINE, name, "%s", version.p);
	else
		doctor_mend(d, name, err.text, "reeve cannot work without it.", "%s %s",
		    is_ours ? "install it beside reeve (make install):" : "apt-get install", name);
}

void
doctor_programs(struct doctor *d)
{
	doctor_program(d, "reeved", "--version", true);
	doctor_program(d, "reeve-run", "--version", true);
	doctor_program(d, "git", "--version", false);
}

/* "tmux 3.3a" */
static bool
doctor_tmux_is_old(const char *version)
{
	unsigned major, minor;

	return sscanf(version, "tmux %u.%u", &major, &minor) == 2 &&
	       (major < DOCTOR_TMUX_MAJOR ||
		   (major == DOCTOR_TMUX_MAJOR && minor < DOCTOR_TMUX_MINOR));
}

void
doctor_tmux(struct doctor *d)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf version = BUF_INIT, server = BUF_INIT;
	struct err err = ERR_INIT;

	if (doctor_version("tmux", "-V", &version, &err) < 0) {
		doctor_mend(d, "tmux", err.text, "Every worker runs in a window of it.",
		    "apt-get install tmux");
		return;
	}
	if (doctor_tmux_is_old(version.p)) {
		doctor_mend(
		    d, "tmux", version.p, "reeve needs tmux 3.3 or later.", "install a later tmux");
		return;
	}
	window_argv(d->c, &argv);
	if (window_ask(&argv, "#{version}", &server, &err) == 0)
		doctor_say(d, DOCTOR_FINE, "tmux", "%s, its server runs", version.p);
	else if (strstr(err.text, "protocol version"))
		doctor_mend(d, "tmux", err.text,
		    "The server is of another version than the program: nobody can start or be "
		    "looked at.",
		    "when no worker runs any more: tmux %s %s kill-server, with the tmux it was "
		    "started by",
		    strchr(d->c->config.tmux_socket, '/') ? "-S" : "-L", d->c->config.tmux_socket);
	else
		doctor_say(d, DOCTOR_FINE, "tmux", "%s; its server is started when it is needed",
		    version.p);
}

/* The number in a file of /proc; 0: it cannot be told. */
static uint64_t
doctor_limit(const char *path)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	uint64_t n = 0;

	if (file_read(io_real(), IO_CWD, path, 64, &b, NULL) < 0)
		return 0;
	while (b.len > 0 && b.p[b.len - 1] == '\n')
		buf_truncate(&b, b.len - 1);
	return str_u64(buf_str(&b), &n) ? n : 0;
}

void
doctor_kernel(struct doctor *d)
{
	uint64_t watches = doctor_limit("/proc/sys/fs/inotify/max_user_watches");
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		doctor_mend(d, "inotify", strerrordesc_np(errno),
		    "The supervisor cannot be told that a report has come.",
		    "sysctl fs.inotify.max_user_instances=1024, or end programs that watch files");
	else if (watches > 0 && watches < DOCTOR_WATCHES)
		doctor_mend(d, "inotify", "fs.inotify.max_user_watches is low",
		    "Each worker needs one; without it only a slow look tells that it ended.",
		    "sysctl fs.inotify.max_user_watches=65536 (it is %llu)",
		    (unsigned long long)watches);
	else
		doctor_say(
		    d, DOCTOR_FINE, "inotify", "%llu watches allowed", (unsigned long long)watches);
	if (fd >= 0)
		(void)close(fd);
}
