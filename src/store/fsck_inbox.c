/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages: each is about a revision that there is, and says what its name says.  That one is missing is no
 * fault: it is owed, and whoever writes next delivers it. */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/message_json.h"
#include "store/inbox.h"
#include "sys/file.h"

static void
inbox_check_words(struct fsck *f, int dir, const char *name, const char *path, uint32_t of)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct message m = { NULL };
	char own[MESSAGE_NAME_MAX];
	struct err why = ERR_INIT;

	if (!fsck_bytes(f, dir, name, MESSAGE_BYTES_MAX, &bytes)) {
		if (file_exists(f->r->io, dir, name)) /* else read or removed meanwhile */
			fsck_add(f->found, "I18", of, path, "%s cannot be read", path);
		return;
	}
	if (message_load(buf_str(&bytes), &m, &why) < 0) {
		fsck_add(f->found, "I18", of, path, "%s is no message: %s", path, why.text);
		return;
	}
	message_file(&m, own);
	if (strcmp(own, name) != 0)
		fsck_add(f->found, "I18", of, path, "%s is %s, by what it says", path, own);
	message_release(&m);
}

/* of: the ticket whose worker's inbox it is; 0: of a name. */
static void
inbox_check_one(struct fsck *f, int dir, const char *name, const char *path, uint32_t of)
{
	struct ticket_id id;
	uint64_t rev;

	if (!message_file_parse(str_of(name), &id, &rev)) {
		fsck_add(f->found, "I18", of, path, "%s: the name is no message's", path);
	} else if (of != 0 && id.n != of) {
		fsck_add(f->found, "I18", of, path, "%s is about another ticket", path);
	} else if (!fsck_has_revision(
		       f, id, rev)) { /* it was committed before its message was made */
		fsck_add(f->found, "I18", id.n, path,
		    "%s is about a revision that ticket %u has not, or there is no such ticket",
		    path, id.n);
	} else {
		inbox_check_words(f, dir, name, path, of);
	}
}

/* Its descriptor; one that cannot be used, other than for not being there, is a finding. */
static int
inbox_check_open(struct fsck *f, const struct inbox_place *place, const char *part,
    const char *path, uint32_t of)
{
	struct err why = ERR_INIT;
	int dir = inbox_open_part(f->r, place, part, &why);

	if (dir < 0 && dir != ERR_NOTFOUND)
		fsck_add(f->found, "I18", of, path, "%s: %s", path, why.text);
	return dir;
}

static void
inbox_check(struct fsck *f, const struct inbox_place *place, uint32_t of)
{
	static const char *const parts[] = { "new", "read" };
	int all = inbox_check_open(f, place, NULL, place->s, of);

	for (size_t k = 0; all >= 0 && k < ARRAY_LEN(parts); k++) {
		_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
		struct fsck_path path = fsck_path("%s/%s", place->s, parts[k]);
		int dir = inbox_check_open(f, place, parts[k], path.s, of);

		if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0)
			for (size_t i = 0; i < names.n; i++)
				inbox_check_one(f, dir, names.v[i],
				    fsck_path("%s/%s", path.s, names.v[i]).s, of);
		fsck_mode_dir(f, of, dir, path.s, FSCK_PRIVATE | FSCK_PLAIN);
		io_close(f->r->io, dir);
	}
	fsck_mode_dir(f, of, all, place->s, FSCK_PRIVATE | FSCK_PLAIN);
	io_close(f->r->io, all);
}

void
fsck_inbox_names(struct fsck *f)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(f->r->io, f->r->dir, "inbox", NULL);

	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			struct inbox_place place;

			if (!id_is_name(str_of(names.v[i]))) {
				fsck_add(f->found, "I18", 0, fsck_path("inbox/%s", names.v[i]).s,
				    "inbox/%s: the name is no inbox's", names.v[i]);
				continue;
			}
			place = inbox_of_name(names.v[i]);
			inbox_check(f, &place, 0);
		}
	io_close(f->r->io, dir);
	fsck_mode_list(f, 0, "inbox", FSCK_PRIVATE | FSCK_PLAIN);
}

void
fsck_inbox_workers(struct fsck *f, const struct ticket *t)
{
	for (uint32_t n = 1; n <= t->episode.n; n++) {
		struct inbox_place place = inbox_of_episode((struct episode_id){ t->id, n });

		if (file_exists(f->r->io, f->r->dir, place.s))
			inbox_check(f, &place, t->id.n);
	}
}
