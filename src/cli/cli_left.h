/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_left.h: what is left of tickets in their repositories and on the disk, and what is proved of it: for `reeve prune`.
 *
 * Only what belongs to reeve by its place or name is looked at: refs below refs/reeve/ and refs/heads/reeve/, worktrees in
 * the directory that the configuration names for them.  A proof is asked of git now (cli_git.h); what is removed is
 * judged once more, by the supervisor, when it goes.  Worktrees are looked into by `reeved --probe-worktree`, which runs
 * no program that a worker may have named in the repository.
 */
#ifndef CLI_CLI_LEFT_H
#define CLI_CLI_LEFT_H

#include "cli/cli_facts.h"
#include "codec/report_json.h"

struct left {
	struct {
		struct report_left *v; /* by repository, then ticket */
		size_t n, cap;
	} rows;
	int status; /* EXIT_IO: a repository could not be looked at; it was said */
};

/* has_sizes: worktrees are measured and probed, which takes longer. */
void left_gather(const struct cli_facts *f, bool has_sizes, struct left *ret);
void left_release(struct left *l);

#endif
