/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <fcntl.h>
#include <setjmp.h> /* cmocka.h wants this one first */
#include <signal.h>
#include <sys/wait.h>

#include <cmocka.h>

static void
test_charp_helpers(void **state)
{
	_cleanup_(free_charp) char *a = xstrdup("text");
	char *b;

	(void)state;
	b = take_charp(&a);
	assert_null(a);
	assert_string_equal(b, "text");
	set_charp(&a, b);
	assert_ptr_not_equal(a, b);
	free(b);
	set_charp(&a, a + 2); /* from the old string itself */
	assert_string_equal(a, "xt");
	set_charp(&a, NULL);
	assert_null(a);
	free_charp(&a);
	a = xstrndup("abcdef", 3);
	assert_string_equal(a, "abc");
	free_charp(&a);
	a = xstrndup("ab", 30);
	assert_string_equal(a, "ab");
}

static void
test_allocators_never_return_null(void **state)
{
	void *p = xmalloc(0);

	(void)state;
	assert_non_null(p);
	p = xrealloc(p, 0);
	assert_non_null(p);
	free(p);
	p = xcalloc(0, 10);
	assert_non_null(p);
	free(p);
	p = xcalloc(10, 3);
	for (size_t i = 0; i < 30; i++)
		assert_int_equal(((char *)p)[i], 0);
	free(p);
}

enum end { END_BUG, END_CALLOC };

/* What a child says on stderr before it ends; *ret_status as of waitpid. */
static void
watch_end(enum end end, char *ret_words, size_t size, int *ret_status)
{
	int fds[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fds[1], STDERR_FILENO);
		/* cmocka's handler would report a failed test. */
		(void)signal(SIGABRT, SIG_DFL);
		if (end == END_BUG)
			bug_at("place.c", 7, "%d is odd", 3);
		free(xcalloc(SIZE_MAX / 2, 3));
		_exit(0);
	}
	(void)close(fds[1]);
	while ((n = read(fds[0], ret_words + len, size - 1 - len)) > 0)
		len += (size_t)n;
	ret_words[len] = '\0';
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, ret_status, 0), pid);
}

static void
test_bug_prints_the_place_and_aborts(void **state)
{
	char words[4096];
	int status = 0;

	(void)state;
	watch_end(END_BUG, words, sizeof words, &status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(words, "BUG at place.c:7: 3 is odd\n"));
}

static void
test_impossible_sizes_end_the_program(void **state)
{
	char words[4096];
	int status = 0;

	(void)state;
	watch_end(END_CALLOC, words, sizeof words, &status);
	assert_true(status != 0);
}

static int
compiles(const char *dir, const char *line)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096], include[4096];
	int fd, status = -1;
	pid_t pid;

	snprintf(path, sizeof path, "%s/banned-XXXXXX.c", tmp != NULL ? tmp : "/tmp");
	fd = mkstemps(path, 2);
	assert_true(fd >= 0);
	assert_true(
	    dprintf(fd, "#include \"base/base.h\"\nint f(char *p);\nint f(char *p) { %s }\n",
		line) > 0);
	snprintf(include, sizeof include, "-I%s", dir);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		/* CC may be more than a word ("ccache gcc"). */
		execlp("sh", "sh", "-c", "exec ${CC:-cc} \"$@\"", "cc", "-std=gnu17",
		    "-D_GNU_SOURCE", "-w", include, "-fsyntax-only", path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)unlink(path);
	(void)close(fd);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 127);
	return WEXITSTATUS(status) == 0;
}

static void
test_banned_functions_do_not_compile(void **state)
{
	static const char *const banned[] = { "return strcpy(p, p) == 0;",
		"return strcat(p, p) == 0;", "return sprintf(p, p);", "return strtok(p, p) == 0;",
		"return strncpy(p, p, 1) == 0;", "return system(p);", "return popen(p, p) == 0;",
		"return tmpnam(p) == 0;", "return mktemp(p) == 0;", "return gmtime(0) == 0;",
		"return localtime(0) == 0;", "return ctime(0) == 0;" };
	char dir[4096];
	char *end;

	(void)state;
	/* From tests/unit/FILE to src, wherever the tree lies. */
	snprintf(dir, sizeof dir, "%s", __FILE__);
	end = strstr(dir, "tests/unit/");
	assert_non_null(end);
	memcpy(end, "src", 4);
	assert_true(compiles(dir, "return p != NULL;"));
	for (size_t i = 0; i < ARRAY_LEN(banned); i++) {
		if (compiles(dir, banned[i]))
			fail_msg("compiles: %s", banned[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charp_helpers),
		cmocka_unit_test(test_allocators_never_return_null),
		cmocka_unit_test(test_bug_prints_the_place_and_aborts),
		cmocka_unit_test(test_impossible_sizes_end_the_program),
		cmocka_unit_test(test_banned_functions_do_not_compile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
