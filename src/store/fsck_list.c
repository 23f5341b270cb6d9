/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "base/clean.h"

/* What a person does about it; by the number of the invariant. */
static const char *const fsck_next[] = {
	[1] = "compare the file with `reeve log ID`; a mere copy may be moved away, anything else "
	      "is a "
	      "report that counts or does not, and only the ticket's history says which",
	[2] = "do not build on what followed from that report: look at it (`reeve show ID`, `reeve "
	      "diff ID`), then put the ticket file back from a backup, or `reeve reopen ID`",
	[3] = "look at the file; `reeve discard NAME` takes it away",
	[4] = "put the ticket file back from a backup; left-overs go when the supervisor starts "
	      "(`reeve up -d`)",
	[5] = "look at the named processes and end them (kill PID); then `reeve show ID`",
	[6] = "a file of the ticket was changed or removed by hand: put it back, or `reeve cancel "
	      "ID` and "
	      "create the work anew",
	[7] = "who may run is in doubt: `reeve park ID`, look at the files of the episode, remove "
	      "the one "
	      "that is wrong",
	[8] = "end all supervisors (`reeve down`, then kill the named pids), then `reeve up -d`; "
	      "never "
	      "remove LOCK",
	[9] = "the history was changed by hand or damaged: put the ticket file back, from "
	      "ticket.last-good beside it or a backup",
	[10] = "the header was changed by hand or damaged: undo that (`reeve edit ID` is the way "
	       "to change "
	       "a ticket), or put the file back, from ticket.last-good beside it or a backup",
	[11] = "an agent may have run that nobody waits for: look at its worktree and its branch "
	       "before "
	       "the ticket goes on",
	[12] = "the file was changed by hand or damaged: undo that; `reeve retry ID` lets a budget "
	       "begin "
	       "anew",
	[13] = "look whether the work is in the target branch (`reeve diff ID`); if not, `reeve "
	       "reopen ID`",
	[14] = "look at what was started (`reeve log ID`), and whether the file control/kill was "
	       "made when "
	       "its time says",
	[15] = "compare the ticket with its repository (`reeve show ID`, git log); if the work is "
	       "not in "
	       "the target branch, `reeve reopen ID`",
	[16] =
	    "only the summary of that episode is wrong or lost; `reeve log ID` tells how it ended",
	[17] = "nothing of it is used by a ticket: look whether it holds work, then remove it (git "
	       "worktree remove, git branch -d), or leave it",
	[18] = "it is not of this version, damaged, or no file of ours: put it back from a backup, "
	       "or move "
	       "it out of the state directory",
	[19] = "correct it with chmod, chown or rm",
	[20] = "correct what the ticket waits for (`reeve edit ID`)",
	[21] = "look into the log of reeved, then start it anew (`reeve down`, `reeve up -d`)",
};

struct fsck_path
fsck_path(const char *fmt, ...)
{
	struct fsck_path path;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(path.s, sizeof path.s, fmt, ap); /* cut is fine: the text has all of it */
	va_end(ap);
	return path;
}

struct fsck_path
fsck_ticket_path(struct ticket_id id)
{
	return fsck_path("tickets/%u/ticket", id.n);
}

struct fsck_path
fsck_episode_path(struct episode_id ep, const char *name)
{
	return fsck_path("tickets/%u/episodes/%u%s%s", ep.ticket.n, ep.n, name != NULL ? "/" : "",
	    name != NULL ? name : "");
}

struct fsck_finding *
fsck_add(struct fsck_list *l, const char *invariant, uint32_t ticket, const char *path,
    const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, clean = BUF_INIT, where = BUF_INIT;
	struct fsck_finding *finding;
	uint32_t number;
	va_list ap;

	if (invariant[0] != 'I' || !str_u32(str_of(invariant + 1), &number) || number == 0 ||
	    number >= ARRAY_LEN(fsck_next))
		BUG("there is no invariant %s", invariant);
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	clean_add_line(&clean, buf_str(&text), 0); /* names and words of anybody are in it */
	if (path != NULL)
		clean_add_line(&where, str_of(path), 0);
	finding = VEC_PUSH(l);
	*finding = (struct fsck_finding){ .invariant = invariant,
		.ticket = ticket,
		.path = path != NULL ? xstrdup(where.p) : NULL,
		.text = xstrdup(clean.p),
		.next = fsck_next[number] };
	return finding;
}

void
fsck_list_cut(struct fsck_list *l, size_t n)
{
	while (l->n > n) {
		free(l->v[--l->n].path);
		free(l->v[l->n].text);
	}
}

void
fsck_list_release(struct fsck_list *l)
{
	fsck_list_cut(l, 0);
	free(l->v);
	*l = (struct fsck_list){ NULL, 0, 0 };
}
