/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve answer: words for a worker that asks; or one of the choices that it offers; or, on a terminal, what the
 * person types when the question is shown.
 *
 * A number means something with one question only: with a choice, and with what was typed under a question, goes
 * the revision at which it was read, so that an answer never reaches another question.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli_mutate.h"
#include "cli/cli_print.h"
#include "codec/choice.h"
#include "store/tickets.h"

#define ANSWER_LINE_MAX 4096 /* with its end; N_TTY_BUF_SIZE of Linux, which cuts longer ones */
#define ANSWER_MORE_MS                                                                             \
	100 /* the lines of one paste come sooner than this; a person's next line does not */

struct question {
	struct record record;
	struct buf text;
	struct strvec choices;
};
#define QUESTION_INIT                                                                              \
	{                                                                                          \
		.record = { .history = BUF_INIT }, .text = BUF_INIT, .choices = STRVEC_INIT        \
	}

static void
question_release(struct question *q)
{
	record_release(&q->record);
	buf_release(&q->text);
	strvec_release(&q->choices);
}

/* The exit code; EXIT_REFUSED: it asks nothing. */
static int
question_read(struct cli *c, const char *arg, struct question *ret)
{
	int status = cli_ticket(c, arg, &ret->record);

	if (status != EXIT_OK || choices_open(&ret->record, &ret->text, &ret->choices))
		return status;
	cli_say("ticket %u asks nothing: it is %s (rev %llu)", ret->record.ticket.id.n,
	    phase_name(ret->record.ticket.phase), (unsigned long long)ret->record.ticket.rev);
	return EXIT_REFUSED;
}

static void
question_say_choices(const struct question *q)
{
	for (size_t i = 0; i < q->choices.n; i++)
		cli_say("  %zu. %s", i + 1, q->choices.v[i]);
}

/* The words of choice n, or what there is to choose from. */
static int
question_choose(const struct question *q, uint64_t n, struct buf *ret)
{
	unsigned id = q->record.ticket.id.n;

	if (q->choices.n == 0) {
		cli_say("the question of ticket %u has no choices; answer with -m TEXT", id);
		return EXIT_REFUSED;
	}
	if (n < 1 || n > q->choices.n) {
		cli_say("the question of ticket %u has no choice %llu; there are:", id,
		    (unsigned long long)n);
		question_say_choices(q);
		return EXIT_REFUSED;
	}
	choice_answer(&q->choices, n, ret);
	return EXIT_OK;
}

static ssize_t
answer_read_some(struct buf *ret)
{
	char some[ANSWER_LINE_MAX];
	ssize_t n;

	do
		n = read(STDIN_FILENO, some, sizeof some);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		buf_add(ret, some, (size_t)n);
	return n;
}

/* Without lines: what has come is given out also without a line end.  For a moment, and without signals, which would leave
 * the terminal so. */
struct answer_raw {
	struct termios was;
	sigset_t mask;
};

static bool
answer_raw_begin(struct answer_raw *r)
{
	struct termios now;
	sigset_t all;

	if (tcgetattr(STDIN_FILENO, &r->was) < 0)
		return false;
	now = r->was;
	now.c_lflag &= ~(tcflag_t)ICANON;
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &r->mask);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &now);
	return true;
}

static void
answer_raw_end(const struct answer_raw *r)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &r->was);
	(void)sigprocmask(SIG_SETMASK, &r->mask, NULL);
}

static bool
answer_comes_more(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, ANSWER_MORE_MS) > 0;
}

/* The rest of a paste that is no answer, however much of it is still on its way: it is nobody's command. */
static void
answer_drop(void)
{
	_cleanup_(buf_release) struct buf dropped = BUF_INIT;
	struct answer_raw raw;

	if (!answer_raw_begin(&raw))
		return;
	while (answer_comes_more() && answer_read_some(&dropped) > 0)
		buf_clear(&dropped);
	answer_raw_end(&raw);
}

/* One read of a terminal is one line.  0: the end; -1: it cannot be read, or is longer than terminals take. */
static ssize_t
answer_read_line(struct buf *ret)
{
	ssize_t n = answer_read_some(ret);

	if (n >= ANSWER_LINE_MAX) {
		answer_drop();
		cli_say("a terminal takes no line of more than %d bytes: answer with -F FILE",
		    ANSWER_LINE_MAX - 1);
		return -1;
	}
	return n;
}

/* What has come behind the first line.  *ret_end: and that was all. */
static void
answer_read_more(struct buf *ret, bool *ret_end)
{
	struct answer_raw raw;
	size_t from = ret->len;

	*ret_end = true;
	if (!answer_raw_begin(&raw))
		return;
	if (answer_comes_more())
		(void)answer_read_some(ret);
	answer_raw_end(&raw);
	*ret_end = ret->len == from;
	/* Ctrl-D is a byte there, or the mark that the terminal made of it. */
	for (size_t i = from; i < ret->len; i++)
		if (ret->p[i] == '\004' || ret->p[i] == '\0') {
			buf_truncate(ret, i);
			*ret_end = true;
		}
}

