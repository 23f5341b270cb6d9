/* SPDX-License-Identifier: GPL-2.0-only */
/* pane_text.h: what a terminal showed, made fit for a file and for a person. */
#ifndef CODEC_PANE_TEXT_H
#define CODEC_PANE_TEXT_H

#include "base/buf.h"

/* Appends the last max_lines lines of a captured screen, each cleaned (base/clean.h), without blanks at
 * line ends, without empty lines at both ends, at most max_bytes.  Every line ends with a newline; what
 * does not fit goes line by line from the top; of a last line that alone is too long its end stays. */
void pane_text_add(struct buf *b, struct str screen, size_t max_lines, size_t max_bytes);

#endif
