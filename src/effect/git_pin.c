/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_repo.h"

#include "effect/git_util.h"

/* What the judgement needs; ids are those of libgit2. */
struct git_pin {
	git_repository *repo;
	const char *path;
	const char *branch;
	git_oid base, tip, commit;
	struct git_result *ret;
};

static bool
git_pin_bad(const struct git_pin *p, int code, const char *doing)
{
	if (code < 0)
		git_util_fail(p->ret, "%s in %s", doing, p->path);
	return code < 0;
}

/* Which commit is meant, and does it exist as a commit?  False: *ret is the answer. */
static bool
git_pin_resolve(struct git_pin *p, struct oid named)
{
	AUTO_GIT(git_object) *object = NULL;
	bool is_free = p->branch[0] == '\0'; /* and then it is named */
	int code = is_free ? 0 : git_util_tip(p->repo, p->branch, &p->tip);

	if (code == GIT_ENOTFOUND) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the branch of the ticket, \"%s\", does not exist any more: put the work on it "
		    "and report again",
		    p->branch);
		return false;
	}
	if (git_pin_bad(p, code, "reading the branch of the ticket"))
		return false;
	if (!oid_is_set(named) && is_free) {
		git_util_say(p->ret, GIT_ANSWER_BAD, "which commit? Name its whole id");
		return false;
	}
	if (!oid_is_set(named)) {
		git_oid_cpy(&p->commit, &p->tip);
		return true;
	}
	if (!git_util_oid(named, &p->commit)) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "%s is not an id of this repository (it has SHA-1 ids)", named.hex);
		return false;
	}
	code = git_object_lookup(&object, p->repo, &p->commit, GIT_OBJECT_ANY);
	if (code == GIT_ENOTFOUND) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "there is no commit %s in the repository: commit the work, then report the id "
		    "that "
		    "git rev-parse HEAD prints",
		    named.hex);
		return false;
	}
	if (git_pin_bad(p, code, "reading the reported commit"))
		return false;
	if (git_object_type(object) != GIT_OBJECT_COMMIT) {
		git_util_say(p->ret, GIT_ANSWER_BAD, "%s is a %s, not a commit", named.hex,
		    git_object_type2string(git_object_type(object)));
		return false;
	}
	return true;
}

/* A person's choice: anything that can be merged.  False: *ret is the answer. */
static bool
git_pin_relate(struct git_pin *p, const char *target)
{
	git_oid tip, base;
	int code = git_util_tip(p->repo, target, &tip);

	if (code == 0)
		code = git_merge_base(&base, p->repo, &tip, &p->commit);
	if (code == GIT_ENOTFOUND)
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the commit %s shares no history with \"%s\", which it is to land on",
		    git_util_oid_of(&p->commit).hex, target);
	else
		(void)git_pin_bad(p, code, "comparing the named commit with its target");
	return code == 0;
}

/* False: *ret is the answer. */
static bool
git_pin_judge(struct git_pin *p, const struct git_claim *c)
{
	struct oid base_id = c->base_id;
	bool named = oid_is_set(c->commit);
	AUTO_GIT(git_commit) *base = NULL;
	struct oid commit = git_util_oid_of(&p->commit);
	int code;

	if (!git_util_oid(base_id, &p->base) || git_commit_lookup(&base, p->repo, &p->base) < 0) {
		git_util_fail(p->ret, "reading the commit %s that the episode began from, in %s",
		    base_id.hex, p->path);
		return false;
	}
	if (!named && git_oid_equal(&p->commit, &p->base)) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the branch \"%s\" holds no commit beyond the one that the episode began from: "
		    "commit the work "
		    "and report again",
		    p->branch);
		return false;
	}
	if (c->rev > 0 && git_oid_equal(&p->commit, &p->base)) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the commit %s is the one that the work began from, so it holds none of it: "
		    "name "
		    "a commit of the branch \"%s\"",
		    commit.hex, p->branch);
		return false;
	}
	code = git_util_contains(p->repo, &p->commit, &p->base);
	if (git_pin_bad(p, code, "comparing the reported commit with the base"))
		return false;
	if (code == 0) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the commit %s does not descend from %s, which the episode began from: put the "
		    "work on top of it "
		    "(git rebase) and report again",
		    commit.hex, base_id.hex);
		return false;
	}
	code = git_util_contains(p->repo, &p->tip, &p->commit);
	if (git_pin_bad(p, code, "comparing the reported commit with the branch"))
		return false;
	if (code == 0) {
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the commit %s is not on the branch of the ticket, \"%s\": put it there and "
		    "report again",
		    commit.hex, p->branch);
		return false;
	}
	return true;
}

static void
git_pin_ok(struct git_pin *p, const git_oid *pinned, struct oid base_id)
{
	p->ret->answer = GIT_ANSWER_OK;
	p->ret->a = git_util_oid_of(pinned);
	p->ret->flag = !oid_eq(p->ret->a, base_id);
}

/* Does the tree of this commit hold one of the paths?  Then *ret_path is it. */
static bool
git_pin_holds(
    struct git_pin *p, const git_oid *id, const struct strvec *paths, const char **ret_path)
{
	AUTO_GIT(git_commit) *commit = NULL;
	AUTO_GIT(git_tree) *tree = NULL;

