/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.h: a command line of the configuration becomes an argument vector.
 *
 * Split as a shell quotes: blanks separate; '...' is literal; "..." knows \" and \\; \x is x outside of
 * quotes.  Nothing is expanded and no shell ever sees it.  Placeholders are replaced inside words after
 * the split, so that a value can never make another word.
 */
#ifndef CODEC_WORDS_H
#define CODEC_WORDS_H

#include "base/err.h"
#include "base/vec.h"

/* Appends to *ret.  ERR_INVALID, nothing appended: an open quote, a backslash at the end, a NUL, or no word
 * at all. */
int words_split(struct str line, struct strvec *ret, struct err *err);

/* Puts the words `with` in the place of each word that is exactly `placeholder` ("{options}"); none: it goes. */
void words_splice(struct strvec *words, const char *placeholder, const struct strvec *with);

/* Does `placeholder` stand in any of them? */
bool words_have(const struct strvec *words, const char *placeholder);

struct words_value {
	const char *name; /* without the braces */
	const char *value;
};

/* Replaces each {name} in every word.  An unknown {name} stays as it is when it is not one of
 * [a-z]+ words, else ERR_INVALID names it. values ends with a NULL name; a NULL value is
 * "".  "{{" is a plain "{".  On an error the words are as before. */
int words_fill(struct strvec *words, const struct words_value *values, struct err *err);

#endif
