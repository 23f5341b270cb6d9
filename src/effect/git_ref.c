/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_util_ref_set(): compare-and-swap of a loose ref, in git's own protocol (gitrepository-layout(5)):
 *
 *	1  <name>.lock must not exist, and is made	from here on no git process changes the ref
 *	2  the value, loose or packed, is compared
 *	3  a file with the new one, synced, is renamed to <name>
 *	4  <name>.lock goes
 *
 * git_util_ref_delete(): the same, with the name going in step 3, from packed-refs too.
 *
 * Not git_reference_create_matching() and _delete(): a process that is killed in them leaves a lock which nobody can
 * tell from a live one.  Here the lock is made from a token (git_token.h).
 */
#include "base/base.h"

#include "effect/git_util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "effect/git_token.h"

#define GIT_REF_TOKEN      "reeve-ref.lock"
#define GIT_REF_NEW        "reeve-ref"
#define GIT_REF_PACKED     "packed-refs"
#define GIT_REF_PACKED_MAX (256u << 20)

struct git_ref {
	git_repository *repo;
	const char *name;
	struct git_token token;
	struct buf lock, file, next, packed, packed_lock;
	bool has_lock, has_packed_lock;
};

static void
git_ref_init(struct git_ref *r)
{
	git_util_common_path(r->repo, GIT_REF_NEW, &r->next);
	git_util_common_path(r->repo, r->name, &r->file);
	buf_addf(&r->lock, "%s.lock", r->file.p);
	git_util_common_path(r->repo, GIT_REF_PACKED, &r->packed);
	git_util_common_path(r->repo, GIT_REF_PACKED ".lock", &r->packed_lock);
}

static void
git_ref_release(struct git_ref *r)
{
	if (r->has_packed_lock)
		(void)unlink(r->packed_lock.p); /* the next one sweeps it */
	if (r->has_lock)
		(void)unlink(r->lock.p); /* this one, too */
	git_token_release(&r->token);
	buf_release(&r->lock);
	buf_release(&r->file);
	buf_release(&r->next);
	buf_release(&r->packed);
	buf_release(&r->packed_lock);
}

static int
git_ref_sys(const char *doing, const char *path, int errnum)
{
	git_error_set(GIT_ERROR_OS, "%s %s: %s", doing, path, strerror(errnum));
	return GIT_ERROR;
}

/* The directories of the file, in the common directory or in logs/ of it. */
static int
git_ref_make_dirs(const struct git_ref *r, const char *file)
{
	size_t top = strlen(git_repository_commondir(r->repo));

	for (const char *s = strchr(file + top, '/'); s; s = strchr(s + 1, '/')) {
		_cleanup_(free_charp) char *dir = xstrndup(file, (size_t)(s - file));

		if (mkdir(dir, 0777) < 0 && errno != EEXIST)
			return git_ref_sys("making the directory", dir, errno);
	}
	return 0;
}

/* A ref cannot be where another needs a directory; packed refs have no directories to stop it. */
static int
git_ref_is_free(const struct git_ref *r)
{
	_cleanup_(buf_release) struct buf glob = BUF_INIT;
	git_reference_iterator *it = NULL;
	const char *below = NULL;
	git_oid id;
	int code;

	for (const char *s = strchr(r->name + strlen("refs/"), '/'); s; s = strchr(s + 1, '/')) {
		_cleanup_(free_charp) char *above = xstrndup(r->name, (size_t)(s - r->name));

		if (git_reference_name_to_id(&id, r->repo, above) == 0) {
			git_error_set(GIT_ERROR_REFERENCE,
			    "there is a ref %s, so %s cannot be made: rename it", above, r->name);
			return GIT_ERROR;
		}
	}
	buf_addf(&glob, "%s/*", r->name);
	code = git_reference_iterator_glob_new(&it, r->repo, glob.p);
	if (code == 0)
		code = git_reference_next_name(&below, it);
	if (code == 0)
		git_error_set(GIT_ERROR_REFERENCE,
		    "there is a ref %s, so %s cannot be made: rename it", below, r->name);
	git_reference_iterator_free(it);
	return code == GIT_ITEROVER ? 0 : code == 0 ? GIT_ERROR : code;
}

/* Takes the token; what a killed attempt left goes. */
static int
git_ref_take_token(struct git_ref *r)
{
	/* another helper has it for as long as a sync takes */
	int errnum = git_token_take(&r->token, r->repo, GIT_REF_TOKEN, true);

	if (errnum != 0)
		return git_ref_sys("locking", r->token.path, errnum);
	git_token_sweep(&r->token, r->lock.p);
	git_token_sweep(&r->token, r->packed_lock.p);
	(void)unlink(r->next.p); /* else the next write tells */
	return 0;
}

