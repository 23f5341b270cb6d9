/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_stat.h: how much a commit changes, for the brief of its reviewer.
 *
 *	    +12    -3  src/main.c
 *	     +1    -0  hello.txt (new)
 *	        binary  logo.png
 *	3 files changed: 13 lines added, 3 removed
 *
 * Names are cleaned (base/clean.h), so a line is a file.  Bounded, whatever the commit is: GIT_STAT_SHOWN files have a
 * line, GIT_STAT_COUNTED are counted, and one of more than GIT_STAT_BYTES is taken for binary.
 */
#ifndef EFFECT_GIT_STAT_H
#define EFFECT_GIT_STAT_H

#include "effect/git_repo.h"

#define GIT_STAT_SHOWN   100u
#define GIT_STAT_COUNTED 1000u
#define GIT_STAT_BYTES   (1024 * 1024)

/*
 * From where commit parted from `from`, or with from unset from the branch target, to commit.  Only text is set, and
 * with from unset a (that place).  It is a help and no condition: what cannot be told is a sentence in text.
 */
void git_stat_read(const char *repo, const char *target, struct oid from, struct oid commit,
    struct git_result *ret);

#endif
