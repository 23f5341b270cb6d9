/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve review: with a ticket, what a person looks at before a verdict, in the pager; without one, a worker's
 * report that its work wants to be looked at (cmd_report.c).
 */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_mutate.h"
#include "cli/cli_pager.h"
#include "cli/cli_report.h"
#include "cli/cli_review.h"

static int
review_show(struct cli *c, const char *arg, bool is_stat, bool is_json)
{
	_cleanup_(review_release) struct reviewed r = REVIEW_INIT;
	_cleanup_(print_release) struct print p = PRINT_INIT;
	int status = review_gather(c, arg, &r);

	if (status != EXIT_OK)
		return status;
	print_open(&p);
	status = review_read_git(&r, is_stat, p.width);
	if (status != EXIT_OK)
		return status;
	if (is_json) {
		review_json(&p, &r);
		return print_close(&p);
	}
	review_print(&p, &r, is_stat);
	return pager_close(&p);
}

/* A person's: of one ticket. */
static int
review_of_person(struct cli *c, const char *arg, bool has_words, bool is_stat, bool is_json)
{
	if (cli_is_worker() && has_words)
		return cli_usage(
		    "review", "a worker reports its own work: review -m TEXT, and no ticket");
	if (cli_is_worker())
		return cli_refuse_worker("review ID");
	if (has_words)
		return cli_usage("review",
		    "with a ticket it shows the work, and takes no words: those are for comment, "
		    "pass and fail");
	return review_show(c, arg, is_stat, is_json);
}

int
cmd_review(struct cli *c, int argc, char **argv)
{
	_cleanup_(free_charp) char *text = NULL;
	struct report r = { .command = argv[0], .kind = EVENT_REVIEW };
	const char *message = NULL, *file = NULL;
	bool is_stat = false, is_json = false;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		{ 0, "commit", .value = &r.commit },
		{ 0, "wip", .flag = &r.is_wip },
		{ 0, "stat", .flag = &is_stat },
		{ 0, "json", .flag = &is_json },
		REPORT_OPTIONS(r),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 0, 1, &args, &status))
		return status;
	if (args.n == 1)
		return review_of_person(c, args.v[0],
		    message || file || r.commit || r.is_wip || r.is_hasty || r.who.ticket ||
			r.who.episode || r.who.nonce_file,
		    is_stat, is_json);
	if (is_stat || is_json)
		return cli_usage(argv[0], "which ticket?");
	status = cli_text(argv[0], message, file, &text);
	if (status != EXIT_OK)
		return status;
	status = report_run(c, &r, text);
	if (status == EXIT_NOT_ACCEPTED && !cli_is_worker())
		cli_say("to look at a ticket: `reeve review ID`");
	return status;
}
