/* SPDX-License-Identifier: GPL-2.0-only */
/* test_cli.h: what tests of cli share: the state directory as a command opens it, and tickets in it. */
#ifndef UNIT_TEST_CLI_H
#define UNIT_TEST_CLI_H

#include "cli/cli_facts.h"
#include "cli/cli_look.h"

#include "test_store.h"

/* Commands open the state directory a second time. */
static inline void
open_cli(struct cli *c, const char *config)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	*c = (struct cli){ .root = ROOT_INIT };
	store_path(&path);
	assert_int_equal(setenv("REEVE_STATE", path.p, 1), 0);
	if (config != NULL)
		store_put("config", config);
}

static inline struct record
put_ticket(uint32_t id, const char *title)
{
	struct record r;

	rec_init(&r, id);
	set_charp(&r.spec.title, title);
	rec_step(&r, rec_event(EVENT_CREATE), NULL);
	rec_put(&r);
	return r;
}

/* One that the test itself does not change any more. */
static inline void
add_ticket(uint32_t id, const char *title)
{
	struct record r = put_ticket(id, title);

	record_release(&r);
}

static inline void
put_running(struct record *r)
{
	rec_start(r);
	rec_step(r, rec_event(EVENT_CLAIMED), NULL);
	rec_put(r);
	assert_int_equal(
	    episode_prepare(&store, ticket_episode(&r->ticket), STR("{}"), STR("do it"), NULL), 0);
}

#endif
