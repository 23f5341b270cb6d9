/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_record.h: a recorder in this process over a disk that can be full, and the proof of what it kept: numbers of
 * eight bytes each come, so every byte says where it stood.
 */
#ifndef UNIT_TEST_RECORD_H
#define UNIT_TEST_RECORD_H

#include "run/record.h"
#include "test_run.h"

#define STREAM_MARK "\030\r\n[reeve: "
#define STREAM_REST " bytes are missing here: they could not be written]\r\n"

/* The kernel, but for what the test says. */
static struct disk {
	struct io io;
	struct io_ops ops;
	uint64_t limit;          /* bytes of the recorder's files */
	uint64_t half;           /* none is larger */
	uint32_t steps;          /* changes so far, and which of them fail, */
	uint32_t fail, fail_new; /* this one; from this on, what needs room */
	void (*before)(uint32_t step);
	void (*on_close)(int fd);
	void (*on_lock)(void);
	const char *tty;
} disk;

/* The files of the recorder, each once. */
static inline uint64_t
disk_used(void)
{
	static const char *const names[] = { TEST_EP RECORD_LOG, TEST_EP RECORD_OLDER,
		TEST_EP RECORD_NEXT, TEST_EP RECORD_SPARE };
	struct stat st[ARRAY_LEN(names)] = { 0 };
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		bool is_new = fstatat(place, names[i], &st[i], AT_SYMLINK_NOFOLLOW) == 0 &&
			      S_ISREG(st[i].st_mode);

		for (size_t k = 0; k < i; k++)
			is_new &= st[k].st_ino != st[i].st_ino;
		sum += is_new ? (uint64_t)st[i].st_size : 0;
	}
	return sum;
}

/* Does this step fail? */
static inline bool
disk_fails(bool is_new)
{
	uint32_t step = ++disk.steps;

	if (disk.before)
		disk.before(step);
	return step == disk.fail || (is_new && disk.fail_new > 0 && step >= disk.fail_new);
}

static inline int
disk_open(struct io *io, int dir, const char *name, unsigned how)
{
	return (how & IO_CREATE) != 0 && disk_fails(true)
		   ? -ENOSPC
		   : io_real()->ops->open(io, dir, name, how);
}

static inline ssize_t
disk_write(struct io *io, int fd, const void *p, size_t n)
{
	bool fails = disk_fails(true);
	uint64_t used = disk_used(), room = used < disk.limit ? disk.limit - used : 0;
	struct stat st;
	ssize_t done;

	assert_int_equal(fstat(fd, &st), 0);
	if ((fcntl(fd, F_GETFL) & O_APPEND) == 0) /* what is there has its room */
		room += (uint64_t)(st.st_size - lseek(fd, 0, SEEK_CUR));
	if (room == 0 || fails)
		return -ENOSPC;
	done = io_real()->ops->write(io, fd, p, room < n ? (size_t)room : n);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true((uint64_t)st.st_size <= disk.half);
	return done;
}

static inline int
disk_rename(struct io *io, int from_dir, const char *from, int to_dir, const char *to, bool replace)
{
	return disk_fails(false) ? -ENOSPC
				 : io_real()->ops->rename(io, from_dir, from, to_dir, to, replace);
}

static inline int
disk_link(struct io *io, int from_dir, const char *from, int to_dir, const char *to)
{
	return disk_fails(true) ? -ENOSPC : io_real()->ops->link(io, from_dir, from, to_dir, to);
}

static inline int
disk_unlink(struct io *io, int dir, const char *name, bool is_dir)
{
	return disk_fails(false) ? -EIO : io_real()->ops->unlink(io, dir, name, is_dir);
}

static inline int
disk_close(struct io *io, int fd)
{
	if (disk.on_close)
		disk.on_close(fd);
	return io_real()->ops->close(io, fd);
}

static inline int
disk_lock(struct io *io, int fd)
{
	if (disk.on_lock)
		disk.on_lock();
	return io_real()->ops->lock(io, fd);
}

