/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a new worktree are those that `git worktree add` writes, whatever state the main worktree
 * is in.  Generated trees: REEVE_SEED=n begins with that one, and does one.
 */
#include "base/base.h"

#include "test_effect_git.h"

#include <dirent.h>
#include <stdatomic.h>

#include "effect/git_worktree.h"

#define TREES 50

static unsigned seed;

static unsigned
any(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % below;
}

static bool
one_in(unsigned n)
{
	return any(n) == 0;
}

static const char *
pick(const char *const *list, size_t n)
{
	return list[any((unsigned)n)];
}
#define PICK(list) pick(list, ARRAY_LEN(list))

/* --- a tree --- */

static const char *const dirs[] = { "", "d/", "d/e/", "d/e/f/", "x y/", "\xff\xfe/", "A/", "a/" };
static const char *const names[] = { "a.txt", "b.txt", "c.c", "Makefile", "run.sh", "x\ny", "\"q\"",
	"tab\t.c", "\xc3\xa4.txt", "\x80\x81", "data.bin", "-n", ":(top)z", "z .txt", "A.TXT",
	"*.c" };
static const char *const pieces[] = { "line\n", "line\r\n", "tail\r", "\n", "\r\n", "$Id$\n",
	"x $Id$ y $Id: 0123 $ z\n", "$Id: not ours at all $\n", "$Id: open\n", "$Id$$Id$\r\n",
	"text \033 esc\n", "\xc3\xa4\n", "\x01\x02\x03\x04", "$", "$Id", "\032" };
static const char *const patterns[] = { "*", "*.txt", "*.c", "a*", "/d/*", "d/**", "f?.txt",
	"Makefile", "run.sh", "\"z .txt\"", "*.bin", "[a-c]*", "d/e/*.txt", "**/e/*" };
static const char *const attributes[] = { "text", "-text", "text=auto", "eol=crlf", "eol=lf",
	"ident", "-ident", "!eol", "!text", "binary", "crlf", "-crlf", "crlf=input",
	"text eol=crlf", "text=auto eol=crlf", "filter=none", "-filter", "diff", "filter=same" };

static void
write_file(const char *path, struct str bytes, bool is_old)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, one_in(4) ? 0777 : 0666);
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, bytes.p, bytes.len), bytes.len);
	if (is_old) { /* not in the same moment as the index */
		(void)clock_gettime(CLOCK_REALTIME, &t[1]);
		t[1].tv_sec -= 100;
	}
	assert_return_code(futimens(fd, t), errno);
	(void)close(fd);
}

static void
content(struct buf *b)
{
	static const unsigned sizes[] = { 0, 1, 2, 5, 20, 200 };
	unsigned n = sizes[any(ARRAY_LEN(sizes))], kinds = 1 + any(ARRAY_LEN(pieces));

	for (unsigned i = 0; i < n; i++)
		buf_adds(b, pieces[any(kinds)]);
	if (one_in(8))
		buf_add(b, "\0nul\n", 5);
	if (one_in(40)) /* large enough for every way of copying */
		while (b->len < 400000)
			buf_addf(b, "row %zu\n", b->len);
}

static void
attribute_file(const char *path)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (one_in(4))
		buf_adds(&b, "[attr]mine text eol=crlf\n* mine\n");
	for (unsigned n = any(4); n > 0; n--)
		buf_addf(&b, "%s %s\n", PICK(patterns), PICK(attributes));
	write_file(path, buf_str(&b), true);
}

