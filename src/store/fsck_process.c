/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_process.c: what runs, against what the tickets say.
 *
 * A ticket may change while its processes are looked at.  Processes come first, the ticket after them, and
 * what looks wrong is looked at once more: the process is still there, the ticket is as it was.
 */
#include "base/base.h"

#include "store/fsck_parts.h"

#include <dirent.h>
#include <fcntl.h>

#include "store/tickets.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/proc_stat.h"

#define PROCESS_TRIES 5

static bool
process_is_in(const struct pids *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == pid)
			return true;
	return false;
}

/* --- LOCK: I8 --- */

/* Holders that did not get it from another one: helper processes of the writer have it, too. */
static size_t
process_owners(const struct pids *holders)
{
	size_t n = 0;

	for (size_t i = 0; i < holders->n; i++) {
		struct proc_stat st;

		n += proc_stat_read(holders->v[i], &st, NULL) == 0 &&
		     !process_is_in(holders, st.parent) && st.parent != getpid();
	}
	return n;
}

static int
process_lock(struct fsck *f, struct err *err)
{
	int e = 0;

	for (int i = 0; i < PROCESS_TRIES; i++) { /* one may just follow another */
		struct pids holders = { NULL, 0, 0 };
		struct io_stat st;
		size_t n = 0;

		if (f->r->io->ops->stat(f->r->io, f->r->dir, "LOCK", &st) == 0)
			e = proc_holders(st.dev, st.inode, &holders, NULL, err);
		if (e == 0)
			n = process_owners(&holders);
		if (e == 0 && n > 1 && i == PROCESS_TRIES - 1)
			fsck_add(f->found, "I8", 0, "LOCK",
			    "%zu processes hold LOCK, none of them from the other (pid %d, %d)", n,
			    (int)holders.v[0], (int)holders.v[1]);
		pids_release(&holders);
		if (e < 0 || n < 2)
			break;
	}
	return e;
}

/* Does this process hold a lock on the file that had this name, and was removed? */
static bool
process_has_removed(pid_t pid, const char *path)
{
	struct dirent *entry;
	char name[64];
	bool has = false;
	DIR *stream;

	(void)snprintf(name, sizeof name, "/proc/%d/fd", (int)pid);
	stream = opendir(name);
	if (stream == NULL)
		return false;
	while (!has && (entry = readdir(stream)) != NULL) {
		_cleanup_(buf_release) struct buf info = BUF_INIT;
		char to[4096], fdinfo[320];
		ssize_t n = readlinkat(dirfd(stream), entry->d_name, to, sizeof to);

		if (n <= 0 || (size_t)n == sizeof to || !str_is(str_n(to, (size_t)n), path))
			continue;
		(void)snprintf(
		    fdinfo, sizeof fdinfo, "/proc/%d/fdinfo/%s", (int)pid, entry->d_name);
		has = proc_stat_slurp(fdinfo, &info) == 0 &&
		      str_find(buf_str(&info), STR("OFDLCK")) >= 0;
	}
	(void)closedir(stream); /* only read */
	return has;
}

/* Somebody removed LOCK: its holder still believes that it is the one writer. */
static int
process_removed_locks(struct fsck *f, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct pids all = { NULL, 0, 0 };
	char real[4096], link[64];
	ssize_t n;
	int e;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", f->r->dir);
	n = readlink(link, real, sizeof real);
	if (n <= 0 || (size_t)n == sizeof real)
		return 0;
	buf_addf(&path, "%.*s/LOCK (deleted)", (int)n, real);
	e = proc_stat_list(&all, err);
	for (size_t i = 0; e == 0 && i < all.n; i++)
		if (all.v[i] != getpid() && process_has_removed(all.v[i], path.p))
			fsck_add(f->found, "I8", 0, "LOCK",
			    "process %d holds a LOCK that was removed: it writes here beside the "
			    "one "
			    "who has the new one",
			    (int)all.v[i]);
	pids_release(&all);
	return e;
}

/* --- one ticket: I5 --- */

/* It has given up its memory, and with it its environment, but not yet its files: it tells nothing any more. */
static bool
process_is_ending(pid_t pid)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st, NULL) < 0 || st.is_ending || st.is_zombie;
}

/* The launcher has no tag: it is known by the note in the lock of its episode. */
static void
process_of_launcher(struct fsck *f, const struct ticket *t, struct pids *ret)
{
	uint64_t start;
	pid_t pid;

	if (episode_launcher(f->r, ticket_episode(t), &pid, &start) < 0 ||
	    proc_start_time(pid) != start)
		return;
	*VEC_PUSH(ret) = pid;
	(void)proc_descendants(
	    pid, ret, NULL); /* those that it cannot list are asked for their tag */
}

static int
process_holders(struct fsck *f, const struct ticket *t, struct err *err)
{
	struct pids holders = { NULL, 0, 0 }, ours = { NULL, 0, 0 };
	struct fsck_path path = fsck_path("tickets/%u/lock", t->id.n);
	struct io_stat st;
	int e = 0;

	if (f->r->io->ops->stat(f->r->io, f->r->dir, path.s, &st) == 0)
		e = proc_holders(st.dev, st.inode, &holders, NULL, err);
	if (e == 0 && holders.n > 0)
		process_of_launcher(f, t, &ours);
	for (size_t i = 0; e == 0 && i < holders.n; i++) {
		pid_t pid = holders.v[i];

		if (fsck_tagged_is(f->r, pid, ticket_episode(t)) || process_is_in(&ours, pid) ||
		    process_is_ending(pid))
			continue;
		fsck_add(f->found, "I5", t->id.n, path.s,
		    "process %d holds the lock of ticket %u, and is no process of episode %u.%u",
		    (int)pid, t->id.n, t->id.n, t->episode.n);
	}
	pids_release(&holders);
	pids_release(&ours);
	return e;
}