/* 1 */
static int
git_ref_lock(struct git_ref *r)
{
	int code = git_ref_take_token(r), errnum;

	if (code == 0)
		code = git_ref_make_dirs(r, r->file.p);
	if (code < 0)
		return code;
	errnum = git_token_lock(&r->token, r->lock.p);
	r->has_lock = errnum == 0;
	if (errnum != 0)
		code = git_ref_sys("taking the lock", r->lock.p, errnum);
	return errnum == EEXIST ? GIT_ELOCKED : code;
}

/* 2 */
static int
git_ref_compare(const struct git_ref *r, const git_oid *old)
{
	AUTO_GIT(git_reference) *ref = NULL;
	int code = git_reference_lookup(&ref, r->repo, r->name);

	if (code == GIT_ENOTFOUND && !old)
		return git_ref_is_free(r);
	if (code == GIT_ENOTFOUND) {
		git_error_set(GIT_ERROR_REFERENCE, "%s does not exist any more", r->name);
		return GIT_EMODIFIED;
	}
	if (code < 0)
		return code;
	if (!old) {
		git_error_set(GIT_ERROR_REFERENCE, "%s exists", r->name);
		return GIT_EEXISTS;
	}
	if (git_reference_type(ref) != GIT_REFERENCE_DIRECT ||
	    !git_oid_equal(git_reference_target(ref), old)) {
		git_error_set(GIT_ERROR_REFERENCE, "%s was changed by somebody else", r->name);
		return GIT_EMODIFIED;
	}
	return 0;
}

/* A new refs/reeve/12/3 is only there after a power cut when the directories above it are, too. */
static int
git_ref_sync_dirs(const struct git_ref *r)
{
	size_t top = strlen(git_repository_commondir(r->repo));

	for (size_t n = r->file.len; n > top; n--) {
		if (r->file.p[n] == '/') {
			_cleanup_(free_charp) char *dir = xstrndup(r->file.p, n);
			int errnum = git_util_sync_dir(dir);

			if (errnum != 0)
				return git_ref_sys("syncing", dir, errnum);
		}
	}
	return 0;
}

/* Appends to logs/<what>, if that log exists or branches are logged.  A log is no truth: failures of
 * writing it are dropped, as git drops them for HEAD. */
static void
git_ref_log(const struct git_ref *r, const char *what, const char *line, bool make)
{
	_cleanup_(buf_release) struct buf file = BUF_INIT;
	int fd;

	git_util_common_path(r->repo, "logs/", &file);
	buf_adds(&file, what);
	if (make && git_ref_make_dirs(r, file.p) < 0)
		return;
	fd = open(file.p, O_WRONLY | O_APPEND | O_CLOEXEC | (make ? O_CREAT : 0), 0666);
	if (fd < 0)
		return;
	(void)!write(fd, line, strlen(line));
	(void)close(fd);
}

static void
git_ref_log_all(const struct git_ref *r, const git_oid *id, const git_oid *old, const char *log)
{
	AUTO_GIT(git_signature) *who = NULL;
	_cleanup_(buf_release) struct buf line = BUF_INIT, head = BUF_INIT;
	git_config *config = NULL;
	git_oid zero;
	int logged = !git_repository_is_bare(r->repo);

	memset(&zero, 0, sizeof zero);
	if (!str_starts(str_of(r->name), "refs/heads/") ||
	    git_util_signature(r->repo, (int64_t)time(NULL) * 1000, &who) < 0)
		return;
	if (git_repository_config_snapshot(&config, r->repo) == 0) {
		int value;

		if (git_config_get_bool(&value, config, "core.logallrefupdates") == 0)
			logged = value;
		git_config_free(config);
	}
	buf_addf(&line, "%s ", git_util_oid_of(old ? old : &zero).hex);
	buf_addf(&line, "%s %s <%s> %" PRId64 " +0000\t%s\n", git_util_oid_of(id).hex, who->name,
	    who->email, (int64_t)who->when.time, log);
	git_ref_log(r, r->name, line.p, logged != 0);
	if (git_util_head_branch(r->repo, &head) == 0 && head.len > 0 &&
	    strcmp(head.p, r->name + strlen("refs/heads/")) == 0)
		git_ref_log(r, "HEAD", line.p, false);
}

/* 1 and 2; r is what the caller releases. */
static int
git_ref_begin(struct git_ref *r, const git_oid *old)
{
	int code, valid = 0;

	if (git_reference_name_is_valid(&valid, r->name) < 0 || !valid ||
	    !str_starts(str_of(r->name), "refs/")) {
		git_error_set(GIT_ERROR_REFERENCE, "\"%s\" is no name for a ref", r->name);
		return GIT_EINVALIDSPEC;
	}
	git_ref_init(r);
	code = git_ref_lock(r);
	return code < 0 ? code : git_ref_compare(r, old);
}

