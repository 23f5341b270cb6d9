/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/json.h"
#include "codec/stamp.h"
#include "sys/file.h"

#define NOTE_NAME  "fsck.json"
#define NOTE_MAX   65536
#define NOTE_DEPTH 4

int
fsck_note_write(struct root *r, const struct fsck_list *found, size_t tickets, int64_t now_wall_ms,
    struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, stamp = BUF_INIT;
	_cleanup_(strvec_release) struct strvec texts = STRVEC_INIT;
	_cleanup_(json_drop) json_t *o = json_new();
	int e;

	for (size_t i = 0; i < found->n && i < FSCK_NOTE_TEXTS; i++) {
		_cleanup_(buf_release) struct buf line = BUF_INIT;

		buf_addf(&line, "%s %s", found->v[i].invariant, found->v[i].text);
		strvec_push(&texts, line.p);
	}
	stamp_add(&stamp, now_wall_ms);
	json_put_int(o, "reeve", 1);
	json_put_text(o, "at", stamp.p);
	json_put_int(o, "tickets", (int64_t)tickets);
	json_put_int(o, "findings", (int64_t)found->n);
	json_put_list(o, "texts", &texts);
	json_add(o, false, &text);
	e = file_replace(r->io, r->dir, NOTE_NAME, buf_str(&text), err);
	if (e < 0)
		(void)err_prefix(err, "the result of the check at the start");
	return e;
}

int
fsck_note_read(struct root *r, struct fsck_note *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(json_drop) json_t *o = NULL;
	bool has_tickets = false, has_findings = false;
	int64_t tickets = 0, findings = 0, at;
	struct strvec texts = STRVEC_INIT;
	struct str stamp;
	int e = file_read(r->io, r->dir, NOTE_NAME, NOTE_MAX, &bytes, err);

	if (e < 0)
		return e;
	if (json_open(buf_str(&bytes), NOTE_DEPTH, &o, err) < 0 ||
	    json_get_str(o, "at", &stamp, err) < 0 ||
	    json_get_int(o, "tickets", 0, INT64_MAX, &has_tickets, &tickets, err) < 0 ||
	    json_get_int(o, "findings", 0, INT64_MAX, &has_findings, &findings, err) < 0) {
		(void)err_prefix(err, NOTE_NAME);
		return ERR_INVALID;
	}
	if (stamp.p == NULL || !stamp_parse(stamp, &at) || !has_tickets || !has_findings)
		return err_set(err, ERR_INVALID, NOTE_NAME ": not as `reeve up` writes it");
	if (json_get_list(o, "texts", &texts, err) < 0) {
		strvec_release(&texts);
		(void)err_prefix(err, NOTE_NAME);
		return ERR_INVALID;
	}
	*ret = (struct fsck_note){ at, (uint64_t)tickets, (uint64_t)findings, texts };
	return 0;
}

void
fsck_note_release(struct fsck_note *n)
{
	strvec_release(&n->texts);
	*n = (struct fsck_note){ .texts = STRVEC_INIT };
}
