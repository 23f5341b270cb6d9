/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/lock_end.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "sys/file.h"

struct lock_end {
	int fd;     /* of the file */
	int notice; /* its close is what the other side reads */
};

static void *
lock_end_work(void *arg)
{
	struct lock_end *end = arg;
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int r;

	do
		r = fcntl(end->fd, F_OFD_SETLKW, &lock);
	while (r < 0 && errno == EINTR);
	close_fd(&end->fd); /* and what was taken goes */
	if (r == 0)
		close_fd(&end->notice); /* else it stays open: no telling is no end */
	free(end);
	return NULL;
}

/* Without signals: they are for the thread that knows what to do about them. */
static bool
lock_end_start(struct lock_end *end)
{
	sigset_t all, mask;
	pthread_t thread;
	int r;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &mask);
	r = pthread_create(&thread, NULL, lock_end_work, end);
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return r == 0 && pthread_detach(thread) == 0;
}

int
lock_end_open(struct io *io, int dir, const char *name)
{
	int fd = io->ops->open(io, dir, name, IO_READ | IO_UNTRUSTED), p[2];
	struct lock_end *end;
	struct io_stat st;

	if (fd < 0)
		return -1;
	/* who waits for another thing waits for ever, or not at all */
	if (io->ops->fstat(io, fd, &st) < 0 || !st.is_regular || pipe2(p, O_CLOEXEC) < 0) {
		io_close(io, fd);
		return -1;
	}
	end = xmalloc(sizeof *end);
	end->fd = fd;
	end->notice = p[1];
	if (lock_end_start(end))
		return p[0];
	close_fd(&p[0]);
	close_fd(&p[1]);
	io_close(io, fd);
	free(end);
	return -1;
}