int
git_util_ref_set(
    git_repository *repo, const char *name, const git_oid *id, const git_oid *old, const char *log)
{
	_cleanup_(git_ref_release) struct git_ref r = { .repo = repo, .name = name };
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int code = git_ref_begin(&r, old), errnum;

	if (code < 0)
		return code;
	buf_addf(&text, "%s\n", git_util_oid_of(id).hex);
	(void)rmdir(r.file.p); /* an empty directory of refs that are gone; else the rename tells */
	errnum = git_util_write(r.file.p, r.next.p, buf_str(&text));
	if (errnum != 0)
		return git_ref_sys("writing", r.file.p, errnum);
	code = git_ref_sync_dirs(&r);
	if (code == 0)
		git_ref_log_all(&r, id, old, log);
	return code;
}

/* A line of packed-refs is "ID NAME"; one that begins with ^ belongs to the line before. */
static bool
git_ref_without(struct str packed, const char *name, struct buf *ret)
{
	struct str line, id;
	bool found = false, skip = false;

	while (str_cut(&packed, '\n', &line) || line.len > 0) {
		struct str rest = line;

		if (!str_starts(line, "^"))
			skip = str_cut(&rest, ' ', &id) && id.len == GIT_OID_HEXSZ &&
			       str_is(rest, name);
		found = found || skip;
		if (skip)
			continue;
		buf_add_str(ret, line);
		buf_addch(ret, '\n');
	}
	return found;
}

/* Takes the ref out of packed-refs, if it is there. */
static int
git_ref_unpack(struct git_ref *r)
{
	_cleanup_(buf_release) struct buf now = BUF_INIT, next = BUF_INIT;
	int errnum = git_token_lock(&r->token, r->packed_lock.p), code;

	r->has_packed_lock = errnum == 0;
	if (errnum != 0) {
		code = git_ref_sys("taking the lock", r->packed_lock.p, errnum);
		return errnum == EEXIST ? GIT_ELOCKED : code;
	}
	if (!git_util_read(r->packed.p, GIT_REF_PACKED_MAX, &now))
		return access(r->packed.p, F_OK) < 0 ? 0 : git_ref_sys("reading", r->packed.p, EIO);
	if (!git_ref_without(buf_str(&now), r->name, &next))
		return 0;
	errnum = git_util_write(r->packed.p, r->next.p, buf_str(&next));
	return errnum == 0 ? 0 : git_ref_sys("writing", r->packed.p, errnum);
}

int
git_util_ref_delete(git_repository *repo, const char *name, const git_oid *old)
{
	_cleanup_(git_ref_release) struct git_ref r = { .repo = repo, .name = name };
	_cleanup_(buf_release) struct buf log = BUF_INIT;
	int code = git_ref_begin(&r, old);

	/* first there: the loose one hides what is packed */
	if (code == 0)
		code = git_ref_unpack(&r);
	if (code < 0)
		return code;
	if (unlink(r.file.p) < 0 && errno != ENOENT)
		return git_ref_sys("removing", r.file.p, errno);
	git_util_common_path(repo, "logs/", &log);
	buf_adds(&log, name);
	(void)unlink(log.p); /* a log is no truth */
	return git_ref_sync_dirs(&r);
}

int
git_util_ref_settle(git_repository *repo, const char *name)
{
	_cleanup_(git_ref_release) struct git_ref r = { .repo = repo, .name = name };
	struct stat st;

	git_ref_init(&r);
	/* two links to one file: a lock of ours, of a dead one once we have the token */
	if ((lstat(r.lock.p, &st) == 0 && st.st_nlink > 1) || lstat(r.next.p, &st) == 0)
		(void)git_ref_take_token(&r); /* the next one tries again */
	return lstat(r.file.p, &st) == 0 ? git_ref_sync_dirs(&r) : 0;
}

void
git_util_fail_ref(struct git_result *r, git_repository *repo, int code, const char *name)
{
	_cleanup_(buf_release) struct buf lock = BUF_INIT;

	if (code != GIT_ELOCKED) {
		git_util_fail(r, "changing %s in %s", name, git_repository_commondir(repo));
		return;
	}
	git_util_common_path(repo, name, &lock);
	buf_adds(&lock, ".lock");
	if (access(lock.p, F_OK) < 0)
		git_util_common_path(repo, GIT_REF_PACKED ".lock", &lock);
	git_util_say_locked(r, lock.p);
}