static void
generate(void)
{
	unsigned files = one_in(6) ? 150 : 1 + any(30);

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s/%s", git_repo, dirs[i]);
		(void)mkdir(path.p, 0777);
		buf_adds(&path, ".gitattributes");
		if (one_in(i == 0 ? 2 : 6))
			attribute_file(path.p);
	}
	for (unsigned i = 0; i < files; i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT, b = BUF_INIT;

		buf_addf(&path, "%s/%s", git_repo, PICK(dirs));
		if (files > 30)
			buf_addf(&path, "f%u.txt", i);
		else
			buf_adds(&path, PICK(names));
		if (one_in(10)) {
			(void)unlink(path.p);
			assert_return_code(
			    symlink(one_in(2) ? "../outside" : PICK(names), path.p), errno);
			continue;
		}
		(void)unlink(path.p);
		content(&b);
		write_file(path.p, buf_str(&b), !one_in(6));
	}
}

/* What may have happened in the main worktree since, none of which may show in a new one. */
static void
disturb(void)
{
	static const char *const ways[] = {
		"for f in */*.txt; do echo more >>\"$f\"; done",
		"rm -f *.txt d/*.c",
		"for f in d/* x*/*; do test ! -f \"$f\" || { touch -r \"$f\" ../t; tr a-y b-z "
		"<\"$f\" >../n;"
		" cat ../n >\"$f\"; touch -r ../t \"$f\"; }; done", /* same size, same mtime */
		"chmod +x *.txt; chmod -x run.sh",
		"mkdir -p ../outside; mv d ../outside/d; ln -s ../outside/d d",
		"for f in *.c; do rm -f \"$f\"; ln -s ../outside \"$f\"; done",
		"echo untracked >new; mkdir -p u; echo u >u/u",
		"for f in *.txt; do echo staged >>\"$f\"; done; git add -A",
		"echo '*.txt eol=crlf' >>.gitattributes; echo '* -text' >d/.gitattributes",
		("git update-index --assume-unchanged *.txt; for f in *.txt; do echo x >>\"$f\"; "
		 "done"),
		"git rm -q --cached -r .",
		"git update-index -q --index-version 4",
		"git update-index -q --split-index",
		"mkfifo pipe; rm -rf a; mkfifo a",
		"rm -f .git/index",
		"for f in *.txt; do rm -f \"$f\"; mkdir \"$f\"; done",
		"for f in *.txt d/*.c; do rm -f \"$f\"; mkfifo \"$f\"; done",
	};

	for (unsigned n = any(3); n > 0; n--)
		git_sh("cd repo; { %s; } >/dev/null 2>&1 || :", PICK(ways));
}

static void
generate_commit(void)
{
	static const char *const configs[] = {
		":", ":", ":", "git config core.autocrlf true", "git config core.autocrlf input",
		"git config core.eol crlf", "echo '*.c eol=crlf' >.git/info/attributes",
		"git config filter.same.clean cat; git config filter.same.smudge cat",
		"echo '* text=auto ident' >../attr; git config core.attributesFile \"$PWD/../attr\""
	};

	git_sh("rm -rf repo outside; git init -q --template= -b main repo; cd repo; "
	       "mkdir .git/info; git config core.safecrlf false; "
	       "git config user.name A; git config user.email a@example.org; %s",
	    PICK(configs));
	generate();
	git_sh("cd repo; git add -A; git commit -q --allow-empty -m one");
	if (one_in(2)) /* as a checkout leaves it, and not in the same moment */
		git_sh(
		    "cd repo; git ls-files -z | xargs -0r rm -f --; git checkout -qf .; "
		    "find . -path ./.git -prune -o -type f -exec touch -d -1hour {} +; git status "
		    ">/dev/null");
	if (one_in(3)) {
		generate();
		git_sh("cd repo; git add -A; git commit -q --allow-empty -m two");
	}
}

/* --- the same? --- */

