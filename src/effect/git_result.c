/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_repo.h"

#include "effect/git_util.h"

#define GIT_RESULT_MAGIC "reeve-git 1 "

void
git_result_release(struct git_result *r)
{
	buf_release(&r->text);
	memset(r, 0, sizeof *r);
	buf_init(&r->text);
}

int
git_result_write(int fd, const struct git_result *r)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, GIT_RESULT_MAGIC "%d %d %s %s %s %zu\n", (int)r->answer, r->flag ? 1 : 0,
	    oid_is_set(r->a) ? r->a.hex : "-", oid_is_set(r->b) ? r->b.hex : "-",
	    oid_is_set(r->c) ? r->c.hex : "-", r->text.len);
	buf_add(&b, r->text.p, r->text.len);
	return -git_util_write_all(fd, b.p, b.len);
}

static bool
git_result_parse_id(struct str word, struct oid *ret)
{
	return str_is(word, "-") || oid_parse(word, ret);
}

bool
git_result_parse(struct str s, struct git_result *ret)
{
	struct str line, word;
	struct oid a = { "" }, b = { "" }, c = { "" };
	uint32_t answer, flag;
	uint64_t len;

	if (!str_cut(&s, '\n', &line) || !str_starts(line, GIT_RESULT_MAGIC))
		return false;
	line = str_n(line.p + strlen(GIT_RESULT_MAGIC), line.len - strlen(GIT_RESULT_MAGIC));
	if (!str_cut(&line, ' ', &word) || !str_u32(word, &answer) || answer < GIT_ANSWER_OK ||
	    answer > GIT_ANSWER_OWN)
		return false;
	if (!str_cut(&line, ' ', &word) || !str_u32(word, &flag) || flag > 1)
		return false;
	if (!str_cut(&line, ' ', &word) || !git_result_parse_id(word, &a))
		return false;
	if (!str_cut(&line, ' ', &word) || !git_result_parse_id(word, &b))
		return false;
	if (!str_cut(&line, ' ', &word) || !git_result_parse_id(word, &c))
		return false;
	if (!str_u64(line, &len) || len != s.len)
		return false;
	ret->answer = (enum git_answer)answer;
	ret->flag = flag == 1;
	ret->a = a;
	ret->b = b;
	ret->c = c;
	buf_clear(&ret->text);
	buf_add_str(&ret->text, s);
	return true;
}
