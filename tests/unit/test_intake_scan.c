/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "intake/scan.h"

#include <sys/un.h>

#include "store/spool.h"
#include "test_sys.h"

static struct root root = ROOT_INIT;

static int
spool_make(void **state)
{
	static const char *const dirs[] = { "spool", "spool/new", "spool/done", "spool/refused",
		"spool/tmp" };

	if (place_make(state) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (mkdirat(place, dirs[i], 0700) < 0)
			return -1;
	}
	root = (struct root)ROOT_INIT;
	root.io = io_real();
	root.path = place_path;
	root.spool_new = file_open_dir(root.io, place, "spool/new", NULL);
	root.spool_done = file_open_dir(root.io, place, "spool/done", NULL);
	root.spool_refused = file_open_dir(root.io, place, "spool/refused", NULL);
	root.spool_tmp = file_open_dir(root.io, place, "spool/tmp", NULL);
	return root.spool_new < 0 || root.spool_done < 0 || root.spool_refused < 0 ||
		       root.spool_tmp < 0
		   ? -1
		   : 0;
}

static int
spool_remove(void **state)
{
	close_fd(&root.spool_new);
	close_fd(&root.spool_done);
	close_fd(&root.spool_refused);
	close_fd(&root.spool_tmp);
	return place_remove(state);
}

#define in_spool(test) cmocka_unit_test_setup_teardown(test, spool_make, spool_remove)

static void
check_bytes(const char *name, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	enum refusal why = REFUSAL_NONE;
	struct err err = ERR_INIT;

	buf_adds(&b, "before ");
	assert_int_equal(scan_open(&root, name, &b, &why, &err), SCAN_BYTES);
	assert_true(str_starts(buf_str(&b), "before "));
	assert_string_equal(b.p + 7, want);
	assert_int_equal(why, REFUSAL_NONE);
	assert_int_equal(err.code, 0);
}

static void
check_refused(const char *name, enum refusal want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	enum refusal why = REFUSAL_NONE;
	struct err err = ERR_INIT;

	assert_int_equal(scan_open(&root, name, &b, &why, &err), SCAN_REFUSED);
	assert_int_equal(why, want);
	assert_true(err.text[0] != '\0');
	assert_int_equal(b.len, 0);
}

static void
check_answer(const char *name, enum scan_answer want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	enum refusal why = REFUSAL_NONE;

	assert_int_equal(scan_open(&root, name, &b, &why, NULL), want);
	assert_int_equal(b.len, 0);
	assert_int_equal(why, REFUSAL_NONE);
}

static void
test_scan_plain_files(void **state)
{
	(void)state;
	put_file("spool/new/a.json", "{\"reeve\":1}");
	check_bytes("a.json", "{\"reeve\":1}");
	check_bytes("a.json", "{\"reeve\":1}"); /* a look changes nothing */
	put_file("spool/new/empty.json", "");
	check_bytes("empty.json", "");
	assert_int_equal(fchmodat(root.spool_new, "a.json", 0666, 0), 0);
	check_bytes("a.json", "{\"reeve\":1}");
	assert_int_equal(fchmodat(root.spool_new, "a.json", 0400, 0), 0);
	check_bytes("a.json", "{\"reeve\":1}");
	if (geteuid() != 0) { /* root reads what it likes */
		assert_int_equal(fchmodat(root.spool_new, "a.json", 0, 0), 0);
		check_answer("a.json", SCAN_LATER);
	}
	check_answer("none.json", SCAN_GONE);
}

static void
test_scan_refuses_what_is_no_plain_file_X_5(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	put_file("precious", "do not read");
	assert_int_equal(symlinkat("../../precious", root.spool_new, "link.json"), 0);
	assert_int_equal(symlinkat("nowhere", root.spool_new, "dangling.json"), 0);
	assert_int_equal(mkfifoat(root.spool_new, "fifo.json", 0600), 0);
	assert_int_equal(mkdirat(root.spool_new, "dir.json", 0700), 0);
	assert_int_equal(linkat(place, "precious", root.spool_new, "hard.json", 0), 0);
	/* By a short way: the path of the test may be longer than an address. */
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/socket.json",
	    root.spool_new);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	check_refused("link.json", REFUSAL_UNSAFE);
	check_refused("dangling.json", REFUSAL_UNSAFE);
	check_refused("fifo.json", REFUSAL_UNSAFE);
	check_refused("dir.json", REFUSAL_UNSAFE);
	check_refused("hard.json", REFUSAL_UNSAFE);
	check_refused("socket.json", REFUSAL_UNSAFE);
	check_refused("..", REFUSAL_UNSAFE);
	(void)close(fd);
}

