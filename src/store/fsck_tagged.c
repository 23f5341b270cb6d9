/* SPDX-License-Identifier: GPL-2.0-only */
/* fsck_tagged.c: one walk over /proc for the tags of all episodes of this store ("REEVE_TAG=<uuid>.<id>.<n>"). */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "sys/proc.h"
#include "sys/proc_stat.h"

/* The episode that a process says it is of; false: none of this store, or it may not be looked at. */
static bool
tagged_read(const struct root *r, pid_t pid, struct episode_id *ret)
{
	_cleanup_(buf_release) struct buf env = BUF_INIT, prefix = BUF_INIT;
	struct str rest, entry;
	char path[64];
	bool has = false;

	(void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	if (proc_stat_slurp(path, &env) < 0)
		return false;
	buf_addf(&prefix, "REEVE_TAG=%s.", r->uuid);
	rest = buf_str(&env);
	while (!has && (str_cut(&rest, '\0', &entry) || entry.len > 0))
		has = str_starts(entry, prefix.p) &&
		      episode_id_parse(str_n(entry.p + prefix.len, entry.len - prefix.len), ret);
	return has;
}

int
fsck_tagged_scan(const struct root *r, struct fsck_tagged *ret, struct err *err)
{
	struct pids all = { NULL, 0, 0 };
	int e = proc_stat_list(&all, err);

	for (size_t i = 0; e == 0 && i < all.n; i++) {
		struct episode_id ep;

		/* Not ourselves: whoever asked us ends soon. */
		if (all.v[i] == getpid() || !tagged_read(r, all.v[i], &ep))
			continue;
		VEC_PUSH(ret)->pid = all.v[i];
		ret->v[ret->n - 1].start = proc_start_time(all.v[i]);
		ret->v[ret->n - 1].ep = ep;
	}
	pids_release(&all);
	return e;
}

bool
fsck_tagged_is(const struct root *r, pid_t pid, struct episode_id ep)
{
	struct episode_id now;

	return tagged_read(r, pid, &now) && episode_id_eq(now, ep);
}
