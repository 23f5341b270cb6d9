/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_effect_git.h: real repositories in a directory of their own, made by the git program, and a way
 * to end a function at its n-th system call that changes something.
 */
#ifndef TEST_EFFECT_GIT_H
#define TEST_EFFECT_GIT_H

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "effect/git_repo.h"

static char git_home[PATH_MAX]; /* HOME: the same for all tests, libgit2 reads the name once */
static char git_dir[PATH_MAX];  /* of this test, and what each test makes */
static char git_repo[PATH_MAX]; /* git_dir/repo: main, one commit, files a b dir/c */

/* Runs a shell script in git_dir; returns its exit status and stdout. */
static inline int git_sh_status(struct buf *out, const char *fmt, va_list ap) printf_like(2, 0);
static inline int
git_sh_status(struct buf *out, const char *fmt, va_list ap)
{
	_cleanup_(buf_release) struct buf cmd = BUF_INIT;
	char chunk[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	buf_addv(&cmd, fmt, ap);
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	pid = fork();
	if (pid == 0) {
		const char *argv[] = { "sh", "-ec", cmd.p, NULL };

		if (chdir(git_dir) < 0 || dup2(fds[1], 1) < 0)
			_exit(125);
		execvp("sh", (char *const *)(uintptr_t)argv);
		_exit(126);
	}
	(void)close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof chunk)) > 0)
		if (out)
			buf_add(out, chunk, (size_t)n);
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The script must succeed. */
static inline void git_sh(const char *fmt, ...) printf_like(1, 2);
static inline void
git_sh(const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = git_sh_status(NULL, fmt, ap);
	va_end(ap);
	if (status != 0)
		fail_msg("status %d of: %s", status, fmt);
}

/* Its output without the last newline; valid until the eighth next call. */
static inline const char *git_out(const char *fmt, ...) printf_like(1, 2);
static inline const char *
git_out(const char *fmt, ...)
{
	static struct buf ring[8];
	static unsigned next;
	struct buf *b = &ring[next++ % 8];
	va_list ap;
	int status;

	if (b->p)
		buf_clear(b);
	else
		buf_init(b);
	va_start(ap, fmt);
	status = git_sh_status(b, fmt, ap);
	va_end(ap);
	if (status != 0)
		fail_msg("status %d of: %s", status, fmt);
	if (b->len > 0 && b->p[b->len - 1] == '\n')
		buf_truncate(b, b->len - 1);
	return b->p;
}

static inline struct oid
git_id(const char *hex)
{
	struct oid o;

	if (!oid_parse(str_of(hex), &o))
		fail_msg("no id: %s", hex);
	return o;
}

/* The commit that a name stands for in git_repo. */
static inline struct oid
git_rev(const char *name)
{
	return git_id(git_out("git -C repo rev-parse --verify '%s^{commit}'", name));
}

static inline const char *
git_path(const char *name)
{
	static char ring[8][PATH_MAX + 64];
	static unsigned next;
	char *p = ring[next++ % 8];

	(void)snprintf(p, sizeof ring[0], "%s/%s", git_dir, name);
	return p;
}

/* Listing of a directory tree, .git directories left out: a change of any file shows. */
static inline char *
git_files(const char *name)
{
	return xstrdup(git_out("cd %s; find . -name .git -type d -prune -o -printf '%%p %%i %%m "
			       "%%s %%T@ %%l\\n' | sort",
	    name));
}

static inline bool
git_there(const char *name)
{
	struct stat st;

	return lstat(git_path(name), &st) == 0;
}

