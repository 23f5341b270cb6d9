/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_smudge.h"

#include <errno.h>
#include <iconv.h>

#include "base/str.h"

bool
git_smudge_is_none(const struct git_smudge *s)
{
	return s->crlf == GIT_CRLF_KEEP && !s->ident && s->encoding[0] == '\0';
}

/* What git looks at to tell text from other bytes. */
struct git_smudge_stats {
	size_t lone_cr, lone_lf, crlf, nul, plain, strange;
};

static void
git_smudge_count(struct str s, struct git_smudge_stats *ret)
{
	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\r' && i + 1 < s.len && s.p[i + 1] == '\n') {
			ret->crlf++;
			i++;
		} else if (c == '\r') {
			ret->lone_cr++;
		} else if (c == '\n') {
			ret->lone_lf++;
		} else if (c == 127 || (c < 32 && !strchr("\b\t\033\014", c)) || c == 0) {
			ret->nul += c == 0;
			ret->strange++;
		} else {
			ret->plain++;
		}
	}
	/* an end-of-file mark of old */
	if (s.len > 0 && s.p[s.len - 1] == '\032')
		ret->strange--;
}

static void
git_smudge_crlf(enum git_crlf how, struct buf *bytes)
{
	struct str s = buf_str(bytes);
	struct git_smudge_stats n;
	struct buf out = BUF_INIT;

	git_smudge_count(s, &n);
	if (n.lone_lf == 0)
		return;
	if (how == GIT_CRLF_AUTO &&
	    (n.lone_cr > 0 || n.crlf > 0 || n.nul > 0 || n.plain / 128 < n.strange))
		return;
	buf_grow(&out, s.len + n.lone_lf);
	for (size_t i = 0, from = 0; i <= s.len; i++) {
		bool ends = i < s.len && s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r');

		if (!ends && i < s.len)
			continue;
		buf_add(&out, s.p + from, i - from);
		if (ends)
			buf_addch(&out, '\r');
		from = i;
	}
	buf_release(bytes);
	*bytes = out;
}

/* How long is the keyword that begins behind a '$': "Id$", or "Id: ...$" if git may have made it; else 0. */
static size_t
git_smudge_keyword(struct str s)
{
	const char *end, *nl, *blank;

	if (str_starts(s, "Id$"))
		return 3;
	if (!str_starts(s, "Id:"))
		return 0;
	end = memchr(s.p + 3, '$', s.len - 3);
	nl = memchr(s.p + 3, '\n', s.len - 3);
	if (!end || (nl && nl < end))
		return 0;
	/* with a blank inside, it is of another version control system */
	blank = end - s.p > 4 ? memchr(s.p + 4, ' ', (size_t)(end - s.p) - 4) : NULL;
	return blank && blank < end - 1 ? 0 : (size_t)(end - s.p) + 1;
}

static void
git_smudge_ident(const char *hex, struct buf *bytes)
{
	struct str rest = buf_str(bytes), head;
	struct buf out = BUF_INIT;

	while (str_cut(&rest, '$', &head)) {
		size_t n = git_smudge_keyword(rest);

		buf_add_str(&out, head);
		buf_addch(&out, '$');
		if (n > 0)
			buf_addf(&out, "Id: %s $", hex);
		rest.p += n;
		rest.len -= n;
	}
	buf_add_str(&out, head);
	buf_release(bytes);
	*bytes = out;
}

static bool
git_smudge_encode(const char *encoding, struct buf *bytes)
{
	static const struct {
		const char *name, *real, *mark;
		size_t mark_len;
	} marked[] = { { "UTF-16LE-BOM", "UTF-16LE", "\xff\xfe", 2 },
		{ "UTF-16BE-BOM", "UTF-16BE", "\xfe\xff", 2 } };
	struct buf out = BUF_INIT;
	char *in = bytes->p, chunk[4096];
	size_t left = bytes->len, code = 0;
	iconv_t cd;

	for (size_t i = 0; i < ARRAY_LEN(marked); i++)
		if (strcasecmp(encoding, marked[i].name) == 0) {
			encoding = marked[i].real;
			buf_add(&out, marked[i].mark, marked[i].mark_len);
		}
	cd = iconv_open(encoding, "UTF-8");
	if (cd == (iconv_t)-1) { /* NOLINT: what iconv(3) says it is */
		buf_release(&out);
		return false;
	}
	while (left > 0) {
		char *to = chunk;
		size_t room = sizeof chunk;

		code = iconv(cd, &in, &left, &to, &room);
		buf_add(&out, chunk, sizeof chunk - room);
		if (code == (size_t)-1 && errno != E2BIG)
			break;
	}
	(void)iconv_close(cd);
	if (left > 0) {
		buf_release(&out);
		return false;
	}
	buf_release(bytes);
	*bytes = out;
	return true;
}

bool
git_smudge_apply(const struct git_smudge *s, const char *hex, struct buf *bytes)
{
	if (s->ident)
		git_smudge_ident(hex, bytes);
	if (s->crlf != GIT_CRLF_KEEP)
		git_smudge_crlf(s->crlf, bytes);
	return s->encoding[0] == '\0' || bytes->len == 0 || git_smudge_encode(s->encoding, bytes);
}