static void
read_all(const char *path, struct buf *b)
{
	char chunk[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_return_code(fd, errno);
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		buf_add(b, chunk, (size_t)n);
	assert_int_equal(n, 0);
	(void)close(fd);
}

static void
assert_same_file(const char *ours, const char *git, unsigned tree)
{
	struct stat a, b;

	if (lstat(ours, &a) < 0 || lstat(git, &b) < 0)
		fail_msg("tree %u: %s: %s", tree, ours, strerror(errno));
	if (a.st_mode != b.st_mode)
		fail_msg(
		    "tree %u: %s has the mode %o, of git %o", tree, ours, a.st_mode, b.st_mode);
	if (S_ISLNK(a.st_mode)) {
		char x[PATH_MAX] = "", y[PATH_MAX] = "";

		assert_true(readlink(ours, x, sizeof x - 1) >= 0);
		assert_true(readlink(git, y, sizeof y - 1) >= 0);
		assert_string_equal(x, y);
	} else if (S_ISREG(a.st_mode)) {
		_cleanup_(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

		read_all(ours, &x);
		read_all(git, &y);
		if (!str_eq(buf_str(&x), buf_str(&y)))
			fail_msg(
			    "tree %u: %s differs from git's: cmp '%s' '%s'", tree, ours, ours, git);
	}
}

/* How many entries; each in both. */
static size_t
assert_same(const char *ours, const char *git, unsigned tree)
{
	DIR *d = opendir(git);
	struct dirent *de;
	size_t n = 0;

	if (!d)
		fail_msg("%s: %s", git, strerror(errno));
	while ((de = readdir(d)) != NULL) {
		_cleanup_(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0 ||
		    strcmp(de->d_name, ".git") == 0)
			continue;
		buf_addf(&x, "%s/%s", ours, de->d_name);
		buf_addf(&y, "%s/%s", git, de->d_name);
		assert_same_file(x.p, y.p, tree);
		n++;
		if (de->d_type == DT_DIR)
			n += assert_same(x.p, y.p, tree);
	}
	(void)closedir(d);
	return n;
}

/* main~back, ours beside git's. */
static void
compare(const char *rev, unsigned tree)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid base = git_rev(rev);
	size_t n;

	git_sh(
	    "rm -rf w; mkdir w; git -C repo worktree prune; git -C repo worktree add -q --detach "
	    "../w/git %s",
	    rev);
	git_worktree_prepare(git_repo, git_path("w/ours"), "", base, &r);
	if (r.answer != GIT_ANSWER_OK)
		fail_msg("tree %u: %s", tree, r.text.p);
	assert_false(r.flag);
	n = assert_same(git_path("w/ours"), git_path("w/git"), tree);
	assert_int_equal(n, assert_same(git_path("w/git"), git_path("w/ours"), tree));
	git_sh("cd w; for x in ours git; do git -C $x ls-files -s >$x.list; git -C $x ls-files -v "
	       ">$x.flags; done; cmp ours.list git.list; cmp ours.flags git.flags");
	if (*git_out("git -C w/git status --porcelain; git -C w/git diff-files") == '\0' &&
	    *git_out("git -C w/ours diff-files; git -C w/ours status --porcelain") != '\0')
		fail_msg("tree %u: %s", tree, git_out("git -C w/ours status"));
}

static void
test_generated_trees_are_as_git_writes_them(void **state)
{
	const char *only = getenv("REEVE_SEED");
	unsigned first = only ? (unsigned)atoi(only) : 1;

	(void)state;
	for (unsigned tree = first; tree < first + (only ? 1 : TREES); tree++) {
		seed = tree * 2654435761u;
		generate_commit();
		disturb();
		compare(one_in(4) ? "HEAD^{/one}" : "HEAD", tree);
	}
}

/* --- one thing at a time --- */

static struct git_result prepared; /* released by the next */

static void
prepare(const char *rev, enum git_answer want)
{
	git_sh("rm -rf w; git -C repo worktree prune");
	git_result_release(&prepared);
	git_worktree_prepare(git_repo, git_path("w/ours"), "", git_rev(rev), &prepared);
	assert_answer(prepared, want);
}

/* The index of the main worktree says that the file as it is now is the blob that it was, and is itself
 * written `later_ns` after the file. */
static void
claim_clean(const char *path, int64_t later_ns)
{
	const char *file = git_path("repo/.git/index");
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { 0, 0 } };
	git_index_entry e;
	git_index *index;
	struct stat st;

	assert_return_code(lstat(git_path(path), &st), errno);
	assert_int_equal(git_index_open(&index, file), 0);
	e = *git_index_get_bypath(index, strchr(path, '/') + 1, 0);
	e.mtime.seconds = (int32_t)st.st_mtim.tv_sec;
	e.mtime.nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
	e.ctime.seconds = (int32_t)st.st_ctim.tv_sec;
	e.ctime.nanoseconds = (uint32_t)st.st_ctim.tv_nsec;
	e.ino = (uint32_t)st.st_ino;
	e.file_size = (uint32_t)st.st_size;
	assert_int_equal(git_index_add(index, &e), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
	t[1].tv_sec = st.st_mtim.tv_sec + (st.st_mtim.tv_nsec + later_ns) / 1000000000;
	t[1].tv_nsec = (st.st_mtim.tv_nsec + later_ns) % 1000000000;
	assert_return_code(utimensat(AT_FDCWD, file, t, 0), errno);
}

/* The blob of a is not there: what is written is a copy, or nothing is. */
static void
test_only_what_is_older_than_the_index_is_copied(void **state)
{
	(void)state;
	git_sh("cd repo; id=$(git rev-parse :a); mv .git/objects/${id%%${id#??}}/${id#??} ../blob");
	claim_clean("repo/a", 0); /* in the same moment: it may have been changed since */
	prepare("main", GIT_ANSWER_ENVIRONMENT);
	claim_clean("repo/a", 1);
	prepare("main", GIT_ANSWER_OK);
	assert_string_equal(git_out("cat w/ours/a"), "a1");
}

/* Other attributes have made it so once, whatever its size; a few bytes, a chunk, and more than one. */
static void
test_what_is_clean_and_not_the_blob_is_not_copied(void **state)
{
	static const unsigned sizes[] = { 3, 131071, 131072, 131073, 300000, 0 };

	(void)state;
	for (size_t i = 0; sizes[i] > 0; i++) {
		git_sh("cd repo; yes a | head -c %u >a; git commit -qam %u", sizes[i], sizes[i]);
		git_sh("cd repo; tr a A <a >b; cat b >a");
		claim_clean("repo/a", 1);
		prepare("main", GIT_ANSWER_OK);
		git_sh("git -C repo cat-file -p :a | cmp - w/ours/a");
		git_sh("cd repo; (cat b; echo longer) >a");
		claim_clean("repo/a", 1);
		prepare("main", GIT_ANSWER_OK);
		git_sh("git -C repo cat-file -p :a | cmp - w/ours/a; cd repo; git checkout -qf .");
	}
}

/* ... and the blob itself, again without an object. */
static void
test_a_copy_of_any_size_is_whole(void **state)
{
	static const unsigned sizes[] = { 0, 1, 131071, 131072, 131073, 262143, 262144, 300000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		git_sh("cd repo; yes '%zu abc' | head -c %u >s%zu", i, sizes[i], i);
	git_sh("cd repo; git add -A; git commit -qm sizes; find . -name .git -prune -o -type f "
	       "-exec touch -d -1hour {} +; git update-index -q --refresh; for f in s*; do "
	       "id=$(git rev-parse :$f); rm -f .git/objects/${id%%${id#??}}/${id#??}; done");
	prepare("main", GIT_ANSWER_OK);
	git_sh("cd repo; for f in s*; do cmp $f ../w/ours/$f; done");
}

static void
test_the_index_is_younger_than_every_file(void **state)
{
	(void)state;
	prepare("main", GIT_ANSWER_OK);
	assert_string_equal(
	    git_out(
		"cd w/ours; now=$(stat -c %%Y \"$(git rev-parse --git-dir)/index\"); git ls-files "
		"--debug | sed -n 's/^ *mtime: \\([0-9]*\\):.*/\\1/p' | while read -r t; do test "
		"$t "
		"-lt $now && echo older; done"),
	    "older\nolder\nolder");
}

/* In place of libc's; the kernel tells a sync that failed once. */
static atomic_uint syncs, syncs_fail_at;

int syncfs(int fd);
int
syncfs(int fd)
{
	if (++syncs != syncs_fail_at)
		return (int)syscall(SYS_syncfs, fd);
	errno = EIO;
	return -1;
}

/* So many files that the first sync is not the last one. */
static void
test_a_sync_that_fails_is_told_by_whichever_thread(void **state)
{
	unsigned whole;

	(void)state;
	git_sh("cd repo; for d in $(seq 30); do mkdir $d; (cd $d; for f in $(seq 100); do "
	       "echo $d.$f >$f; done); done; git add -A; git commit -qm many");
	syncs = syncs_fail_at = 0;
	prepare("main", GIT_ANSWER_OK);
	git_sh("test -z \"$(git -C w/ours status --porcelain)\"");
	whole = syncs;
	assert_true(whole >= 2);
	for (unsigned n = 1; n <= 2; n++) {
		syncs = 0;
		syncs_fail_at = n;
		prepare("main", GIT_ANSWER_ENVIRONMENT);
		assert_non_null(strstr(prepared.text.p, "syncing"));
		assert_false(git_there("w/ours"));
	}
	syncs_fail_at = 0;
}

/* git-lfs as far as `git add` needs it: the pointer, and the content in the store */
static void
setup_lfs(void)
{
	git_sh(
	    "cat >clean <<'END'\n#!/bin/sh\nset -e\nd=%s/.git/lfs; mkdir -p $d; cat >$d/in; "
	    "h=$(sha256sum <$d/in | cut -c1-64); n=$(stat -c %%s $d/in); a=$(echo $h | cut -c1-2); "
	    "b=$(echo $h | cut -c3-4); mkdir -p $d/objects/$a/$b; mv $d/in $d/objects/$a/$b/$h\n"
	    "printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%%s\\nsize "
	    "%%s\\n' $h $n\nEND\n"
	    "chmod +x clean; cd repo; git config filter.lfs.clean ../clean; "
	    "git config filter.lfs.smudge 'git-lfs smudge -- %%f'; "
	    "git config filter.lfs.required true; echo '*.psd filter=lfs diff=lfs merge=lfs -text' "
	    ">.gitattributes; seq 900 >x.psd; echo y | cat >d.psd; "
	    "git add -A; git commit -qm lfs; touch -d -1hour *.psd; "
	    "git update-index -q --refresh; "
	    "git config filter.lfs.process 'git-lfs filter-process'",
	    git_repo);
}

static void
test_content_of_git_lfs_comes_from_what_is_here_D_41(void **state)
{
	(void)state;
	setup_lfs();
	assert_has(git_out("git -C repo cat-file -p :x.psd"), "oid sha256:");
	git_sh("mv repo/.git/lfs away");
	prepare("main", GIT_ANSWER_OK); /* of the main worktree */
	git_sh("cmp repo/x.psd w/ours/x.psd; cmp repo/d.psd w/ours/d.psd");
	assert_string_equal(git_out("git -C w/ours status --porcelain"), "");
	git_sh("cd repo; cp x.psd ../want; echo dirty >>x.psd; rm d.psd");
	prepare("main", GIT_ANSWER_ENVIRONMENT);
	assert_has(prepared.text.p, ".psd is kept by git-lfs and is not in this repository");
	assert_has(prepared.text.p, "git lfs fetch");
	assert_false(git_there("w/ours"));
	git_sh("git -C repo config filter.lfs.process 'git-lfs filter-process --skip'");
	prepare("main", GIT_ANSWER_OK); /* asked for: the pointer stays one */
	assert_has(git_out("cat w/ours/x.psd"), "oid sha256:");
	git_sh("git -C repo config filter.lfs.process 'git-lfs filter-process'; mv away "
	       "repo/.git/lfs");
	prepare("main", GIT_ANSWER_OK); /* of the store */
	git_sh("cmp want w/ours/x.psd; test \"$(cat w/ours/d.psd)\" = y");
	assert_string_equal(git_out("git -C w/ours status --porcelain"), "");
	/* a store elsewhere; one that was torn */
	git_sh("mv repo/.git/lfs store; git -C repo config lfs.storage \"$PWD/store\"");
	prepare("main", GIT_ANSWER_OK);
	git_sh("cmp want w/ours/x.psd; find store -type f -size +1k -exec truncate -s 7 {} +");
	prepare("main", GIT_ANSWER_ENVIRONMENT);
	/* not installed: git writes the pointer, too */
	git_sh("cd repo; git config --remove-section filter.lfs");
	prepare("main", GIT_ANSWER_OK);
	assert_has(git_out("cat w/ours/x.psd"), "oid sha256:");
}

static void
test_no_filter_program_is_run_and_none_passed_over_D_41_X_23(void **state)
{
	(void)state;
	git_sh(
	    "cd repo; git config filter.crypt.clean 'tr a-z b-za'; git config filter.crypt.smudge "
	    "'touch %s; tr b-za a-z'; echo '*.key filter=crypt' >.gitattributes; echo secret "
	    ">s.key;"
	    "git add -A; git commit -qm key; touch -d -1hour s.key; git status >/dev/null",
	    git_path("canary"));
	prepare("main", GIT_ANSWER_OK); /* as the main worktree has it */
	assert_string_equal(
	    git_out("cat w/ours/s.key; git -C w/ours status --porcelain"), "secret");
	git_sh(
	    "cd repo; echo '*.key -filter' >>.gitattributes"); /* it would be written otherwise now */
	prepare("main", GIT_ANSWER_ENVIRONMENT);
	git_sh("cd repo; git checkout -q .gitattributes; echo edit >s.key");
	prepare("main", GIT_ANSWER_ENVIRONMENT);
	assert_has(prepared.text.p, "s.key goes through the filter \"crypt\"");
	assert_false(git_there("w/ours"));
	assert_false(git_there("repo/.git/worktrees/ours"));
	/* nothing to run at a checkout */
	git_sh("cd repo; git config filter.crypt.smudge cat; git config filter.crypt.clean 'touch "
	       "%s; cat'",
	    git_path("canary"));
	prepare("main", GIT_ANSWER_OK);
	assert_string_equal(git_out("cat w/ours/s.key"), git_out("git -C repo cat-file -p :s.key"));
	assert_false(git_there("canary"));
}

static void
test_encodings_links_submodules_and_names(void **state)
{
	(void)state;
	git_sh(
	    "cd repo; printf '%%s\\n' 'u16* working-tree-encoding=UTF-16' 'le* text "
	    "working-tree-encoding=UTF-16LE-BOM eol=crlf' 'l1* working-tree-encoding=ISO-8859-1' "
	    "'u8* working-tree-encoding=utf-8' >.gitattributes; "
	    "for e in 'UTF-16 u16' 'UTF-8 u8' 'ISO-8859-1 l1'; do set -- $e; printf "
	    "'\\303\\244x\\ny\\n' | iconv -f UTF-8 -t $1 >$2.txt; done; { printf "
	    "'\\377\\376'; printf 'x\\ny\\n' | iconv -t UTF-16LE; } >le.txt; : >u16e.txt; echo A "
	    ">N; "
	    "echo a >n; ln -s /nowhere l; ln -s dir ld; echo '#!/bin/sh' >dir/x; chmod +x dir/x; "
	    "git -c protocol.file.allow=always submodule --quiet add \"$PWD\" sub; git add -A; git "
	    "commit -qm more");
	compare("HEAD", 0);
	git_sh("cd repo; rm -r dir n N l; git checkout -q .; git status");
	compare("HEAD", 0);
	assert_string_equal(git_out("ls -A w/ours/sub"), "");
	git_sh("cd repo; echo 'a working-tree-encoding=nonsense' >>.gitattributes; git add "
	       ".gitattributes; git commit -qm x");
	prepare("HEAD", GIT_ANSWER_ENVIRONMENT);
	assert_has(prepared.text.p, "a of the commit cannot be written");
}

static void
test_an_empty_commit_and_a_repository_without_main_index(void **state)
{
	(void)state;
	git_sh("cd repo; git rm -qr .; git commit -qm none");
	compare("HEAD", 0);
	compare("HEAD~", 0);
	git_sh("rm repo/.git/index");
	compare("HEAD~", 0);
}

static void
test_permissions_are_those_of_the_repository(void **state)
{
	mode_t old = umask(077);

	(void)state;
	prepare("main", GIT_ANSWER_OK);
	assert_int_equal(umask(old), 077);
	assert_string_equal(git_out("stat -c %%a w w/ours w/ours/a w/ours/dir w/ours/dir/c"),
	    "700\n755\n644\n755\n644");
	git_sh("chmod 700 repo/.git");
	prepare("main", GIT_ANSWER_OK);
	assert_string_equal(git_out("stat -c %%a w/ours/a"), "600");
}

/* In a child, as the supervisor does it: libgit2 1.5 loses the name that it refuses. */
static enum git_answer
prepare_apart(const char *rev)
{
	struct oid base = git_rev(rev);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		git_worktree_prepare(git_repo, git_path("w/ours"), "", base, &prepared);
		_exit((int)prepared.answer);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum git_answer)WEXITSTATUS(status);
}

static void
test_a_hostile_tree_writes_nowhere_else(void **state)
{
	static const char *const trees[] = {
		"printf '040000 tree %s\\t.git\\n' $t",
		"printf '040000 tree %s\\t..\\n' $t",
		"printf '100644 blob %s\\t.git\\n' $b",
		"printf '100644 blob %s\\t.GIT\\n' $b",
		"printf '120000 blob %s\\tx\\n040000 tree %s\\tx\\n' $l $t",
	};

	(void)state;
	git_sh("mkdir evil; git -C repo config core.protectHFS true");
	for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
		git_sh("cd repo; b=$(echo bad | git hash-object -w --stdin); "
		       "l=$(printf ../../evil | git hash-object -w --stdin); "
		       "t=$(printf '100644 blob %%s\\tconfig\\n' $b | git mktree); "
		       "{ %s; } | perl -ne 'chomp; my ($m, $t, $h, $n) = /^0?(\\d+) (\\w+) "
		       "(\\w+)\\t(.*)/; "
		       "print \"$m $n\\0\", pack(\"H*\", $h)' >../tree; "
		       "o=$(git hash-object --literally -t tree -w ../tree); "
		       "git update-ref refs/heads/evil $(git commit-tree -m evil $o)",
		    trees[i]);
		assert_int_equal(prepare_apart("evil"), GIT_ANSWER_ENVIRONMENT);
		assert_string_equal(git_out("ls evil; ls -d config w/config 2>/dev/null || :"), "");
		assert_false(git_there("w/ours"));
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_generated_trees_are_as_git_writes_them),
		T(test_only_what_is_older_than_the_index_is_copied),
		T(test_what_is_clean_and_not_the_blob_is_not_copied),
		T(test_a_copy_of_any_size_is_whole),
		T(test_a_sync_that_fails_is_told_by_whichever_thread),
		T(test_the_index_is_younger_than_every_file),
		T(test_content_of_git_lfs_comes_from_what_is_here_D_41),
		T(test_no_filter_program_is_run_and_none_passed_over_D_41_X_23),
		T(test_encodings_links_submodules_and_names),
		T(test_an_empty_commit_and_a_repository_without_main_index),
		T(test_permissions_are_those_of_the_repository),
		T(test_a_hostile_tree_writes_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
