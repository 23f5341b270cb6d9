/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_inbox.h"

#include <poll.h>

#include "codec/stamp.h"
#include "intake/watch.h"
#include "sys/clock.h"
#include "sys/file.h"

const char *
cli_inbox_own(void)
{
	const char *name = getenv(INBOX_VARIABLE);

	return name != NULL && id_is_name(str_of(name)) ? name : NULL;
}

/* --- one --- */

void
cli_messages_release(struct cli_messages *l)
{
	for (size_t i = 0; i < l->n; i++)
		message_release(&l->v[i]);
	free(l->v);
	*l = (struct cli_messages){ NULL, 0, 0, 0 };
}

static int
messages_order(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (x->wall_ms != y->wall_ms)
		return x->wall_ms < y->wall_ms ? -1 : 1;
	if (x->ticket.n != y->ticket.n)
		return x->ticket.n < y->ticket.n ? -1 : 1;
	return x->rev < y->rev ? -1 : x->rev > y->rev;
}

/* What the file says must be what its name says: the name is what marks it as read. */
static int
messages_load_one(struct inbox *b, const char *name, struct message *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	char own[MESSAGE_NAME_MAX];
	int rc = inbox_read(b, name, &bytes, err);

	if (rc == 0)
		rc = message_load(buf_str(&bytes), ret, err);
	if (rc < 0)
		return rc;
	message_file(ret, own);
	if (strcmp(own, name) == 0)
		return 0;
	message_release(ret);
	return err_set(err, ERR_INVALID, "it is %s, by what it says", own);
}

int
cli_messages_load(
    struct cli *c, const struct inbox_place *place, struct cli_messages *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct inbox b = INBOX_INIT;
	struct err why = ERR_INIT;
	int rc = inbox_open(&c->root, place, &b, &why);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = inbox_list(&b, &names, &why);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct message m = { NULL };
		struct err bad = ERR_INIT;
		int one = messages_load_one(&b, names.v[i], &m, &bad);

		if (one == 0) {
			*VEC_PUSH(ret) = m;
		} else if (one != ERR_NOTFOUND) { /* else another reader was faster */
			cli_say("%s/new/%s cannot be read: %s", place->s, names.v[i], bad.text);
			ret->n_bad++;
		}
	}
	inbox_close(&b);
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof *ret->v, messages_order);
	if (rc < 0 && err)
		*err = why;
	return rc;
}

/* --- sleeping --- */

/* Where the user's inotify limits leave no watch. */
#define INBOX_LOOK_MS 1000

static int
inbox_has_any(struct cli *c, const struct inbox_place *place, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct inbox b = INBOX_INIT;
	int rc = inbox_open(&c->root, place, &b, err);

	if (rc == 0)
		rc = inbox_list(&b, &names, err);
	inbox_close(&b);
	return rc < 0 ? rc : names.n > 0;
}

/* False: the time is over. */
static bool
inbox_sleep(int64_t due_boot_ms, bool is_armed)
{
	int64_t left = due_boot_ms - clock_boot_ms();
	struct pollfd p = { .fd = is_armed ? watch_fd() : -1, .events = POLLIN };
	int ms = is_armed ? -1 : INBOX_LOOK_MS;

	if (due_boot_ms != 0 && left <= 0)
		return false;
	if (due_boot_ms != 0 && (ms < 0 || left < ms))
		ms = (int)left;
	if (poll(&p, 1, ms) > 0)
		(void)watch_drain(); /* the next look arms it again */
	return true;
}

/* Armed before each look, so that nothing comes in between unseen. */
int
cli_inbox_wait(struct cli *c, const struct inbox_place *place, int64_t due_boot_ms, struct err *err)
{
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	int rc = inbox_ensure(&c->root, place, err);
	bool has_watch = rc == 0 && watch_open(NULL) == 0, is_armed;

	buf_addf(&dir, "%s/%s/new", c->root.path, place->s);
	while (rc == 0) {
		is_armed = has_watch && watch_add(dir.p, NULL) == 0;
		rc = inbox_has_any(c, place, err);
		if (rc != 0 || !inbox_sleep(due_boot_ms, is_armed))
			break;
	}
	if (has_watch)
		watch_close();
	return rc;
}

/* --- all --- */

void
inbox_counts_release(struct inbox_counts *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].to);
	free(l->v);
	*l = (struct inbox_counts){ NULL, 0, 0 };
}

bool
inbox_count_is_overdue(const struct cli *c, const struct inbox_count *n, int64_t now_wall_ms)
{
	int64_t remind_ms = c->has_config ? c->config.remind_ms : 0;

	return remind_ms > 0 && !n->is_worker && n->oldest_wall_ms > 0 &&
	       now_wall_ms - n->oldest_wall_ms >= remind_ms;
}

/* What cannot be looked at is fsck's to tell of. */
static void
counts_add(struct cli *c, const struct inbox_place *place, const char *to, bool is_worker,
    struct inbox_counts *ret)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct inbox_count count = { .is_worker = is_worker };
	struct inbox b = INBOX_INIT;

	if (inbox_open(&c->root, place, &b, NULL) < 0)
		return;
	if (inbox_list(&b, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			struct message m = { NULL };

			count.n++; /* whatever it says */
			if (messages_load_one(&b, names.v[i], &m, NULL) < 0)
				continue;
			if (count.oldest_wall_ms == 0 || m.wall_ms < count.oldest_wall_ms)
				count.oldest_wall_ms = m.wall_ms;
			message_release(&m);
		}
	inbox_close(&b);
	if (count.n == 0)
		return;
	count.to = xstrdup(to);
	*VEC_PUSH(ret) = count;
}

void
cli_inbox_names(struct cli *c, struct strvec *ret)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(c->root.io, c->root.dir, "inbox", NULL);

	if (dir >= 0 && file_list(c->root.io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (id_is_name(str_of(names.v[i])))
				strvec_push(ret, names.v[i]);
	io_close(c->root.io, dir);
}

void
inbox_counts_names(struct cli *c, struct inbox_counts *ret)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	cli_inbox_names(c, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct inbox_place place = inbox_of_name(names.v[i]);

		counts_add(c, &place, names.v[i], false, ret);
	}
}

void
inbox_counts_worker(struct cli *c, struct episode_id ep, struct inbox_counts *ret)
{
	struct inbox_place place = inbox_of_episode(ep);
	char to[32];

	(void)snprintf(to, sizeof to, "%u.%u", ep.ticket.n, ep.n);
	counts_add(c, &place, to, true, ret);
}

void
inbox_counts_print(struct print *p, const struct inbox_counts *l, int64_t now_wall_ms)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct inbox_count *n = &l->v[i];
		_cleanup_(buf_release) struct buf age = BUF_INIT;

		stamp_add_age(&age, n->oldest_wall_ms > 0 ? now_wall_ms - n->oldest_wall_ms : 0);
		print_words(p, "messages: %zu for %s%s %s not read, the oldest for %s", n->n,
		    n->is_worker ? "the worker " : "", n->to, n->n == 1 ? "is" : "are", age.p);
		if (n->is_worker)
			print_words(p, "; it is told when its turn ends\n");
		else
			print_words(p, "; `reeve inbox %s`\n", n->to);
	}
}
