/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spool_refuse.c: what was not taken, and why.
 *
 * Order: X.why, durable; the name in refused/; sync; the name in new/ goes.  Who reads refused/ finds a
 * reason beside every file at any moment.
 *
 * Those of a group that are refused for the same reason have one X.why under many names: written once, synced once.
 * Nothing derives a reason later (the ticket has gone on), so it has to be durable before its file leaves new/; what it
 * costs is by the number of reasons, not of files.
 */
#include "base/base.h"

#include "store/spool.h"

#include <errno.h>

#include "store/spool_file.h"
#include "sys/file.h"

#define SPOOL_NAME_MAX 160u /* of the part before ".json": what is added must fit, too */
#define SPOOL_NAME_TRY 10000u

static bool
spool_is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* '~' and '%' come from here only, so that no two names become one. */
void
spool_refused_name(const char *name, unsigned n, struct buf *ret)
{
	bool is_json = spool_ends(name, SPOOL_JSON), is_why = spool_ends(name, SPOOL_WHY);
	size_t len = strlen(name) - (is_json ? strlen(SPOOL_JSON) : 0), start = ret->len;

	for (size_t i = 0; i < len; i++) {
		bool is_dot =
		    name[i] == '.' && (i == 0 || (is_why && i == len - strlen(SPOOL_WHY)));

		if (spool_is_plain(name[i]) && !is_dot)
			buf_addch(ret, name[i]);
		else
			buf_addf(ret, "%%%02X", (unsigned char)name[i]);
	}
	if (ret->len - start > SPOOL_NAME_MAX) {
		struct digest d = digest_of(str_of(name));

		buf_truncate(ret, start + SPOOL_NAME_MAX);
		buf_addf(ret, "~%02x%02x%02x%02x", d.b[0], d.b[1], d.b[2], d.b[3]);
	}
	if (n > 0)
		buf_addf(ret, "~%u", n);
	if (is_json)
		buf_adds(ret, SPOOL_JSON);
}

void
spool_why_name(const char *refused_name, struct buf *ret)
{
	size_t len = strlen(refused_name);

	if (spool_ends(refused_name, SPOOL_JSON))
		len -= strlen(SPOOL_JSON);
	buf_add(ret, refused_name, len);
	buf_adds(ret, SPOOL_WHY);
}

bool
spool_in_refused(struct root *r, const char *name, const struct io_stat *st, struct buf *ret)
{
	_cleanup_(buf_release) struct buf try = BUF_INIT, why = BUF_INIT;

	for (unsigned n = 0; n < SPOOL_NAME_TRY; n++) {
		buf_clear(&try);
		buf_clear(&why);
		spool_refused_name(name, n, &try);
		spool_why_name(try.p, &why);
		if (spool_is_same(r->io, r->spool_refused, try.p, st)) {
			if (ret != NULL)
				buf_add_str(ret, buf_str(&try));
			return true;
		}
		/* The first may be passed over for one in done/.  Behind a gap that a discarded file left,
		 * it is missed, and gets one more name: harmless. */
		if (n > 0 && !file_exists(r->io, r->spool_refused, try.p) &&
		    !file_exists(r->io, r->spool_refused, why.p))
			break;
	}
	return false;
}

/* --- moving --- */

/* Is this name free, or that of an earlier attempt for the same file?  A .why that cannot be read counts
 * as ours when its file is not there: it is written again. */
static int
spool_slot_is_free(struct root *r, const char *slot, bool *ret, struct err *err)
{
	const int dirs[] = { r->spool_refused, r->spool_done };
	struct refused why = { 0 };
	struct io_stat st;
	int e;

	*ret = false;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		e = r->io->ops->stat(r->io, dirs[i], slot, &st);
		if (e == 0)
			return 0;
		if (e !=
		    -ENOENT) /* perhaps taken: another name would be one that nobody looks for */
			return err_sys(err, -e, "cannot look whether spool/refused has %s", slot);
	}
	e = spool_why_read(r, slot, &why);
	*ret = e == 0 || e == ERR_NOTFOUND || why.name == NULL;
	refused_release(&why);
	return 0;
}

static int
spool_move_refused(
    struct root *r, const char *name, const struct io_stat *st, const char *slot, struct err *err)
{
	int e = -EPERM;

	if (st->is_regular)
		e = r->io->ops->link(r->io, r->spool_new, name, r->spool_refused, slot);
	if (spool_cannot_link(e))
		e = r->io->ops->rename(r->io, r->spool_new, name, r->spool_refused, slot, false);
	if (e < 0)
		return err_sys(err, -e, "cannot move spool/new/%s to spool/refused", slot);
	return 0;
}

