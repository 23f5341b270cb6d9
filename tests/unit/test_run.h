/* SPDX-License-Identifier: GPL-2.0-only */
/* test_run.h: a state directory with episode 12.3 in the directory of the test. */
#ifndef UNIT_TEST_RUN_H
#define UNIT_TEST_RUN_H

#include "run/claim.h"
#include "sys/lock.h"
#include "test_sys.h"

#define TEST_NONCE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TEST_EP    "tickets/12/episodes/3/"

static inline void
put_spec(const char *program)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct launch l = { .grace_ms = 100 };

	strvec_push(&l.argv, program);
	strvec_push(&l.env, "REEVE_ROLE=reviewer");
	l.worktree = xstrdup(place_path);
	launch_dump(&l, &text);
	put_file(TEST_EP CLAIM_SPEC, text.p);
	launch_release(&l);
}

static inline int
state_make(void **state)
{
	static const char *const dirs[] = { "control", "tickets", "tickets/12",
		"tickets/12/episodes", "tickets/12/episodes/3" };

	if (place_make(state) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (mkdirat(place, dirs[i], 0700) < 0)
			return -1;
	}
	put_file("tickets/12/lock", "");
	put_file(TEST_EP CLAIM_LOCK, "");
	put_spec("true");
	put_file(TEST_EP CLAIM_TOKEN, TEST_NONCE "\n");
	return 0;
}

#define in_state(test) cmocka_unit_test_setup_teardown(test, state_make, place_remove)

static inline bool
there_is(const char *name)
{
	return file_exists(io_real(), place, name);
}

static inline enum probe
lock_probe(const char *name)
{
	int errnum;

	return io_real()->ops->probe(io_real(), place, name, &errnum);
}

#endif
