/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_convert.h: what the .gitattributes files of a commit, the attribute files of the user and the
 * configuration say about how the blob of a path becomes its file.  Private to git_fill*.c.
 *
 *	git_convert_rules_read()	once: is there anything to look up at all, and for which names?
 *	git_convert_open()		once a thread
 *	git_convert_of()		once a path
 *
 * The attributes are those of the commit that is checked out, as for `git checkout`: not those of the
 * index or the files of some worktree.  A look-up is slow (15 us), and most paths need none, so the rules
 * keep the ends of names that can be meant (`.psd`, `Makefile`); in doubt every path is looked up.
 */
#ifndef EFFECT_GIT_CONVERT_H
#define EFFECT_GIT_CONVERT_H

#include "effect/git_smudge.h"
#include "effect/git_util.h"

struct git_convert_rules {
	bool all;           /* any path may be meant */
	struct strvec ends; /* else those that end so, in whatever case */
	bool auto_crlf;     /* core.autocrlf=true */
	bool text_is_crlf;  /* what `text` without `eol` stands for */
};
#define GIT_CONVERT_RULES_INIT                                                                     \
	{                                                                                          \
		false, STRVEC_INIT, false, false                                                   \
	}

/* want: the index of the commit.  False: *ret is the answer. */
bool git_convert_rules_read(
    git_repository *repo, git_index *want, struct git_convert_rules *rules, struct git_result *ret);
void git_convert_rules_release(struct git_convert_rules *rules);

enum git_driver {
	GIT_DRIVER_NONE = 0,
	GIT_DRIVER_LFS,     /* git-lfs; also when it is told to leave out what is not there */
	GIT_DRIVER_PROGRAM, /* any other that would have to be run */
};

struct git_conversion {
	struct git_smudge smudge;
	enum git_driver kind;
	bool skips; /* git-lfs --skip: a pointer without its object stays a pointer */
	char driver[64];
};

struct git_convert {
	const struct git_convert_rules *rules;
	git_repository
	    *repo; /* of its own: its index holds the .gitattributes of the commit only */
	git_config *config;
};

/* path: of a worktree of the repository. */
bool git_convert_open(struct git_convert *c, const char *path, git_index *want,
    const struct git_convert_rules *rules, struct git_result *ret);
void git_convert_release(struct git_convert *c);

bool git_convert_of(struct git_convert *c, const char *path, struct git_conversion *ret_how,
    struct git_result *ret);

/* The filter attribute that path has by the files of the worktree that repo is opened in; "" for none. */
void git_convert_driver_now(git_repository *repo, const char *path, struct buf *ret);

#endif
