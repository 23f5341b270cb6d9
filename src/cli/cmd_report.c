/* SPDX-License-Identifier: GPL-2.0-only */
/* done question note: what an author says; review, which is a person's command, too, is in cmd_review.c. */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_mutate.h"
#include "cli/cli_report.h"
#include "codec/choice.h"

/* The commit is the report, the text only tells of it. */
int
cmd_done(struct cli *c, int argc, char **argv)
{
	_cleanup_(free_charp) char *text = NULL;
	struct report r = { .command = argv[0], .kind = EVENT_DONE };
	const char *message = NULL, *file = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		{ 0, "commit", .value = &r.commit },
		{ 0, "wip", .flag = &r.is_wip },
		REPORT_OPTIONS(r),
		{ 0 },
	};
	struct operands none;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_text(argv[0], message, file, &text);
	return status != EXIT_OK ? status : report_run(c, &r, text);
}

static int
report_choices(const char *command, const struct strvec *choices)
{
	if (choices->n > CHOICES_MAX)
		return cli_usage(command, "--choice can be given %d times at most", CHOICES_MAX);
	for (size_t i = 0; i < choices->n; i++) {
		const char *wrong = choice_wrong(str_of(choices->v[i]));

		if (wrong != NULL)
			return cli_usage(command, "--choice must be %s", wrong);
	}
	return EXIT_OK;
}

/* question, note: the text is the report. */
static int
report_words(struct cli *c, int argc, char **argv, enum event_kind kind)
{
	_cleanup_(free_charp) char *text = NULL;
	_cleanup_(strvec_release) struct strvec choices = STRVEC_INIT;
	struct report r = { .command = argv[0], .kind = kind, .choices = &choices };
	const char *message = NULL, *file = NULL;
	struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		REPORT_OPTIONS(r),
		{ 0, "choice", .list = &choices }, /* of a question: the last one */
		{ 0 },
	};
	struct operands words;
	int status;

	if (kind != EVENT_QUESTION)
		options[ARRAY_LEN(options) - 2] = (struct cli_option){ 0 };
	if (!options_parse(argv[0], options, argc, argv, 0, 1, &words, &status))
		return status;
	status = report_choices(argv[0], &choices);
	if (status != EXIT_OK)
		return status;
	if (words.n == 1 && (message != NULL || file != NULL))
		return cli_usage(argv[0], "the text is given twice");
	status = cli_text(argv[0], words.n == 1 ? words.v[0] : message, file, &text);
	if (status != EXIT_OK)
		return status;
	if (text == NULL || str_trim(str_of(text)).len == 0)
		return cli_usage(argv[0], "the text is missing");
	return report_run(c, &r, text);
}

int
cmd_question(struct cli *c, int argc, char **argv)
{
	return report_words(c, argc, argv, EVENT_QUESTION);
}

int
cmd_note(struct cli *c, int argc, char **argv)
{
	return report_words(c, argc, argv, EVENT_NOTE);
}
