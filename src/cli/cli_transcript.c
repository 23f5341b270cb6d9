/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_transcript.h"

#include "cli/cli_pane_reader.h"
#include "store/episode.h"
#include "sys/file.h"

static int
transcripts_of_episode(struct cli *c, struct episode_id ep, bool removes, struct transcripts *sum)
{
	static const char *const names[] = { EPISODE_OLDER, EPISODE_NEXT, EPISODE_SPARE,
		EPISODE_LOG }; /* a half is a record, too */
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct io *io = c->root.io;
	struct err err = ERR_INIT;
	int dir, e = 0;
	uint64_t before = sum->bytes;

	episode_path(&c->root, ep, NULL, &path);
	dir = file_open_dir(io, IO_CWD, path.p, NULL);
	if (dir < 0)
		return EXIT_OK; /* it never began */
	for (size_t i = 0; i < ARRAY_LEN(names) && e == 0; i++) {
		struct io_stat st;

		if (io->ops->stat(io, dir, names[i], &st) < 0 || !st.is_regular ||
		    pane_record_probe(io, dir) == PROBE_HELD)
			continue;
		e = removes ? file_unlink(io, dir, names[i], &err) : 0;
		sum->bytes += st.size;
	}
	sum->episodes += sum->bytes > before;
	io_close(io, dir);
	return e < 0 ? cli_fail(&err) : EXIT_OK;
}

int
transcripts_of(struct cli *c, const struct ticket *t, bool removes, struct transcripts *sum)
{
	int worst = EXIT_OK;

	for (uint32_t n = 1; n <= t->episode.n; n++) {
		int status =
		    transcripts_of_episode(c, (struct episode_id){ t->id, n }, removes, sum);

		if (worst == EXIT_OK)
			worst = status;
	}
	return worst;
}