static void
test_scan_refuses_a_device_and_a_stranger_X_5(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	if (mknodat(root.spool_new, "null.json", S_IFCHR | 0600, (dev_t)(1 << 8 | 3)) == 0)
		check_refused("null.json", REFUSAL_UNSAFE);
	put_file("spool/new/foreign.json", "{}");
	assert_int_equal(fchownat(root.spool_new, "foreign.json", 65534, 65534, 0), 0);
	check_refused("foreign.json", REFUSAL_UNSAFE);
}

/* Between the look at the name and the opening, somebody puts a pipe, a link, something big there. */
static int swap_kind;

static int
swapping_open(struct io *io, int dir, const char *name, unsigned how)
{
	(void)io;
	assert_int_equal(unlinkat(dir, name, 0), 0);
	if (swap_kind == 0)
		assert_int_equal(mkfifoat(dir, name, 0600), 0);
	else if (swap_kind == 1)
		assert_int_equal(symlinkat("../../precious", dir, name), 0);
	else if (swap_kind == 2)
		assert_int_equal(linkat(place, "precious", dir, name, 0), 0);
	return io_real()->ops->open(io_real(), dir, name, how);
}

static void
test_scan_is_not_raced_X_5(void **state)
{
	struct io_ops ops = *io_real()->ops;
	struct io io = { &ops };

	(void)state;
	put_file("precious", "do not read");
	ops.open = swapping_open;
	root.io = &io;
	for (swap_kind = 0; swap_kind < 3; swap_kind++) {
		(void)unlinkat(root.spool_new, "a.json", 0);
		put_file("spool/new/a.json", "{}");
		check_refused("a.json", REFUSAL_UNSAFE);
	}
	(void)unlinkat(root.spool_new, "a.json", 0);
	put_file("spool/new/a.json", "{}");
	check_answer("a.json", SCAN_GONE);
}

static int
failing_list(struct io *io, int dir, struct strvec *ret)
{
	(void)io;
	(void)dir;
	(void)ret;
	return -EMFILE;
}

static int
failing_stat_of_names(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	(void)io;
	return dir == root.spool_tmp || dir == root.spool_done
		   ? -EIO
		   : io_real()->ops->stat(io_real(), dir, name, ret);
}

/* A power cut kept both ends of the publisher's rename, the start could not remove the one in tmp/, and just now nobody
 * can look whose name that is: then nobody may say that it is somebody else's. */
static void
test_scan_refuses_no_second_name_that_it_could_not_look_at(void **state)
{
	struct io_ops ops = *io_real()->ops;
	struct io io = { &ops };

	(void)state;
	put_file("spool/new/a.json", "{}");
	assert_int_equal(linkat(root.spool_new, "a.json", root.spool_tmp, "a.42-1", 0), 0);
	root.io = &io;
	ops.list = failing_list;
	check_answer("a.json", SCAN_FAILED);
	ops.list = io_real()->ops->list;
	ops.stat = failing_stat_of_names;
	check_answer("a.json", SCAN_FAILED);
	ops.stat = io_real()->ops->stat;
	check_bytes("a.json", "{}");
	assert_int_equal(renameat(root.spool_tmp, "a.42-1", root.spool_tmp, "b.42-1"), 0);
	check_refused("a.json", REFUSAL_UNSAFE);
}

