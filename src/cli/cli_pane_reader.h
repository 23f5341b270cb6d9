/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_pane_reader.h: what was recorded of a worker's terminal, in the order in which it came, while it comes.
 *
 *	pane_reader_open()
 *	pane_reader_is_over()		asked before it is read: then what is read is all
 *	while (pane_reader_read() > 0)	all there is just now
 *	pane_reader_close()
 *
 * The recorder has pane.log locked; when that is full it is pane.log.1, and a new one has its name (run/record.h).  So
 * a reader that is slower than two files loses the one between: has_gap says so, once for each time.  The directory is
 * the worker's own: only plain files are read.
 */
#ifndef CLI_CLI_PANE_READER_H
#define CLI_CLI_PANE_READER_H

#include "cli/cli_state.h"

/* Has a recorder pane.log of this directory?  A full one gives its name away and its lock up, so a free lock counts only
 * when it was that of the file which has the name.  UNKNOWN: there is none, or it is no plain file. */
enum probe pane_record_probe(struct io *io, int dir);

struct pane_reader {
	struct root *root;
	struct episode_id ep;
	int dir;
	int fd;       /* that is read; -1: nothing yet */
	int then;     /* that comes behind it; -1: it is not open yet */
	bool is_left; /* fd was given up by the recorder: once read to its end, nothing comes */
	bool
	    has_gap; /* something may be missing before what is read next; the caller takes it back */
};

/* ERR_NOTFOUND: there is no such episode. */
int
pane_reader_open(struct root *root, struct episode_id ep, struct pane_reader *ret, struct err *err);
void pane_reader_close(struct pane_reader *r);

/* How many bytes; 0: no more just now. */
ssize_t pane_reader_read(struct pane_reader *r, void *p, size_t n);

/* Nothing will be added any more: the recorder has ended; or there is no record, and the episode has. */
bool pane_reader_is_over(const struct pane_reader *r);

#endif