	if (git_commit_lookup(&commit, p->repo, id) < 0 || git_commit_tree(&tree, commit) < 0)
		return false; /* nothing of it can be read, nor merged */
	for (size_t i = 0; i < paths->n; i++) {
		AUTO_GIT(git_tree_entry) *entry = NULL;

		if (git_tree_entry_bypath(&entry, tree, paths->v[i]) == 0) {
			*ret_path = paths->v[i];
			return true;
		}
	}
	return false;
}

/* Would these paths come to the target, were it only in its history?  False: *ret is the answer. */
static bool
git_pin_is_clean(struct git_pin *p, const char *target, const struct strvec *paths)
{
	git_revwalk *walk = NULL;
	_cleanup_(strvec_release) struct strvec never = STRVEC_INIT;
	const char *path = NULL;
	bool is_clean = true;
	git_oid tip, id;
	int code;

	if (paths == NULL || paths->n == 0)
		return true;
	code = git_util_tip(p->repo, target, &tip);
	for (size_t i = 0; code == 0 && i < paths->n; i++) {
		const struct strvec one = { &paths->v[i], 1, 1 };

		if (!git_pin_holds(p, &tip, &one, &path))
			strvec_push(&never, paths->v[i]);
	}
	if (code == 0)
		code = git_revwalk_new(&walk, p->repo);
	if (code == 0)
		code = git_revwalk_push(walk, &p->commit);
	if (code == 0)
		code = git_revwalk_hide(walk, &tip);
	while (code == 0 && is_clean && (code = git_revwalk_next(&id, walk)) == 0)
		is_clean = !git_pin_holds(p, &id, &never, &path);
	git_revwalk_free(walk);
	if (code == GIT_ITEROVER || code == GIT_ENOTFOUND)
		code = 0; /* without a target there is no landing */
	if (git_pin_bad(p, code, "reading the commits of the work"))
		return false;
	if (!is_clean)
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "the commit %s holds %s, which was brought from the main worktree and is not "
		    "to "
		    "be committed: take it out of every commit of the work (git rebase -i), and "
		    "report again",
		    git_util_oid_of(&id).hex, path);
	return is_clean;
}

static bool
git_pin_check(struct git_pin *p, const struct git_claim *c)
{
	if (!git_pin_resolve(p, c->commit))
		return false;
	if (oid_is_set(c->base_id) ? !git_pin_judge(p, c) : !git_pin_relate(p, c->target))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(c->never); i++)
		if (!git_pin_is_clean(p, c->target, c->never[i]))
			return false;
	return true;
}

/* Accepted once is accepted, whatever became of the branch since.  False: what is pinned there promises nothing,
 * because that revision never came to be. */
static bool
git_pin_earlier(
    struct git_pin *p, const struct git_claim *c, const char *name, const git_oid *pinned)
{
	git_oid wanted;

	if (git_pin_bad(p, git_util_ref_settle(p->repo, name), "keeping what was reported"))
		return true;
	if (!oid_is_set(c->commit) ||
	    (git_util_oid(c->commit, &wanted) && git_oid_equal(&wanted, pinned)))
		git_pin_ok(p, pinned, c->base_id);
	else if (c->rev > 0)
		return false;
	else
		git_util_say(p->ret, GIT_ANSWER_BAD,
		    "this episode has reported the commit %s already (%s); a later one needs a new "
		    "episode",
		    git_util_oid_of(pinned).hex, name);
	return true;
}

void
git_artifact_pin(const char *repo_path, const struct git_claim *c, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct git_pin p = { .path = repo_path, .branch = c->branch, .ret = ret };
	const git_oid *old;
	git_oid pinned;
	int code;

	if (!git_util_open(repo_path, &repo, ret))
		return;
	p.repo = repo;
	if (c->rev > 0)
		buf_addf(&name, "refs/reeve/%u/r%llu", c->ep.ticket.n, (unsigned long long)c->rev);
	else
		buf_addf(&name, "refs/reeve/%u/%u", c->ep.ticket.n, c->ep.n);
	code = git_reference_name_to_id(&pinned, repo, name.p);
	if (code == 0 && git_pin_earlier(&p, c, name.p, &pinned))
		return;
	if (code != 0 && code != GIT_ENOTFOUND) {
		git_util_fail(ret, "reading %s of %s", name.p, repo_path);
		return;
	}
	old = code == 0 ? &pinned : NULL;
	if (!git_pin_check(&p, c))
		return;
	/* the commit's objects before the name that promises them */
	code = git_util_sync(git_repository_commondir(repo));
	if (code != 0) {
		git_util_fail_sys(ret, code, "syncing the file system of %s", repo_path);
		return;
	}
	code = git_util_ref_set(
	    repo, name.p, &p.commit, old, c->rev > 0 ? "reeve: adopted" : "reeve: reported");
	if (code == GIT_EEXISTS || code == GIT_EMODIFIED) {
		/* another helper was first: its pin is judged like an old one */
		git_artifact_pin(repo_path, c, ret);
		return;
	}
	if (code < 0) {
		git_util_fail_ref(ret, repo, code, name.p);
		return;
	}
	git_pin_ok(&p, &p.commit, c->base_id);
}
