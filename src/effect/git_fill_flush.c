/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answer waits until all files are on the disk.  A third thread, which needs no processor, begins with
 * that as soon as there is something to write, so that the disk and the two others work at a time:
 *
 *	git_fill_flush_begin()	before the first file
 *	git_fill_flush_wake()	some more were taken
 *	git_fill_flush_end()	all are made, or it failed
 *	git_fill_sync()		what is left, the index included
 *
 * An error of the disk is told to one sync only, so that of this thread's counts as the last one's does.
 */
#include "base/base.h"

#include "effect/git_fill.h"

#include <errno.h>
#include <sys/stat.h>

#define FLUSH_FILES 1000 /* fewer are not worth a commit of the file system */

static bool
git_fill_flush_is_due(const struct git_fill *c)
{
	return c->next - c->flush.done >= FLUSH_FILES && !atomic_load(&c->failed);
}

/* Until there are enough; false: there will not be. */
static bool
git_fill_flush_wait(struct git_fill *c)
{
	bool due;

	(void)pthread_mutex_lock(&c->lock);
	while (!git_fill_flush_is_due(c) && !c->flush.is_over)
		(void)pthread_cond_wait(&c->flush.more, &c->lock);
	due = git_fill_flush_is_due(c);
	c->flush.done = c->next;
	(void)pthread_mutex_unlock(&c->lock);
	return due;
}

static void *
git_fill_flush_work(void *fill)
{
	struct git_fill *c = fill;

	while (c->flush.errnum == 0 && git_fill_flush_wait(c))
		c->flush.errnum = git_util_sync(c->path);
	return NULL;
}

void
git_fill_flush_begin(struct git_fill *c)
{
	if (c->n >= FLUSH_FILES * 2 && (git_libgit2_features() & GIT_FEATURE_THREADS) != 0)
		c->flush.is_on =
		    pthread_create(&c->flush.thread, NULL, git_fill_flush_work, c) == 0;
}

void
git_fill_flush_wake(struct git_fill *c)
{
	if (c->flush.is_on && git_fill_flush_is_due(c))
		(void)pthread_cond_signal(&c->flush.more);
}

void
git_fill_flush_end(struct git_fill *c)
{
	if (!c->flush.is_on)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->flush.is_over = true;
	(void)pthread_cond_signal(&c->flush.more);
	(void)pthread_mutex_unlock(&c->lock);
	(void)pthread_join(c->flush.thread, NULL);
	c->flush.is_on = false;
}

/* One flush for all: a journal writes everything with each. */
bool
git_fill_sync(struct git_fill *c, const char *admin, struct git_result *ret)
{
	struct stat files, index;
	int errnum = c->flush.errnum;

	if (errnum == 0 && (stat(c->path, &files) < 0 || stat(admin, &index) < 0))
		errnum = errno;
	if (errnum == 0)
		errnum = git_util_sync(c->path);
	if (errnum == 0 && files.st_dev != index.st_dev)
		errnum = git_util_sync(admin);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "syncing the file system of %s", c->path);
	return errnum == 0;
}
