/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/gates.h"

#include "codec/stamp.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define GATES_NOTE_MAX 4096

/* "... time 2026-11-21T06:23:25Z", its last word */
static int64_t
gate_note_time(struct str note)
{
	struct str line, word = { "", 0 };
	int64_t ms = 0;

	(void)str_cut(&note, '\n', &line);
	while (str_cut(&line, ' ', &word) || word.len > 0)
		if (stamp_parse(word, &ms))
			return ms;
	return 0;
}

static bool
gate_is_alive(pid_t pid, uint64_t start)
{
	int fd = proc_open(pid, start, NULL);
	bool is_alive = fd >= 0 && !proc_is_gone(fd);

	close_fd(&fd);
	return is_alive;
}

void
gate_look(struct root *r, struct ticket_id id, struct gate_seen *ret)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	char name[40];
	uint64_t start;
	int why = 0;
	pid_t pid;

	*ret = (struct gate_seen){ .is_running = false };
	(void)snprintf(name, sizeof name, "%u/gates/lock", id.n);
	if (r->io->ops->probe(r->io, r->tickets, name, &why) != PROBE_HELD)
		return;
	ret->is_running = file_read(r->io, r->tickets, name, GATES_NOTE_MAX, &note, NULL) == 0 &&
			  lock_note_parse(buf_str(&note), &pid, &start) &&
			  gate_is_alive(pid, start);
	ret->has_left = !ret->is_running;
	ret->since_wall_ms = gate_note_time(buf_str(&note));
}

void
gate_logs(struct root *r, struct ticket_id id, struct strvec *ret)
{
	static const char *const sides[] = { "merge", "base" };
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char dir[40];
	uint32_t n, last = 0;
	int fd;

	(void)snprintf(dir, sizeof dir, "%u/gates", id.n);
	fd = file_open_dir(r->io, r->tickets, dir, NULL);
	if (fd >= 0 && file_list(r->io, fd, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			struct str rest = str_of(names.v[i]), digits;

			if (str_cut(&rest, '-', &digits) && str_u32(digits, &n) && n > last)
				last = n;
		}
	for (size_t i = 0; last > 0 && i < ARRAY_LEN(sides); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;
		char name[40];

		(void)snprintf(name, sizeof name, "%u-%s.log", last, sides[i]);
		if (!file_exists(r->io, fd, name))
			continue;
		buf_addf(&path, "%s/tickets/%u/gates/%s", r->path, id.n, name);
		strvec_push(ret, path.p);
	}
	io_close(r->io, fd);
}
