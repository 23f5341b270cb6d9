/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve watch: events.jsonl, from its last lines on, as they are appended. */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/cli_options.h"
#include "cli/cli_print.h"
#include "cli/cli_state.h"
#include "codec/json.h"
#include "intake/watch.h"
#include "sys/file.h"

#define WATCH_FILE    "events.jsonl"
#define WATCH_LOOK_MS 1000 /* where the user's inotify limits leave no watch */
#define WATCH_STEP    ((size_t)64 * 1024)
#define WATCH_LINES   10
#define WATCH_DEPTH   4

struct watching {
	struct cli *c;
	bool is_json;
	uint64_t at;     /* of the file, read so far */
	uint64_t inode;  /* another one: it was made anew */
	struct buf rest; /* a line that has not ended yet */
};

static void
watch_word(struct print *p, const json_t *o, const char *key, enum print_style style)
{
	struct str s;

	if (json_get_str(o, key, &s, NULL) == 0 && s.p)
		print_text(p, style, s);
}

/* What is no event (a torn line) is passed over: the file is for tools, and mended by the supervisor. */
static void
watch_show(struct watching *w, struct print *p, struct str line)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct str reason = { NULL, 0 };
	int64_t ticket = 0;
	bool has;

	if (json_open(line, WATCH_DEPTH, &o, NULL) < 0)
		return;
	if (w->is_json) {
		print_raw(p, line);
		print_words(p, "\n");
		return;
	}
	(void)json_get_int(o, "ticket", 0, UINT32_MAX, &has, &ticket, NULL); /* 0, then */
	watch_word(p, o, "at", PRINT_DIM);
	print_words(p, "  %4lld  ", (long long)ticket);
	watch_word(p, o, "event", PRINT_BOLD);
	print_words(p, "  ");
	watch_word(p, o, "from", PRINT_PLAIN);
	print_words(p, " > ");
	watch_word(p, o, "to", PRINT_PLAIN);
	if (json_get_str(o, "reason", &reason, NULL) == 0 && reason.p) {
		print_words(p, "  ");
		print_text(p, PRINT_DIM, reason);
	}
	print_words(p, "\n");
}

static int
watch_flush(struct watching *w)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct str rest = buf_str(&w->rest), line;
	size_t used = 0;

	print_open(&p);
	while (str_cut(&rest, '\n', &line)) {
		watch_show(w, &p, line);
		used += line.len + 1;
	}
	memmove(w->rest.p, w->rest.p + used, w->rest.len - used);
	buf_truncate(&w->rest, w->rest.len - used);
	return print_close(&p);
}

/* All that was appended since. */
static int
watch_read(struct watching *w, struct err *err)
{
	struct io *io = w->c->root.io;
	_cleanup_(close_fd) int fd = io->ops->open(io, w->c->root.dir, WATCH_FILE, IO_READ);
	char *step;
	ssize_t n = 0;
	struct io_stat st;

	if (fd == -ENOENT)
		return 0; /* nothing has happened yet */
	if (fd < 0 || io->ops->fstat(io, fd, &st) < 0)
		return err_sys(
		    err, fd < 0 ? -fd : EIO, "cannot read %s/" WATCH_FILE, w->c->root.path);
	if (st.inode != w->inode || st.size < w->at) { /* made anew */
		w->at = 0;
		buf_clear(&w->rest);
	}
	w->inode = st.inode;
	if (lseek(fd, (off_t)w->at, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read %s/" WATCH_FILE, w->c->root.path);
	step = xmalloc(WATCH_STEP);
	while ((n = io->ops->read(io, fd, step, WATCH_STEP)) > 0) {
		buf_add(&w->rest, step, (size_t)n);
		w->at += (uint64_t)n;
	}
	free(step);
	return n < 0 ? err_sys(err, (int)-n, "cannot read %s/" WATCH_FILE, w->c->root.path) : 0;
}

/* Before the first print: only the last `lines` of them. */
static void
watch_skip(struct watching *w, uint64_t lines)
{
	size_t at = w->rest.len;

	while (at > 0 && w->rest.p[at - 1] != '\n')
		at--;
	for (; at > 0; at--)
		if (w->rest.p[at - 1] == '\n' && lines-- == 0)
			break;
	memmove(w->rest.p, w->rest.p + at, w->rest.len - at);
	buf_truncate(&w->rest, w->rest.len - at);
}

static int
watch_run(struct watching *w, uint64_t lines, bool has_watch)
{
	struct err err = ERR_INIT;
	bool is_first = true;

	for (;;) {
		struct pollfd p[] = { { .fd = has_watch ? watch_fd() : -1, .events = POLLIN },
			{ .fd = STDOUT_FILENO } };
		bool is_armed = has_watch && watch_add(w->c->root.path, NULL) == 0;
		int status;

		if (watch_read(w, &err) < 0)
			return cli_fail(&err);
		if (is_first)
			watch_skip(w, lines);
		is_first = false;
		status = watch_flush(w);
		if (status != EXIT_OK)
			return status;
		if (poll(p, ARRAY_LEN(p), is_armed ? -1 : WATCH_LOOK_MS) <= 0)
			continue;
		if (p[1].revents != 0)
			return EXIT_OK; /* nobody reads it any more */
		if (p[0].revents != 0)
			(void)watch_drain(); /* a reason to read, whatever it was */
	}
}

int
cmd_watch(struct cli *c, int argc, char **argv)
{
	struct watching w = { .c = c, .rest = BUF_INIT };
	const char *count = NULL;
	const struct cli_option options[] = {
		{ 'n', "lines", .value = &count },
		{ 0, "json", .flag = &w.is_json },
		{ 0 },
	};
	uint64_t lines = WATCH_LINES;
	struct operands none;
	bool has_watch;
	int status;

	if (!options_parse("watch", options, argc, argv, 0, 0, &none, &status))
		return status;
	if (count && !options_number("watch", "--lines", count, UINT32_MAX, &lines, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	has_watch = watch_open(NULL) == 0;
	status = watch_run(&w, lines, has_watch);
	if (has_watch)
		watch_close();
	buf_release(&w.rest);
	return status;
}
