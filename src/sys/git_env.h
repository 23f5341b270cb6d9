/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_env.h: the variables that lead git elsewhere than to where it runs.
 *
 * We may be called in a hook, a rebase or a worktree of another repository, and they would win over every directory
 * that is named.  This is the one place that lists them, in two kinds: those that name a repository or a part of one,
 * and those that carry options.  Together they are what `git rev-parse --local-env-vars` prints, and what changes
 * where names lead or how a diff is made.
 */
#ifndef SYS_GIT_ENV_H
#define SYS_GIT_ENV_H

#include "base/base.h"

/* Is this "NAME=value", or "NAME", of the first kind? */
bool git_env_is_place(const char *entry);

/* Both kinds go from the environment of this process, for good. */
void git_env_forget(void);

#endif
