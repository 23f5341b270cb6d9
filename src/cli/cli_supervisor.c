/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_supervisor.h"

#include <string.h>
#include <sys/statvfs.h>

#include "codec/stamp.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc_stat.h"

#define SWITCH_NOTE_MAX 2000

pid_t
supervisor_pid(const struct cli_facts *f)
{
	uint64_t start;
	pid_t pid;

	if (f->owner != PROBE_HELD || !lock_note_parse(buf_str(&f->owner_note), &pid, &start))
		return 0;
	return proc_start_time(pid) == start ? pid : 0;
}

/* Stopped by a signal: it holds LOCK and does nothing. */
static bool
supervisor_is_frozen(pid_t pid)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	const char *paren;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (pid <= 0 || proc_stat_slurp(path, &text) < 0)
		return false;
	paren = strrchr(text.p, ')');
	return paren != NULL && paren[1] == ' ' && (paren[2] == 'T' || paren[2] == 't');
}

/* How many tickets one cause holds back, which the line tells that this ends. */
static void
supervisor_held(struct print *p, size_t n)
{
	if (n > 0)
		print_words(
		    p, "; %zu ticket%s wait%s for that", n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	print_words(p, "\n");
}

static void
supervisor_print_owner(struct print *p, const struct cli_facts *f, size_t held)
{
	pid_t pid = supervisor_pid(f);

	if (f->owner == PROBE_FREE) {
		print_words(p, "supervisor: not running; start it with `reeve up -d`");
		supervisor_held(p, held);
		return;
	}
	if (f->owner == PROBE_UNKNOWN)
		print_words(p, "supervisor: cannot tell, LOCK cannot be probed\n");
	else if (supervisor_is_frozen(pid))
		print_words(p, "supervisor: stopped by a signal; `kill -CONT %d` lets it go on\n",
		    (int)pid);
	else if (pid != 0)
		print_words(p, "supervisor: runs, pid %d\n", (int)pid);
	else
		print_words(p, "supervisor: runs\n");
}

/* With the time and the words that were left in the file. */
static void
supervisor_print_switch(struct print *p, const struct cli_facts *f, size_t held)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	struct root *r = &f->cli->root;

	if (!f->is_killed)
		return;
	if (f->kill_errno != 0) {
		print_words(p, "kill switch: cannot be read (%s), and counts as on",
		    strerror(f->kill_errno));
		supervisor_held(p, held);
		return;
	}
	print_words(p, "kill switch: on, %s; `reeve resume` ends it",
	    f->is_stopped ? "and workers are stopped" : "nothing starts or lands");
	supervisor_held(p, held);
	if (file_read(r->io, r->control, f->is_stopped ? "stop" : "kill", SWITCH_NOTE_MAX, &note,
		NULL) == 0 &&
	    str_trim(buf_str(&note)).len > 0) {
		while (note.len > 0 && note.p[note.len - 1] == '\n')
			buf_truncate(&note, note.len - 1);
		print_words(p, "             ");
		print_text(p, PRINT_PLAIN, buf_str(&note));
		print_words(p, "\n");
	}
}

/* What the supervisor found as it last started, and how long ago that was. */
static void
supervisor_print_check(struct print *p, const struct cli_facts *f, const struct fsck_note *note)
{
	_cleanup_(buf_release) struct buf age = BUF_INIT;

	if (note->at_wall_ms == 0)
		return;
	stamp_add_age(&age, f->wall_ms - note->at_wall_ms);
	if (note->findings == 0)
		print_words(p, "last check at a start: clean, %s ago\n", age.p);
	else
		print_words(p,
		    "last check at a start: %llu finding%s, %s ago; `reeve fsck` tells what holds "
		    "now\n",
		    (unsigned long long)note->findings, note->findings == 1 ? "" : "s", age.p);
	for (size_t i = 0; i < note->texts.n; i++) {
		print_words(p, "             ");
		print_text(p, PRINT_WARN, str_of(note->texts.v[i]));
		print_words(p, "\n");
	}
}

bool
supervisor_is_full(const struct cli_facts *f)
{
	struct statvfs fs;

	return statvfs(f->cli->root.path, &fs) == 0 && fs.f_blocks > 0 && fs.f_bavail == 0;
}

void
supervisor_print(
    struct print *p, const struct cli_facts *f, const struct fsck_note *check, size_t held)
{
	supervisor_print_owner(p, f, f->is_killed ? 0 : held);
	supervisor_print_check(p, f, check);
	supervisor_print_switch(p, f, held);
	if (supervisor_is_full(f))
		print_words(p,
		    "disk full: nothing can be recorded in %s; make space, and all goes on by "
		    "itself\n",
		    f->cli->root.path);
}