/* One of a group on its way. */
struct refusing {
	int code;          /* 0, or why it stays in new/ */
	bool is_there;     /* in refused/ already */
	struct io_stat st; /* of new/name */
	struct buf slot;   /* its name in refused/ */
	size_t like;       /* whose reason is its own, too: the first of them; itself, as a rule */
	unsigned names;    /* of the reason that it writes; 0: another one writes it */
};
#define REFUSING_NAMES_MAX 64u /* all of them are read with each */

static int
spool_refuse_begin(struct root *r, const struct refused *why, struct refusing *ret, struct err *err)
{
	bool is_free;
	int e;

	if (why->why == REFUSAL_NONE)
		BUG("a signal is refused without a reason");
	spool_refused_name(why->name, 0, &ret->slot);
	e = r->io->ops->stat(r->io, r->spool_new, why->name, &ret->st);
	if (e == -ENOENT && file_exists(r->io, r->spool_refused, ret->slot.p)) {
		ret->is_there = true; /* refused before */
		return 0;
	}
	if (e < 0)
		return err_sys(err, -e, "cannot refuse spool/new/%s", ret->slot.p);
	if (spool_is_same(r->io, r->spool_done, why->name, &ret->st))
		return err_set(err, ERR_CONFLICT,
		    "cannot refuse spool/new/%s: it was applied, spool/done has it", ret->slot.p);
	ret->is_there = spool_in_refused(r, why->name, &ret->st, NULL);
	if (ret->is_there)
		return 0;
	e = spool_slot_is_free(r, ret->slot.p, &is_free, err);
	for (unsigned n = 1; e == 0 && !is_free; n++) {
		if (n == SPOOL_NAME_TRY)
			return err_set(err, ERR_LIMIT,
			    "cannot refuse spool/new/%s: spool/refused holds too many of that "
			    "name; discard some",
			    ret->slot.p);
		buf_clear(&ret->slot);
		spool_refused_name(why->name, n, &ret->slot);
		e = spool_slot_is_free(r, ret->slot.p, &is_free, err);
	}
	return e;
}

/* --- reasons --- */

static bool
refusing_is_on(const struct refusing *on)
{
	return on->code == 0 && !on->is_there;
}

static void
spool_refuse_join(const struct refused *v, struct refusing *on, size_t i)
{
	size_t k = 0;

	while (k < i && (on[k].names == 0 || on[k].names >= REFUSING_NAMES_MAX ||
			    !spool_why_is_same(&v[k], &v[i])))
		k++;
	on[i].like = k;
	on[k].names++;
}

/* The reason, in tmp, gets the name that on[k] needs; is_last: and none beside it.  Where there are no second names,
 * on[k] has to write its own. */
static int
spool_refuse_name(
    struct root *r, const char *tmp, struct refusing *on, size_t k, bool is_last, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct io *io = r->io;
	int dir = r->spool_refused, e;

	spool_why_name(on[k].slot.p, &name);
	if (is_last)
		return file_rename(io, dir, tmp, dir, name.p, true, err);
	e = io->ops->link(io, dir, tmp, dir, name.p);
	if (e == -EEXIST) { /* of an attempt before, see spool_slot_is_free() */
		(void)io->ops->unlink(io, dir, name.p, false); /* or the next line tells */
		e = io->ops->link(io, dir, tmp, dir, name.p);
	}
	if (spool_cannot_link(e)) {
		on[k].like = k;
		return 0;
	}
	return e < 0 ? err_sys(err, -e, "cannot make spool/refused/%s", name.p) : 0;
}

/* What the i-th of the group writes: its reason, under the names of all that it is of.  The directory is not synced
 * yet. */
static int
spool_refuse_why(struct root *r, const struct refused *v, struct refusing *on, size_t n, size_t i,
    struct err *err)
{
	static unsigned count; /* a failed file is not used again */
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int result, e;
	char tmp[60];

	for (size_t k = i; k < n; k++)
		if (refusing_is_on(&on[k]) && on[k].like == i)
			spool_why_add_file(on[k].slot.p, &text);
	spool_why_dump(&v[i], &text);
	(void)snprintf(tmp, sizeof tmp, FILE_TMP_PREFIX "%d-%u.why", (int)getpid(), count++);
	e = result = file_write_new(r->io, r->spool_refused, tmp, buf_str(&text), err);
	for (size_t k = n; k-- > i;) {
		if (!refusing_is_on(&on[k]) || on[k].like != i)
			continue;
		if (e == 0)
			on[k].code =
			    spool_refuse_name(r, tmp, on, k, k == i, result == 0 ? err : NULL);
		else
			on[k].code = e;
		if (result == 0)
			result = on[k].code;
	}
	if (on[i].code < 0) /* swept at start otherwise */
		(void)r->io->ops->unlink(r->io, r->spool_refused, tmp, false);
	return result;
}

