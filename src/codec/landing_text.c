/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/landing_text.h"

#include "base/clean.h"
#include "codec/ticket_text.h"
#include "codec/words.h"

#define LANDING_SUMMARY_MAX 2000

enum landing_word {
	WORD_TICKET,
	WORD_TITLE,
	WORD_BRANCH,
	WORD_BASE,
	WORD_REPO,
	WORD_EPISODE,
	WORD_COMMIT,
	WORD_SUMMARY,
	WORD_COUNT,
};

#define LANDING_WORDS                                                                              \
	{                                                                                          \
		[WORD_TICKET] = { "ticket", "" }, [WORD_TITLE] = { "title", "" },                  \
		[WORD_BRANCH] = { "branch", "" }, [WORD_BASE] = { "base", "" },                    \
		[WORD_REPO] = { "repo", "" }, [WORD_EPISODE] = { "episode", "" },                  \
		[WORD_COMMIT] = { "commit", "" }, [WORD_SUMMARY] = { "summary", "" },              \
		[WORD_COUNT] = { NULL, NULL },                                                     \
	}

const char *
landing_text_check(const char *template)
{
	static const struct words_value none[] = LANDING_WORDS;
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	strvec_push(&words, template);
	return words_fill(&words, none, NULL) < 0
		   ? "a text in which {ticket}, {title}, {branch}, {base}, {repo}, {episode}, "
		     "{commit} and {summary} are replaced, and {{ is a brace"
		   : NULL;
}

/* On one line, whatever it was. */
static void
landing_text_line(struct str s, size_t max, struct buf *ret)
{
	_cleanup_(buf_release) struct buf flat = BUF_INIT;

	buf_add_str(&flat, str_trim(s));
	for (size_t i = 0; i < flat.len; i++)
		if (flat.p[i] == '\n' || flat.p[i] == '\t' || flat.p[i] == '\r')
			flat.p[i] = ' ';
	clean_add_line(ret, buf_str(&flat), max);
}

/* What the last report of an author said. */
static void
landing_text_summary(const struct record *r, struct buf *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest = buf_str(&r->history);
	struct history_entry h;

	while (history_next(&rest, &h, NULL) == 0) {
		if (h.event.kind != EVENT_DONE && h.event.kind != EVENT_REVIEW)
			continue;
		buf_clear(&text);
		history_text(&h, &text);
		if (text.len == 0)
			buf_adds(&text, h.event.reason);
	}
	landing_text_line(buf_str(&text), LANDING_SUMMARY_MAX, ret);
}

int
landing_text_fill(const struct record *r, struct strvec *words, struct err *err)
{
	const struct ticket *t = &r->ticket;
	_cleanup_(buf_release) struct buf title = BUF_INIT;
	_cleanup_(buf_release) struct buf summary = BUF_INIT;
	struct words_value values[] = LANDING_WORDS;
	char id[16], episode[32] = "";

	(void)snprintf(id, sizeof id, "%u", t->id.n);
	if (t->pinned_by != 0 && t->pinned_by != TICKET_BY_PERSON)
		(void)snprintf(episode, sizeof episode, "%u.%u", t->id.n, t->pinned_by);
	landing_text_line(str_of(r->spec.title), 0, &title);
	landing_text_summary(r, &summary);
	values[WORD_TICKET].value = id;
	values[WORD_TITLE].value = title.p;
	values[WORD_BRANCH].value = r->spec.branch;
	values[WORD_BASE].value = r->spec.base;
	values[WORD_REPO].value = r->spec.repo;
	values[WORD_EPISODE].value = episode;
	values[WORD_COMMIT].value = t->passed.hex;
	values[WORD_SUMMARY].value = summary.p;
	return words_fill(words, values, err);
}

void
landing_text_message(
    const struct record *r, enum landing way, const char *template, struct buf *ret)
{
	const char *usual = way == LANDING_SQUASH ? "{title}" : "Merge ticket {ticket}: {title}";
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct str filled;

	strvec_push(&words, template ? template : usual);
	if (landing_text_fill(r, &words, NULL) < 0)
		BUG("the template of a message was not checked");
	filled = str_of(words.v[0]);
	while (filled.len > 0 && strchr("\n\t ", filled.p[filled.len - 1]))
		filled.len--;
	buf_add_str(ret, filled);
	if (filled.len == 0)
		buf_addf(ret, "Ticket %u", r->ticket.id.n);
	buf_addch(ret, '\n');
}

void
landing_text_trailers(const struct record *r, struct buf *ret)
{
	buf_addf(ret, "Ticket: %u\nBranch: ", r->ticket.id.n);
	landing_text_line(str_of(r->spec.branch), 0, ret);
	buf_addch(ret, '\n');
}
