/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_du.h: how much a directory holds. */
#ifndef CLI_CLI_DU_H
#define CLI_CLI_DU_H

#include "base/base.h"

/*
 * Bytes that it occupies on the disk, as du counts them (but links that share a file count each).  Links are not
 * followed, other file systems not entered.  *left: how many entries may still be looked at; *ret_partial: it ran out, or
 * a directory could not be read.  -1: nothing there, or no directory.
 */
int64_t cli_du(const char *path, uint32_t *left, bool *ret_partial);

#endif
