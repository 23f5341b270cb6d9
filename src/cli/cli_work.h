/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_work.h: where the work of a ticket is: its repository, and the commit that a person looks at.
 */
#ifndef CLI_CLI_WORK_H
#define CLI_CLI_WORK_H

#include "cli/cli_git_view.h"
#include "cli/cli_state.h"

/* The repository of its ticket, which is configured and there.  Else it has printed; 0 or the exit code. */
int work_repo(struct cli *c, const struct record *r, const struct config_repo **ret);

/* The pinned commit, else the tip of its branch.  Else it has printed that there is no work yet. */
int work_commit(const struct config_repo *repo, const struct record *r, struct oid *ret);

/* A file of a commit.  ERR_NOTFOUND: no such file there.  Its bytes are appended when ret is not NULL; ERR_INVALID:
 * there are more than WORK_FILE_MAX. */
#define WORK_FILE_MAX ((size_t)16 * 1024 * 1024)
int work_file(const struct git_view *v, struct oid commit, const char *path, struct buf *ret,
    struct err *err);

#endif