/* A search path of libgit2 keeps what pcre2 gave it. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libpcre2\n";
}

#define assert_answer(r, want)                                                                     \
	do {                                                                                       \
		if ((r).answer != (want))                                                          \
			fail_msg(                                                                  \
			    "answer %d, wanted %d: %s", (int)(r).answer, (int)(want), (r).text.p); \
	} while (0)
#define assert_has(text, part)                                                                     \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("\"%s\" is not in: %s", (part), (text));                          \
	} while (0)
#define AUTO_RESULT _cleanup_(git_result_release) struct git_result

static inline int
git_setup_test(void **state)
{
	static const char *const foreign[] = { "XDG_CONFIG_HOME", "GIT_DIR", "GIT_WORK_TREE",
		"GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
		"GIT_CEILING_DIRECTORIES", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
		"GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL" };
	const char *tmp = getenv("TMPDIR");
	char name[PATH_MAX], *real;

	(void)state;
	(void)snprintf(name, sizeof name, "%s/reeve-git-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (git_home[0] == '\0') {
		if (!mkdtemp(name) || !(real = realpath(name, NULL)))
			return -1;
		(void)snprintf(git_home, sizeof git_home, "%s", real);
		free(real);
	} else if (mkdir(git_home, 0700) < 0) {
		return -1;
	}
	(void)snprintf(git_dir, sizeof git_dir, "%.4000s/t", git_home);
	(void)snprintf(git_repo, sizeof git_repo, "%.4000s/repo", git_dir);
	if (mkdir(git_dir, 0700) < 0)
		return -1;
	(void)setenv("HOME", git_home, 1);
	(void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	(void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	(void)setenv("GIT_TERMINAL_PROMPT", "0", 1);
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		(void)unsetenv(foreign[i]);
	(void)umask(022);
	assert_int_equal(git_setup(NULL), 0);
	/* libgit2 knows neither of the variables above */
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		assert_int_equal(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level,
				     level == GIT_CONFIG_LEVEL_GLOBAL ? git_home : ""),
		    0);
	git_sh("git -c init.defaultBranch=main init -q --template= repo; cd repo; mkdir -p "
	       ".git/info .git/hooks; git config user.name Ada;"
	       "git config user.email ada@example.org; printf 'a1\\n' >a; printf 'b1\\n' >b; mkdir "
	       "dir;"
	       "printf 'c1\\n' >dir/c; git add -A; git commit -qm start");
	return 0;
}

static inline int
git_teardown_test(void **state)
{
	(void)state;
	git_sh("chmod -R u+rwX . ; cd ..; rm -rf \"$PWD\"");
	return 0;
}

/* --- ended by SIGKILL --- */

/* What the last git_kill_at() let pass, a letter each: see git_step_letter(). */
static char git_steps[65536];

/* 0: the call changes nothing. */
static inline char
git_step_letter(uint64_t nr)
{
	switch (nr) {
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
		return 'R';
	case SYS_link:
	case SYS_linkat:
		return 'L';
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rmdir:
		return 'U';
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_symlink:
	case SYS_symlinkat:
		return 'M';
	case SYS_write:
	case SYS_pwrite64:
	case SYS_ftruncate:
		return 'W';
	case SYS_fsync:
	case SYS_fdatasync:
		return 'F';
	case SYS_syncfs:
		return 'S';
	default:
		return 0;
	}
}

/* Runs fn in a child which is stopped in front of its n-th changing system call; then the script runs and
 * the child goes on, or, without a script, it is killed.  False: it had fewer and came to its end. */
static inline bool
git_stop_at(void (*fn)(void), unsigned n, const char *script)
{
	unsigned steps = 0;
	bool entering = true, reached = false;
	char letter;
	int status;
	pid_t pid;

	memset(git_steps, 0, sizeof git_steps);
	pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(99);
		(void)raise(SIGSTOP);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		fail_msg("this machine does not let a process trace its child (%d)", status);
	assert_return_code(
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), errno);
	for (;;) {
		assert_return_code(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), errno);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return reached;
		}
		if (WIFSIGNALED(status))
			fail_msg("ended by signal %d at step %u", WTERMSIG(status), steps);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		if (entering) {
			struct __ptrace_syscall_info info;

			assert_true(
			    ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0);
			letter = git_step_letter(info.entry.nr);
			if (letter != 0 && steps < sizeof git_steps - 1)
				git_steps[steps] = letter;
			reached = reached || (letter != 0 && steps + 1 == n);
			if (letter != 0 && ++steps == n && script) {
				git_sh("%s", script);
			} else if (letter != 0 && steps == n) {
				(void)kill(pid, SIGKILL);
				assert_int_equal(waitpid(pid, &status, 0), pid);
				return true;
			}
		}
		entering = !entering;
	}
}

static inline bool
git_kill_at(void (*fn)(void), unsigned n)
{
	return git_stop_at(fn, n, NULL);
}

#endif