static inline void
disk_init(void)
{
	disk = (struct disk){ .ops = *io_real()->ops, .limit = UINT64_MAX, .half = UINT64_MAX };
	disk.ops.open = disk_open;
	disk.ops.write = disk_write;
	disk.ops.rename = disk_rename;
	disk.ops.link = disk_link;
	disk.ops.unlink = disk_unlink;
	disk.ops.close = disk_close;
	disk.ops.lock = disk_lock;
	disk.io.ops = &disk.ops;
}

static inline char
stream_at(uint64_t at)
{
	char number[16];

	snprintf(number, sizeof number, "%07u\n", (unsigned)(at / 8 % 10000000));
	return number[at % 8];
}

/* Sends [from, to) of the stream in pieces of 1 to most bytes, from a process of its own. */
static inline int
stream_send(uint64_t from, uint64_t to, uint32_t most, unsigned seed, pid_t *ret_pid)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	*ret_pid = fork();
	assert_true(*ret_pid >= 0);
	if (*ret_pid > 0) {
		(void)close(fds[1]);
		return fds[0];
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(seed);
	while (from < to) {
		char piece[RECORD_STEP];
		uint64_t n = 1 + (uint64_t)random() % most;

		n = n < to - from ? n : to - from;
		for (uint64_t i = 0; i < n; i++)
			piece[i] = stream_at(from + i);
		from += n;
		if (send(fds[1], piece, n, MSG_NOSIGNAL) != (ssize_t)n)
			_exit(1);
	}
	_exit(0);
}

/* Records that over the disk. */
static inline enum run_exit
stream_record(struct io *io, uint64_t from, uint64_t to, uint64_t max, uint32_t most, unsigned seed)
{
	char episode[] = "12.3";
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;
	enum run_exit r;
	pid_t pid;
	int fd;

	assert_int_equal(claim_open(&c, io_real(), place_path, episode, &err), RUN_OK);
	c.io = io;
	disk.half = max / 2;
	fd = stream_send(from, to, most, seed, &pid);
	r = record_run(&c, fd, max, disk.tty, &err);
	(void)close(fd);
	c.io = io_real();
	claim_release(&c);
	(void)child_end(pid);
	return r;
}

static inline void
stream_read(struct buf *ret)
{
	static const char *const names[] = { TEST_EP RECORD_OLDER, TEST_EP RECORD_LOG };

	buf_clear(ret);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_(buf_release) struct buf one = BUF_INIT;

		if (there_is(names[i]))
			assert_int_equal(
			    file_read(io_real(), place, names[i], 1 << 24, &one, NULL), 0);
		buf_add_str(ret, buf_str(&one));
	}
}

/* From the end on: each byte is that which stood there, when each mark counts for as many as it says.  What comes
 * before the first byte that is kept. */
static inline uint64_t
stream_check(struct str s, uint64_t end)
{
	const size_t mark_len = strlen(STREAM_MARK);

	while (s.len > 0) {
		const char *mark = NULL, *rest;
		char *number_end;

		for (size_t i = s.len < mark_len ? 0 : s.len - mark_len + 1; i > 0 && !mark; i--)
			if (memcmp(s.p + i - 1, STREAM_MARK, mark_len) == 0)
				mark = s.p + i - 1;
		rest = mark ? mark + mark_len : s.p;
		if (!mark && (mark = memmem(s.p, s.len, "]\r\n", 3)) != NULL) {
			/* The rest of one whose beginning was in a file that is gone. */
			assert_true(mark - s.p < RECORD_MARK);
			rest = mark + 3;
			mark = NULL;
		}
		if (mark) {
			unsigned long long n = strtoull(rest, &number_end, 10);
			size_t left = (size_t)(s.p + s.len - number_end);

			left = left < strlen(STREAM_REST) ? left : strlen(STREAM_REST);
			assert_true(number_end > rest && n > 0 && n <= end);
			assert_memory_equal(number_end, STREAM_REST, left);
			rest = number_end + left;
			for (const char *p = s.p + s.len; p > rest;)
				assert_int_equal(*--p, stream_at(--end));
			end -= n;
		} else {
			for (const char *p = s.p + s.len; p > rest;)
				assert_int_equal(*--p, stream_at(--end));
		}
		s.len = mark ? (size_t)(mark - s.p) : 0;
	}
	return end;
}

#endif
