/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_repo.h: what the supervisor asks of a repository, through libgit2.  The only folder part that
 * knows libgit2 is effect/git_*.
 *
 * Every function here is synchronous, may take long, and is therefore called in a helper process
 * (effect/job.h), never in the loop.  They take paths and names as values, never the store.
 *
 * No hook, no filter program, no fsmonitor and no credential helper of the repository is ever run
 * (libgit2 runs none; nothing here spawns git).
 *
 * Answers: `enum git_answer` is the whole truth of an operation.  GIT_ANSWER_ENVIRONMENT means that the
 * repository or the disk could not do it (text says what and what to do); it says nothing about the
 * ticket.  GIT_ANSWER_OWN is the same of what one ticket has for itself, its worktree or its branch: all else may go on.
 * The other answers are facts about the work.
 *
 * Names of refs (id = ticket number, n = episode number):
 *	refs/heads/reeve/<id>-<slug>	the branch of the ticket
 *	refs/reeve/<id>/<n>		the commit that a DONE or REVIEW of episode n named: pinned
 *	refs/reeve/<id>/r<rev>		the commit that a person adopted or amended by that revision: pinned
 *	refs/reeve/<id>/<n>-salvage	work that episode n left without a verdict
 *	refs/reeve/<id>/pruned-<rev>	what nothing else held when revision rev had it pruned; and pruned-<rev>.2 ...
 */
#ifndef EFFECT_GIT_REPO_H
#define EFFECT_GIT_REPO_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "core/id.h"

enum git_answer {
	GIT_ANSWER_OK = 1,
	GIT_ANSWER_ENVIRONMENT, /* cannot tell or cannot do: text */
	GIT_ANSWER_BAD,         /* artifact: not acceptable: text says why */
	GIT_ANSWER_CONFLICT,    /* merge: text holds the conflicting paths, one a line */
	GIT_ANSWER_CONTAINED,   /* merge: the target contains the commit already */
	GIT_ANSWER_MOVED,       /* land: the target is not at `from` any more */
	GIT_ANSWER_HELD, /* land: local changes are in the way: text holds the paths, one a line */
	GIT_ANSWER_OWN,  /* cannot do, for what is the ticket's own: text */
};

struct git_result {
	enum git_answer answer;
	struct oid a, b, c;
	bool flag;
	struct buf text;
};
#define GIT_RESULT_INIT                                                                            \
	{                                                                                          \
		0, { "" }, { "" }, { "" }, false, BUF_INIT                                         \
	}
void git_result_release(struct git_result *r);

/*
 * An answer on its way from the helper process: "reeve-git 1 ANSWER FLAG A B C LENGTH\n" and LENGTH bytes
 * of text ("-" for an id that is not set).  write: 0 or -errno.  parse is strict: exactly one such
 * answer and nothing behind it, else false and *ret is untouched; the caller releases *ret.
 */
int git_result_write(int fd, const struct git_result *r);
bool git_result_parse(struct str s, struct git_result *ret);

/* Once per process, before any other call; children of fork inherit it. */
int git_setup(struct err *err);

/*
 * Is `path` (a directory in it will do) a repository that reeve can work with?
 * OK: text = absolute path of its main worktree; *ret_base = the branch that HEAD names.
 * Otherwise ENVIRONMENT and a sentence: no repository; bare; a shallow clone; no commit yet; detached HEAD (then --base
 * is asked for: with want_base set, that branch is checked instead); owned by somebody else
 * (safe.directory); or of a kind that libgit2 1.5 cannot work with (git_kind.h; the list is in
 * reeve-state(5), REPOSITORIES).
 */
void git_repo_probe(
    const char *path, const char *want_base, struct buf *ret_base, struct git_result *ret);

/*
 * Before an episode is opened: a = tip of `base` (or, when `branch` exists already, the merge base of
 * the two), b = tip of `branch` if it exists.  ENVIRONMENT when the repository or the base is gone, or is now of
 * a kind that git_repo_probe() refuses; flag: only the base is not there.  OWN: the branch cannot be read, or is
 * another history.
 */
void
git_repo_preflight(const char *repo, const char *base, const char *branch, struct git_result *ret);

/*
 * After git_repo_preflight() has said that the branch does not exist, when it is to begin at `from` and not at the tip
 * of the base, which is tip: a = what the two have in common.  ENVIRONMENT: nothing, or the commit is gone.
 */
void
git_repo_preflight_from(const char *repo, struct oid tip, struct oid from, struct git_result *ret);

/*
 * Is the commit that a report named acceptable (PROTOCOLS P7), and then: pin it.
 * commit "" = the tip of the branch, which must then hold work beyond base_id.
 * Accepted: it exists, is a commit, has base_id as an ancestor, is reachable from the tip of `branch`.
 * Then syncfs of the repository, and refs/reeve/<ep.ticket>/<ep.n> is created for it, durably, only if
 * it does not exist; existing and equal, or existing when commit was "": it stays and wins.
 * OK: a = the pinned commit, flag = it is not base_id.  BAD: text (also when the pin exists with another commit).
 *
 * rev > 0: named by a person's command, and pinned as refs/reeve/<ep.ticket>/r<rev>, the revision that it will
 * become.  As long as it has not, such a pin promises nothing, and another commit takes its place.  It must not
 * be base_id, which holds no work.  base_id unset: any commit will do that shares history with `target`; branch "":
 * it need not be on the branch of the ticket.
 *
 * never: what was brought from the main worktree (git_bring.h) and git is to ignore, secrets mostly.  A commit of the
 * work that holds one of them, or something beneath it, is BAD; unless the target holds it, too.
 */
struct git_claim {
	const char *branch, *target;
	struct oid base_id, commit;
	struct episode_id ep;
	uint64_t rev;
	const struct strvec
	    *never[2]; /* paths that the commit must not add, see below; NULL: none */
};
void git_artifact_pin(const char *repo, const struct git_claim *claim, struct git_result *ret);

/* "libgit2 1.5.1": the one that is linked now. */
void git_repo_library(struct buf *ret);

#endif