static void
test_scan_size_X_5(void **state)
{
	size_t max = (size_t)256 * 1024;
	char *big = xcalloc(max + 1, 1);
	int fd;

	(void)state;
	memset(big, 'x', max);
	put_file("spool/new/most.json", big);
	check_bytes("most.json", big);
	fd = openat(root.spool_new, "most.json", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "y", 1), 1);
	assert_int_equal(close(fd), 0);
	check_refused("most.json", REFUSAL_TOO_BIG);
	/* Sparse: a terabyte that takes no room. */
	fd = openat(root.spool_new, "sparse.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(close(fd), 0);
	check_refused("sparse.json", REFUSAL_TOO_BIG);
	free(big);
}

/* A lease asks about other processes' descriptors and ours alike. */
static void
test_scan_waits_for_the_writer_X_4(void **state)
{
	int fd = openat(root.spool_new, "a.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	check_answer("a.json", SCAN_LATER);
	assert_int_equal(write(fd, "{\"half\":", 8), 8);
	check_answer("a.json", SCAN_LATER);
	assert_int_equal(write(fd, "1}", 2), 2);
	check_answer("a.json", SCAN_LATER);
	assert_int_equal(close(fd), 0);
	check_bytes("a.json", "{\"half\":1}");
}

/* While it is read, somebody opens it again and writes on. */
static int late_fd = -1;

static ssize_t
late_read(struct io *io, int fd, void *p, size_t n)
{
	ssize_t got = io_real()->ops->read(io_real(), fd, p, n);

	(void)io;
	if (late_fd < 0) {
		late_fd = openat(root.spool_new, "a.json", O_WRONLY | O_APPEND | O_CLOEXEC);
		assert_int_equal(write(late_fd, "more", 4), 4);
	}
	return got;
}

static void
test_scan_notices_a_late_writer_X_4(void **state)
{
	struct io_ops ops = *io_real()->ops;
	struct io io = { &ops };

	(void)state;
	put_file("spool/new/a.json", "{}");
	ops.read = late_read;
	late_fd = -1;
	root.io = &io;
	check_answer("a.json", SCAN_LATER);
	assert_int_equal(close(late_fd), 0);
	check_bytes("a.json", "{}more");
}

static void
test_scan_file_that_is_filed_by_halves(void **state)
{
	(void)state;
	put_file("spool/new/a.json", "{}");
	assert_int_equal(linkat(root.spool_new, "a.json", root.spool_done, "a.json", 0), 0);
	check_bytes("a.json", "{}"); /* decided again: known, and filed away to the end */
	put_file("spool/new/b.json", "{}");
	assert_int_equal(linkat(root.spool_new, "b.json", root.spool_refused, "b.json", 0), 0);
	check_answer("b.json", SCAN_GONE);
	/* The name that it was written under: a rename that was kept by halves. */
	put_file("spool/new/d.json", "{}");
	assert_int_equal(linkat(root.spool_new, "d.json", root.spool_tmp, "d.77-1", 0), 0);
	check_bytes("d.json", "{}");
	put_file("spool/new/e.json", "{}");
	assert_int_equal(linkat(root.spool_new, "e.json", root.spool_tmp, "other.77-1", 0), 0);
	check_refused("e.json", REFUSAL_UNSAFE);
	/* Another file of that name in done/ is no excuse. */
	put_file("spool/new/c.json", "{}");
	put_file("spool/done/c.json", "{}");
	assert_int_equal(linkat(root.spool_new, "c.json", place, "c", 0), 0);
	check_refused("c.json", REFUSAL_UNSAFE);
}

static int failing_errno;

static int
failing_open(struct io *io, int dir, const char *name, unsigned how)
{
	(void)io;
	(void)dir;
	(void)name;
	(void)how;
	return -failing_errno;
}

static int
failing_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	(void)io;
	(void)dir;
	(void)name;
	(void)ret;
	return -failing_errno;
}

static ssize_t
failing_read(struct io *io, int fd, void *p, size_t n)
{
	(void)io;
	(void)fd;
	(void)p;
	(void)n;
	return -failing_errno;
}

