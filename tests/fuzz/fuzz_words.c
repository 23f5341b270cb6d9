/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling never changes the number of words, and what is refused leaves everything as it was.  Words that
 * are quoted with single quotes and split again are the same words.
 */
#include "base/base.h"

#include "codec/words.h"

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
quote(struct buf *b, const char *word)
{
	buf_addch(b, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addch(b, *word);
	}
	buf_adds(b, "' ");
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct words_value values[] = {
		{ "text", "a b '\" {ticket}" },
		{ "ticket", "12" },
		{ NULL, NULL },
	};
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT, again = STRVEC_INIT;
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	struct err err = ERR_INIT;
	size_t count;

	if (words_split(str_n((const char *)p, n), &words, &err) < 0) {
		if (words.n != 0 || err.text[0] == '\0')
			BUG("refused with %zu words: %s", words.n, err.text);
		return 0;
	}
	for (size_t i = 0; i < words.n; i++)
		quote(&line, words.v[i]);
	if (words_split(buf_str(&line), &again, NULL) < 0 || again.n != words.n)
		BUG("%zu words became %zu", words.n, again.n);
	for (size_t i = 0; i < words.n; i++)
		if (strcmp(words.v[i], again.v[i]) != 0)
			BUG("word %zu is another one", i);
	count = words.n;
	(void)words_fill(&words, values, NULL); /* an unknown placeholder */
	if (words.n != count || words.v[count] != NULL)
		BUG("%zu words were filled to %zu", count, words.n);
	return 0;
}
