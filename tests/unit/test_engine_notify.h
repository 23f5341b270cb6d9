/* SPDX-License-Identifier: GPL-2.0-only */
/* One ticket, its worker and the inboxes of both: for the tests of what is told, and of what is told too often. */
#ifndef TEST_ENGINE_NOTIFY_H
#define TEST_ENGINE_NOTIFY_H

#include "test_engine.h"

#include "codec/message_json.h"
#include "store/inbox.h"

static struct play play;

static void
open_it(bool is_observer)
{
	struct err err = ERR_INIT;

	if (play_open(&play, io_real(), is_observer, &err) < 0)
		fail_msg("%s", err.text);
}

static void
begin(const char *notify)
{
	play_init(&play);
	play.notify = notify;
	open_it(false);
	play_create(&play, "create-1");
}

static void
end(void)
{
	play_die(&play);
	play_fsck(&play);
	play_close(&play);
}

/* In the middle of an episode. */
static void
leave(void)
{
	play_die(&play);
	play_close(&play);
}

static void
to_work(void)
{
	for (unsigned i = 0; i < 20 && play_ticket(&play, 1).phase != PHASE_WORKING; i++) {
		(void)play_turns(&play, 1);
		play_live(&play, 1);
	}
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
}

static size_t
count(const char *dir)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int fd = file_open_dir(io_real(), play.root.dir, dir, NULL);

	if (fd >= 0)
		assert_int_equal(file_list(io_real(), fd, &names, NULL), 0);
	close_fd(&fd);
	return names.n;
}

static void
load(const char *name, struct message *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	if (file_read(io_real(), play.root.dir, name, 1 << 20, &b, &err) < 0 ||
	    message_load(buf_str(&b), ret, &err) < 0)
		fail_msg("%s: %s", name, err.text);
}

#endif