/* What is typed: one line; or all that is pasted, which the shell must not get the rest of as commands: then it ends
 * where the person says so.  False: nothing of it is the answer. */
static bool
answer_read(struct buf *ret)
{
	ssize_t n = answer_read_line(ret);
	size_t first = ret->len;
	bool is_end;

	if (n <= 0)
		return n == 0;
	answer_read_more(ret, &is_end);
	if (ret->len > first)
		cli_say("that is more than a line: all of it is the answer, up to Ctrl-D on a line "
			"of its own");
	while (!is_end && (n = answer_read_line(ret)) > 0)
		;
	return n >= 0;
}

/* Shows it on the terminal, and takes what is typed. */
static int
question_ask(const struct question *q, struct buf *ret)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(buf_release) struct buf typed = BUF_INIT;
	struct str words;
	uint64_t n;
	int status;

	print_open(&p);
	print_text(&p, PRINT_BOLD, str_of(q->record.spec.title));
	print_words(&p, "\n\n");
	print_lines(&p, 4, buf_str(&q->text));
	print_words(&p, "\n%s: ", q->choices.n > 0 ? "a number, or your words" : "your words");
	status = print_close(&p);
	if (status != EXIT_OK)
		return status;
	if (!answer_read(&typed))
		return EXIT_REFUSED;
	words = str_trim(buf_str(&typed));
	while (words.len > 0 && (words.p[words.len - 1] == '\n' || words.p[words.len - 1] == '\r'))
		words = str_trim(str_n(words.p, words.len - 1));
	if (words.len == 0) {
		cli_say("nothing was answered");
		return EXIT_REFUSED;
	}
	if (q->choices.n > 0 && str_u64(words, &n))
		return question_choose(q, n, ret);
	buf_add_str(ret, words);
	return EXIT_OK;
}

static int
answer_publish(struct cli *c, const struct mutation *m, struct signal *s)
{
	return mutate(
	    c, m, s, &(struct done_words){ .word = "answered; its worker goes on with that" });
}

/* By a question that was read: a choice of it, or what is typed under it. */
static int
answer_question(struct cli *c, const struct mutation *m, const char *arg, const char *choice)
{
	_cleanup_(question_release) struct question q = QUESTION_INIT;
	_cleanup_(signal_release) struct signal s = { 0 };
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	uint64_t n = 0;
	int status;

	if (choice != NULL && !str_u64(str_of(choice), &n))
		return cli_usage(
		    m->command, "--choice takes the number of one, not \"%s\"", choice);
	status = question_read(c, arg, &q);
	if (status == EXIT_OK)
		status = choice != NULL ? question_choose(&q, n, &text) : question_ask(&q, &text);
	if (status != EXIT_OK)
		return status;
	s.event.kind = EVENT_ANSWER;
	s.event.ticket = q.record.ticket.id;
	s.event.expect_rev =
	    q.record.ticket.question_rev; /* that it has ended since is no conflict */
	set_charp(&s.body, text.p);
	return answer_publish(c, m, &s);
}

static int
answer_text(struct cli *c, const struct mutation *m, const char *arg, const char *text)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(signal_release) struct signal s = { 0 };
	int status = cli_ticket(c, arg, &rec);

	if (status != EXIT_OK)
		return status;
	s.event.kind = EVENT_ANSWER;
	s.event.ticket = rec.ticket.id;
	set_charp(&s.body, text);
	return answer_publish(c, m, &s);
}

int
cmd_answer(struct cli *c, int argc, char **argv)
{
	_cleanup_(free_charp) char *text = NULL;
	struct mutation m = { .command = argv[0] };
	const char *message = NULL, *file = NULL, *choice = NULL;
	const struct cli_option options[] = {
		{ 'm', "message", .value = &message },
		{ 'F', "file", .value = &file },
		{ 0, "choice", .value = &choice },
		MUTATION_OPTIONS(m),
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 2, &args, &status))
		return status;
	if ((args.n == 2) + (message != NULL || file != NULL) + (choice != NULL) > 1)
		return cli_usage(argv[0], "the answer is given twice");
	status = cli_text(argv[0], args.n == 2 ? args.v[1] : message, file, &text);
	if (status != EXIT_OK)
		return status;
	if (text != NULL)
		return answer_text(c, &m, args.v[0], text);
	if (choice == NULL && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return cli_usage(argv[0], "the answer is missing");
	return answer_question(c, &m, args.v[0], choice);
}
