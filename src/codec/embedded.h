/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * embedded.h: the text files of templates/ and state/, compiled into the programs.
 *
 * So that a program works from the build tree, or copied alone to another machine, without a data folder.
 * src/embed.sh makes the table from the files; it is made again when one of them changes, appears or goes.
 *
 * Everything here is constant and lives as long as the program.  Nothing can fail: a name that is not
 * there is NULL, and whether that is a bug or a user's mistake is the caller's to say.
 */
#ifndef CODEC_EMBEDDED_H
#define CODEC_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name; /* path in the source tree: "templates/brief-author.md", "state/README" */
	const char *text; /* the bytes of the file, with a NUL behind them */
	size_t len;       /* without that NUL */
	const char *about; /* first line, without comment marks: for listings */
};

/* Sorted by name; one row with a NULL name follows the last. */
extern const struct embedded embedded_files[];
extern const size_t embedded_count;

/* The file of exactly this name, or NULL. */
const struct embedded *embedded_find(const char *name);

#endif
