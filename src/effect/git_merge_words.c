/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of what lands.  The last paragraph is ours alone, and its last line names the passed commit: from
 * that line, which only a commit made here ends with, git_land.c knows what a squash or a rebase is of.
 */
#include "base/base.h"

#include "base/clean.h"
#include "effect/git_merging.h"

#define MERGE_TRAILER      "Reeve-Commit: "
#define MERGE_SUBJECTS_MAX 100 /* that a squash names */
#define MERGE_SUBJECT_MAX  120

static void
git_merge_trailers(const struct git_merging *m, struct buf *ret)
{
	buf_adds(ret, m->how->trailers ? m->how->trailers : "");
	buf_addf(ret, MERGE_TRAILER "%s\n", m->how->passed.hex);
}

static void
git_merge_trim(struct buf *b)
{
	while (b->len > 0 && (b->p[b->len - 1] == '\n' || b->p[b->len - 1] == ' '))
		buf_truncate(b, b->len - 1);
}

/* "* subject": none of them can look like a trailer. */
static void
git_merge_subjects(const struct git_merging *m, struct buf *ret)
{
	AUTO_GIT(git_revwalk) *walk = NULL;
	unsigned n = 0;
	git_oid id;

	if (git_merging_walk(m, &walk) < 0)
		return; /* they are an ornament */
	while (git_revwalk_next(&id, walk) == 0) {
		AUTO_GIT(git_commit) *commit = NULL;

		if (git_commit_lookup(&commit, m->repo, &id) < 0 ||
		    git_commit_parentcount(commit) > 1)
			continue;
		if (n++ >= MERGE_SUBJECTS_MAX)
			continue;
		buf_adds(ret, "\n* ");
		clean_add_line(ret, str_of(git_commit_summary(commit)), MERGE_SUBJECT_MAX);
	}
	if (n > MERGE_SUBJECTS_MAX)
		buf_addf(ret, "\n* and %u more", n - MERGE_SUBJECTS_MAX);
}

void
git_merge_message(const struct git_merging *m, struct buf *ret)
{
	buf_adds(ret, m->how->message ? m->how->message : "");
	git_merge_trim(ret);
	if (ret->len == 0)
		buf_addf(ret, "Land %.12s", m->how->passed.hex);
	if (m->how->way == LANDING_SQUASH) {
		buf_addch(ret, '\n');
		git_merge_subjects(m, ret);
	}
	buf_adds(ret, "\n\n");
	git_merge_trailers(m, ret);
}

void
git_merge_add_trailers(const struct git_merging *m, struct buf *message)
{
	git_message_trailer_array there = { NULL, 0, NULL };
	bool has_trailers =
	    message->len > 0 && git_message_trailers(&there, message->p) == 0 && there.count > 0;

	git_message_trailer_array_free(&there);
	git_merge_trim(message);
	buf_adds(message, has_trailers ? "\n" : "\n\n");
	git_merge_trailers(m, message);
}

bool
git_merge_is_landing_of(const git_commit *commit, const git_oid *passed)
{
	_cleanup_(buf_release) struct buf want = BUF_INIT;
	struct str message = str_of(git_commit_message_raw(commit));

	buf_addf(&want, "\n" MERGE_TRAILER "%s\n", git_util_oid_of(passed).hex);
	return message.len >= want.len &&
	       memcmp(message.p + message.len - want.len, want.p, want.len) == 0;
}

static bool
git_merge_is_same_person(const git_signature *a, const git_signature *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->email, b->email) == 0;
}

int
git_merge_author(const struct git_merging *m, git_signature **ret)
{
	AUTO_GIT(git_revwalk) *walk = NULL;
	AUTO_GIT(git_signature) *who = NULL;
	int code = git_merging_walk(m, &walk);
	git_oid id;

	*ret = NULL;
	while (code == 0 && (code = git_revwalk_next(&id, walk)) == 0) {
		AUTO_GIT(git_commit) *commit = NULL;

		code = git_commit_lookup(&commit, m->repo, &id);
		if (code < 0 || git_commit_parentcount(commit) > 1)
			continue;
		if (who && !git_merge_is_same_person(who, git_commit_author(commit)))
			return 0;
		git_signature_freep(&who);
		code = git_signature_dup(&who, git_commit_author(commit)); /* with the last date */
	}
	if (code < 0 && code != GIT_ITEROVER)
		return code;
	*ret = who;
	who = NULL;
	return 0;
}