/* All reasons are there; the first failure. */
static int
spool_refuse_prepare(
    struct root *r, const struct refused *v, struct refusing *on, size_t n, struct err *err)
{
	int result = 0, e;

	for (size_t i = 0; i < n; i++) {
		on[i].code = spool_refuse_begin(r, &v[i], &on[i], result == 0 ? err : NULL);
		if (result == 0)
			result = on[i].code;
		if (refusing_is_on(&on[i]))
			spool_refuse_join(v, on, i);
	}
	for (size_t i = 0; i < n; i++) {
		if (!refusing_is_on(&on[i]) || on[i].like != i)
			continue;
		e = spool_refuse_why(r, v, on, n, i, result == 0 ? err : NULL);
		if (result == 0)
			result = e;
	}
	return result;
}

int
spool_refuse_many(struct root *r, const struct refused *v, size_t n, struct err *err)
{
	struct refusing *on = xcalloc(n + 1, sizeof *on);
	int result = spool_refuse_prepare(r, v, on, n, err), e;

	e = file_sync_dir(r->io, r->spool_refused, result == 0 ? err : NULL);
	for (size_t i = 0; e == 0 && i < n; i++) {
		if (on[i].code < 0 || on[i].is_there)
			continue;
		on[i].code = spool_move_refused(
		    r, v[i].name, &on[i].st, on[i].slot.p, result == 0 ? err : NULL);
		if (result == 0)
			result = on[i].code;
	}
	if (e == 0)
		e = file_sync_dir(r->io, r->spool_refused, result == 0 ? err : NULL);
	/* What is in refused/ for good leaves new/: moved, or seen again. */
	for (size_t i = 0; e == 0 && i < n; i++)
		if (on[i].code == 0)
			(void)r->io->ops->unlink(r->io, r->spool_new, v[i].name, false);
	for (size_t i = 0; i < n; i++)
		buf_release(&on[i].slot);
	free(on);
	return result < 0 ? result : e;
}

int
spool_refuse(struct root *r, const char *name, const struct refused *why, struct err *err)
{
	_cleanup_(free_charp) char *copy = xstrdup(name);
	struct refused one = *why;

	one.name = copy;
	return spool_refuse_many(r, &one, 1, err);
}

int
spool_sweep_refused(struct root *r, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf file = BUF_INIT;
	int e = file_list(r->io, r->spool_refused, &names, err);

	for (size_t i = 0; e == 0 && i < names.n; i++) {
		bool is_left = str_starts(str_of(names.v[i]), FILE_TMP_PREFIX);

		if (spool_ends(names.v[i], SPOOL_WHY)) {
			buf_clear(&file);
			buf_add(&file, names.v[i], strlen(names.v[i]) - strlen(SPOOL_WHY));
			is_left = !file_exists(r->io, r->spool_refused, file.p);
			buf_adds(&file, SPOOL_JSON);
			is_left = is_left && !file_exists(r->io, r->spool_refused, file.p);
		}
		if (is_left)
			(void)r->io->ops->unlink(
			    r->io, r->spool_refused, names.v[i], false); /* or next time */
	}
	return e;
}

int
spool_discard(struct root *r, const char *name, const char *why_name, struct err *err)
{
	struct io_stat st = { .is_dir = false };
	int e = r->io->ops->stat(r->io, r->spool_refused, name, &st);

	int synced = e == 0 ? file_sync_dir(r->io, r->spool_new, err) : 0;

	/* Its name in new/ went without a sync.  A power cut must not bring it back when nothing remembers that it was
	 * decided: as a report of a closed episode it would be refused once more, for another reason. */
	if (synced < 0)
		return synced;
	if (e == 0)
		e = r->io->ops->unlink(r->io, r->spool_refused, name, st.is_dir);
	else if (e == -ENOENT && file_exists(r->io, r->spool_refused, why_name))
		e = 0;
	if (e == -ENOTEMPTY || e == -EEXIST)
		return err_set(err, ERR_CONFLICT,
		    "%s/spool/refused/%s is a directory with files in it, and is left alone; "
		    "remove it with `rm -r`, then discard it again",
		    r->path, name);
	if (e < 0)
		return err_sys(err, -e, "cannot remove %s/spool/refused/%s", r->path, name);
	/* Gone for good before its reason goes; a reason alone is swept. */
	e = file_sync_dir(r->io, r->spool_refused, err);
	if (e == 0)
		e = file_unlink(r->io, r->spool_refused, why_name, err);
	return e == ERR_NOTFOUND ? 0 : e;
}
