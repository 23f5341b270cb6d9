/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_mutate.h"

#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"

bool
mutate_publish(struct cli *c, const struct mutation *m, struct signal *s,
    struct publish_result *ret, int *ret_status)
{
	struct err err = ERR_INIT;
	int e;

	if (m->expect != NULL && !options_number(m->command, "--expect", m->expect, UINT32_MAX,
				     &s->event.expect_rev, ret_status))
		return false;
	*ret_status = cli_root(c);
	if (*ret_status != EXIT_OK)
		return false;
	e = cli_publish(c, s, NULL, !m->is_hasty, ret, &err);
	if (e < 0)
		*ret_status = cli_fail(&err);
	return e == 0;
}

static enum phase
mutate_phase(struct cli *c, struct ticket_id id, uint64_t *ret_rev)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	if (ticket_read(&c->root, id, &rec, NULL) < 0)
		return PHASE_UNBORN;
	*ret_rev = rec.ticket.rev;
	return rec.ticket.phase;
}

/* What `illegal` leaves open: which tickets would have taken it, or what it lacks.  False: the phase is not the reason. */
static bool
mutate_say_illegal(
    const char *command, enum event_kind kind, struct ticket_id id, enum phase now, uint64_t rev)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (strcmp(lifecycle_cell(now, kind), "step") == 0) {
		if (kind != EVENT_UNPARK)
			return false;
		cli_say("refused: %u is %s now (rev %llu): it is not parked, and nobody has asked "
			"for that",
		    id.n, phase_name(now), (unsigned long long)rev);
		return true;
	}
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		if (p != PHASE_UNBORN && strcmp(lifecycle_cell((enum phase)p, kind), "step") == 0)
			buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", phase_name((enum phase)p));
	cli_say("refused: %u is %s now (rev %llu), and %s is for tickets that are: %s", id.n,
	    phase_name(now), (unsigned long long)rev, command, b.len > 0 ? b.p : "-");
	if (kind == EVENT_PRUNE)
		cli_say("`reeve cancel %u` first, if it is not wanted any more", id.n);
	return true;
}

void
mutate_forget(struct cli *c, const struct signal *s, const struct publish_result *r)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, why = BUF_INIT;

	if (r->outcome != PUBLISH_REFUSED)
		return;
	buf_addf(&name, "%s.json", s->event.sig.s);
	buf_addf(&why, "%s.why", s->event.sig.s);
	(void)spool_discard(&c->root, name.p, why.p, NULL); /* else it is shown: no harm */
}

int
mutate_report(struct cli *c, const struct mutation *m, const struct signal *s,
    const struct publish_result *r, const struct done_words *words)
{
	const char *word = words->word;
	enum phase phase = PHASE_UNBORN;
	uint64_t rev = 0;
	int status;

	if (m->is_hasty) {
		cli_out("durable %s", s->event.sig.s);
		return EXIT_OK;
	}
	if (r->outcome == PUBLISH_APPLIED && words->phase != PHASE_UNBORN &&
	    mutate_phase(c, r->ticket, &rev) != words->phase)
		word = words->otherwise;
	if (r->outcome == PUBLISH_REFUSED && r->ticket.n != 0)
		phase = mutate_phase(c, r->ticket, &rev);
	if (phase != PHASE_UNBORN && r->refusal == REFUSAL_ILLEGAL &&
	    mutate_say_illegal(m->command, s->event.kind, r->ticket, phase, rev)) {
		mutate_forget(c, s, r);
		return EXIT_REFUSED;
	}
	status = cli_publish_report(r, word, false);
	mutate_forget(c, s, r);
	if (phase != PHASE_UNBORN)
		cli_say("%u is %s now (rev %llu)", r->ticket.n, phase_name(phase),
		    (unsigned long long)rev);
	return status;
}

int
mutate(struct cli *c, const struct mutation *m, struct signal *s, const struct done_words *words)
{
	struct publish_result result = { 0 };
	int status;

	if (!mutate_publish(c, m, s, &result, &status))
		return status;
	return mutate_report(c, m, s, &result, words);
}

int
cli_text(const char *command, const char *message, const char *file, char **ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;
	int e;

	if (message != NULL && file != NULL)
		return cli_usage(command, "-m and -F are two texts; give one");
	if (message != NULL)
		buf_adds(&b, message);
	if (message == NULL && file == NULL)
		return EXIT_OK;
	if (file != NULL) {
		if (strcmp(file, "-") == 0)
			e = file_read_fd(io_real(), STDIN_FILENO, TICKET_TEXT_MAX, &b, &err);
		else
			e = file_read(io_real(), IO_CWD, file, TICKET_TEXT_MAX, &b, &err);
		if (e < 0) {
			(void)err_prefix(&err,
			    strcmp(file, "-") == 0 ? "the text on standard input" : "the text");
			if (e == ERR_LIMIT) /* and not "try again": it is as long then */
				err.code = ERR_INVALID;
			return cli_fail(&err);
		}
	}
	if (memchr(b.p, '\0', b.len) != NULL || !str_is_utf8(buf_str(&b))) {
		cli_say("%s: the text is not UTF-8 text", command);
		return EXIT_REFUSED;
	}
	*ret = buf_take(&b);
	return EXIT_OK;
}
