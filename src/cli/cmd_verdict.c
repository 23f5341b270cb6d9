/* SPDX-License-Identifier: GPL-2.0-only */
/* pass fail: a person's verdict about the commit that is pinned; inside a worker the reviewer's. */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_mutate.h"
#include "cli/cli_report.h"
#include "codec/comment.h"

struct judgement {
	const char *command;
	bool is_pass;
	const char *commit; /* --commit */
	const char *text;   /* NULL: none */
};

/* A FAIL needs words; those that were said about the commit line by line will do. */
static int
verdict_by_comments(const struct record *rec, struct oid commit, struct buf *ret)
{
	_cleanup_(comments_release) struct comments l = { 0 };
	struct str rest = buf_str(&rec->history);
	struct history_entry h;
	size_t n = 0;

	while (history_next(&rest, &h, NULL) == 0)
		if (comments_add(&l, &h) && oid_eq(h.event.commit, commit)) {
			buf_addf(ret, "%s%llu", n++ > 0 ? ", " : "", (unsigned long long)h.rev);
		} else if (h.event.kind == EVENT_REJECT) { /* it went back with these */
			buf_clear(ret);
			n = 0;
		}
	if (n == 0)
		return cli_usage(
		    "fail", "say what is wrong, with -m TEXT, or comment on its lines");
	_cleanup_(free_charp) char *revs = buf_take(ret);
	buf_addf(ret, "See the %zu comment%s on this commit (revision%s %s).", n, n == 1 ? "" : "s",
	    n == 1 ? "" : "s", revs);
	return EXIT_OK;
}

static int
verdict_of_person(struct cli *c, struct mutation *m, const struct judgement *v, const char *arg)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(signal_release) struct signal s = { 0 };
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	int status = cli_ticket(c, arg, &rec);

	if (status != EXIT_OK)
		return status;
	s.event.kind = v->is_pass ? EVENT_ACCEPT : EVENT_REJECT;
	s.event.ticket = rec.ticket.id;
	s.event.commit = rec.ticket.pinned; /* what the person looked at, unless he names another */
	if (v->commit != NULL && !oid_parse(str_of(v->commit), &s.event.commit))
		return cli_usage(v->command, "--commit takes a whole commit id");
	if (!v->is_pass && v->text == NULL) {
		status = verdict_by_comments(&rec, s.event.commit, &words);
		if (status != EXIT_OK)
			return status;
	}
	set_charp(&s.body, words.len > 0 ? words.p : v->text);
	return mutate(c, m, &s,
	    &(struct done_words){
		.word = v->is_pass ? "passed" : "failed; it goes back to its author" });
}

static int
verdict_run(struct cli *c, int argc, char **argv, bool is_pass)
{
	_cleanup_(free_charp) char *text = NULL;
	struct mutation m = { .command = argv[0] };
	struct report r = { .command = argv[0], .kind = is_pass ? EVENT_PASS : EVENT_FAIL };
	struct judgement v = { .command = argv[0], .is_pass = is_pass };
	const char *message = NULL, *file = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		{ 0, "commit", .value = &v.commit },
		MUTATION_OPTIONS(m),
		IDENTITY_OPTIONS(r.who),
		{ 0 },
	};
	struct operands args;
	bool is_worker;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 0, 1, &args, &status))
		return status;
	is_worker = cli_is_worker() || r.who.ticket != NULL || r.who.nonce_file != NULL;
	if (!is_worker && args.n == 0)
		return cli_usage(argv[0], "which ticket?");
	if (is_worker && m.expect != NULL)
		return cli_usage(
		    argv[0], "--expect is for a person; a worker's episode says enough");
	status = cli_text(argv[0], message, file, &text);
	if (status != EXIT_OK)
		return status;
	if (!is_pass && (is_worker || text != NULL) && str_trim(str_of(text)).len == 0)
		return cli_usage(argv[0], "say what is wrong, with -m TEXT");
	v.text = text;
	if (!is_worker)
		return verdict_of_person(c, &m, &v, args.v[0]);
	r.is_hasty = m.is_hasty;
	r.commit = v.commit;
	r.ticket = args.n == 1 ? args.v[0] : NULL;
	return report_run(c, &r, text);
}

int
cmd_pass(struct cli *c, int argc, char **argv)
{
	return verdict_run(c, argc, argv, true);
}

int
cmd_fail(struct cli *c, int argc, char **argv)
{
	return verdict_run(c, argc, argv, false);
}