static void
test_scan_errors_can_pass_X_13(void **state)
{
	static const int errnums[] = { EMFILE, ENFILE, ENOMEM, EIO };
	struct io_ops opens = *io_real()->ops, stats = opens, reads = opens;
	struct io io[] = { { &opens }, { &stats }, { &reads } };

	(void)state;
	put_file("spool/new/a.json", "{}");
	opens.open = failing_open;
	stats.stat = failing_stat;
	reads.read = failing_read;
	for (size_t i = 0; i < ARRAY_LEN(errnums); i++) {
		failing_errno = errnums[i];
		for (size_t k = 0; k < ARRAY_LEN(io); k++) {
			root.io = &io[k];
			check_answer("a.json", SCAN_FAILED);
		}
	}
	failing_errno = EACCES; /* its mode: that does not pass by itself */
	root.io = &io[0];
	check_refused("a.json", REFUSAL_UNSAFE);
	root.io = io_real();
	check_bytes("a.json", "{}");
}

static void
check_list(size_t max, bool want_more, const char *const *want, size_t n)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	bool more = !want_more;

	assert_int_equal(scan_list(&root, max, &names, &more, NULL), 0);
	assert_int_equal(more, want_more);
	assert_int_equal(names.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(names.v[i], want[i]);
}

static void
put_new(const char *name)
{
	int fd = openat(root.spool_new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void
test_scan_list_is_fair_X_26(void **state)
{
	/* one busy ticket, two others, commands, and what has no such name */
	static const char *const want[] = {
		"20261121T063900Z.7.1.55.aa.json",
		"20261121T063907Z.12.1.55.aa.json",
		"20261121T063908Z.cmd.55.aa.json",
		"by-hand-1.json",
		"20261121T063901Z.7.1.55.bb.json",
		"20261121T063909Z.cmd.55.bb.json",
		"by-hand-2.json",
		"20261121T063902Z.7.1.55.cc.json",
		"20261121T063903Z.7.2.55.dd.json",
	};

	(void)state;
	check_list(10, false, NULL, 0);
	for (size_t i = ARRAY_LEN(want); i-- > 0;)
		put_new(want[i]);
	check_list(SIZE_MAX, false, want, ARRAY_LEN(want));
	check_list(ARRAY_LEN(want), false, want, ARRAY_LEN(want));
	check_list(4, true, want, 4);
	check_list(0, true, want, 0);
}

static void
test_scan_names_of_any_bytes_X_7(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char longest[256];
	const char *const odd[] = { "\n", "\x1b[2J.json", "\xff\xfe", "%s%n", ".hidden", "Z.",
		"Z..", ".Z.", "a b'\"$(x).json", longest };
	bool more;

	(void)state;
	memset(longest, 'z', 255);
	longest[255] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		put_new(odd[i]);
		check_bytes(odd[i], "");
	}
	assert_int_equal(scan_list(&root, SIZE_MAX, &names, &more, NULL), 0);
	assert_int_equal(names.n, ARRAY_LEN(odd)); /* nothing that lies there is passed over */
	check_answer("none/a.json", SCAN_GONE);
}

static void
test_scan_list_many_X_26(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char name[64];
	bool more;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "20261121T0639Z.7.1.55.%d.json", i);
		put_new(name);
	}
	put_new("20261121T0640Z.8.1.55.0.json");
	assert_int_equal(scan_list(&root, 2, &names, &more, NULL), 0);
	assert_true(more);
	assert_string_equal(names.v[1], "20261121T0640Z.8.1.55.0.json");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_spool(test_scan_plain_files),
		in_spool(test_scan_refuses_what_is_no_plain_file_X_5),
		in_spool(test_scan_refuses_a_device_and_a_stranger_X_5),
		in_spool(test_scan_is_not_raced_X_5),
		in_spool(test_scan_refuses_no_second_name_that_it_could_not_look_at),
		in_spool(test_scan_size_X_5),
		in_spool(test_scan_waits_for_the_writer_X_4),
		in_spool(test_scan_notices_a_late_writer_X_4),
		in_spool(test_scan_file_that_is_filed_by_halves),
		in_spool(test_scan_errors_can_pass_X_13),
		in_spool(test_scan_list_is_fair_X_26),
		in_spool(test_scan_names_of_any_bytes_X_7),
		in_spool(test_scan_list_many_X_26),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
