/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_refused.h"

#include <errno.h>

#include "codec/signal_json.h"
#include "codec/ticket_text.h"
#include "sys/file.h"

bool
refused_names(struct root *r, const char *arg, struct buf *ret_name, struct buf *ret_why)
{
	struct str bare = str_of(arg);

	if (bare.len == 0 || bare.p[0] == '.' || strchr(arg, '/') != NULL)
		return false;
	if (bare.len > 4 && strcmp(arg + bare.len - 4, ".why") == 0)
		bare.len -= 4;
	else if (bare.len > 5 && strcmp(arg + bare.len - 5, ".json") == 0)
		bare.len -= 5;
	buf_add_str(ret_why, bare);
	buf_adds(ret_why, ".why");
	buf_add_str(ret_name, bare);
	buf_adds(ret_name, ".json");
	if (!file_exists(r->io, r->spool_refused, ret_name->p))
		buf_truncate(ret_name, bare.len);
	return true;
}

const char *
refused_dashes(const char *name)
{
	return name[0] == '-' ? "-- " : "";
}

static int
refused_bytes(struct root *r, const char *name, struct buf *ret, struct err *err)
{
	struct io_stat st = { 0 };
	int fd, e;

	/* Before it is opened: that would let a pipe's writer go on. */
	e = r->io->ops->stat(r->io, r->spool_refused, name, &st);
	if (e == 0 && !st.is_regular)
		return err_set(err, ERR_INVALID, "it is no plain file");
	fd = e < 0 ? e : r->io->ops->open(r->io, r->spool_refused, name, IO_READ | IO_UNTRUSTED);
	if (fd == -ENOENT)
		return err_set(err, ERR_NOTFOUND, "nothing refused has this name");
	if (fd < 0) {
		(void)err_sys(err, -fd, "it cannot be read");
		return ERR_INVALID;
	}
	e = file_read_fd(r->io, fd, SIGNAL_BYTES_MAX, ret, err);
	io_close(r->io, fd);
	return e == ERR_LIMIT ? err_set(err, ERR_INVALID, "it is longer than any signal") : e;
}

int
refused_read(struct root *r, const char *name, struct signal *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct signal s = { 0 };
	struct signal_id id = { "" };
	enum refusal why = REFUSAL_NONE;
	size_t len = strlen(name);
	int e = refused_bytes(r, name, &bytes, err);

	if (e < 0)
		return e;
	if (len < 6 || strcmp(name + len - 5, ".json") != 0 ||
	    !signal_id_parse(str_n(name, len - 5), &id))
		return err_set(err, ERR_INVALID, "its name is none of a signal");
	if (signal_json_parse(buf_str(&bytes), &s, &why, NULL, err) < 0)
		return ERR_INVALID;
	s.event.sig = id;
	*ret = s;
	return 0;
}

uint64_t
refused_adopted(const struct record *r, const struct signal_id *id)
{
	_cleanup_(buf_release) struct buf key = BUF_INIT;
	struct str rest = buf_str(&r->history);
	struct history_entry e;

	buf_addf(&key, " adopts=%s", id->s);
	if (str_find(rest, buf_str(&key)) < 0) /* nearly always */
		return 0;
	while (history_next(&rest, &e, NULL) == 0)
		if (signal_id_eq(&e.event.adopts, id))
			return e.rev;
	return 0;
}