static int
process_ticket_once(struct fsck *f, const struct ticket *t, struct err *err)
{
	for (uint32_t n = 1; n <= t->episode.n; n++) {
		struct episode_id ep = { t->id, n };
		bool is_current = n == t->episode.n && ticket_is_open(t);
		struct episode_seen seen;

		episode_look(f->r, ep, &seen);
		if (seen.launcher == PROBE_HELD && !is_current)
			fsck_add(f->found, "I5", t->id.n, fsck_episode_path(ep, EPISODE_LOCK).s,
			    "episode %u.%u is closed, and its launcher lives", t->id.n, n);
	}
	return process_holders(f, t, err);
}

struct process_workers {
	uint32_t n;
	int64_t newest_wall_ms; /* when the last one was started */
};

static void
process_worker(struct fsck *f, const struct ticket *t, struct process_workers *workers)
{
	struct fsck_path path = fsck_episode_path(ticket_episode(t), EPISODE_SPEC);
	struct io_stat st;

	/* While it asked, another may have got its slot: after its report it is not counted. */
	if (!ticket_has_slot(t) ||
	    (t->episode.state != EPISODE_OPEN && t->episode.state != EPISODE_RUN))
		return;
	workers->n++;
	if (f->r->io->ops->stat(f->r->io, f->r->dir, path.s, &st) == 0 &&
	    st.mtime_ms > workers->newest_wall_ms)
		workers->newest_wall_ms = st.mtime_ms;
}

static int
process_ticket(struct fsck *f, struct ticket_id id, bool has_owner, struct process_workers *workers,
    struct err *err)
{
	size_t before = f->found->n;
	bool is_sure = false;
	int e = 0;

	for (int i = 0; i < PROCESS_TRIES && e == 0 && !is_sure; i++) {
		_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
		_cleanup_(record_release) struct record again = { .history = BUF_INIT };

		fsck_list_cut(f->found, before);
		if (ticket_read(f->r, id, &rec, NULL) < 0)
			return 0; /* fsck_files() says so */
		e = process_ticket_once(f, &rec.ticket, err);
		if (e == 0)
			fsck_rest(f, &rec.ticket, has_owner);
		is_sure = f->found->n == before || (ticket_read(f->r, id, &again, NULL) == 0 &&
						       again.ticket.rev == rec.ticket.rev);
		if (is_sure)
			process_worker(f, &rec.ticket, workers);
	}
	if (!is_sure) /* it changes faster than it can be looked at */
		fsck_list_cut(f->found, before);
	return e;
}

/* I5: whoever has a tag is of the episode that is open.  The process was there before the ticket was read,
 * and is there after it. */
static void
process_tags(struct fsck *f, const struct fsck_tagged *tagged)
{
	for (size_t i = 0; i < tagged->n; i++) {
		_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
		struct episode_id ep = tagged->v[i].ep;
		pid_t pid = tagged->v[i].pid;
		int e = ticket_read(f->r, ep.ticket, &rec, NULL);

		if (e < 0 && e != ERR_NOTFOUND)
			continue;
		if (e == 0 && ticket_is_open(&rec.ticket) && rec.ticket.episode.n == ep.n)
			continue;
		if (proc_start_time(pid) == tagged->v[i].start && fsck_tagged_is(f->r, pid, ep))
			fsck_add(f->found, "I5", ep.ticket.n, fsck_episode_path(ep, NULL).s,
			    "process %d is of episode %u.%u, which is not open", (int)pid,
			    ep.ticket.n, ep.n);
	}
}

/* I7.  A limit that was set after the last start bound nobody. */
static void
process_slots(struct fsck *f, const struct config *config, const struct process_workers *workers)
{
	struct io_stat st;

	if (config == NULL || config->slots == 0 || workers->n <= config->slots)
		return;
	if (f->r->io->ops->stat(f->r->io, f->r->dir, "config", &st) == 0 &&
	    st.mtime_ms >= workers->newest_wall_ms)
		return;
	fsck_add(f->found, "I7", 0, "config", "%u workers have a slot; slots = %u", workers->n,
	    config->slots);
}

int
fsck_processes(struct root *r, const struct config *config, struct fsck_list *ret, struct err *err)
{
	struct fsck f = { .r = r, .live = true, .found = ret };
	struct ticket_ids ids = TICKET_IDS_INIT;
	struct process_workers workers = { 0, 0 };
	struct fsck_tagged tagged = { NULL, 0, 0 };
	bool has_owner = root_owner(r, NULL) == PROBE_HELD;
	int e = process_lock(&f, err);

	if (e == 0)
		e = process_removed_locks(&f, err);
	if (e == 0)
		e = fsck_tagged_scan(r, &tagged, err);
	if (e == 0)
		process_tags(&f, &tagged);
	if (e == 0)
		e = tickets_list(r, &ids, err);
	for (size_t i = 0; e == 0 && i < ids.n; i++)
		e = process_ticket(&f, ids.v[i], has_owner, &workers, err);
	if (e == 0)
		process_slots(&f, config, &workers);
	ticket_ids_release(&ids);
	free(tagged.v);
	return e;
}
