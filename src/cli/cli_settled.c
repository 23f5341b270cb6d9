/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_settled.h"

#include "codec/ticket_text.h"
#include "store/events.h"
#include "store/spool.h"
#include "store/tickets.h"

/* The revision of this ticket that names the signal; 0: none does. */
static uint64_t
settled_rev_of(struct root *r, struct ticket_id id, const struct signal_id *sig)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct history_entry entry = { 0 };
	struct str rest;

	if (ticket_read(r, id, &rec, NULL) < 0)
		return 0;
	rest = buf_str(&rec.history);
	while (history_next(&rest, &entry, NULL) == 0)
		if (signal_id_eq(&entry.event.sig, sig))
			return entry.rev;
	return 0;
}

/* A new ticket is among the last ones. */
static int
settled_search(struct root *r, const struct signal *s, struct ticket_id *ret_ticket,
    uint64_t *ret_rev, struct err *err)
{
	_cleanup_(ticket_ids_release) struct ticket_ids ids = { 0 };

	if (s->event.ticket.n != 0) {
		*ret_rev = settled_rev_of(r, s->event.ticket, &s->event.sig);
		*ret_ticket = s->event.ticket;
		return *ret_rev != 0;
	}
	if (tickets_list(r, &ids, err) < 0)
		return err != NULL ? err->code : ERR_IO;
	for (size_t i = ids.n; i-- > 0;) {
		*ret_rev = settled_rev_of(r, ids.v[i], &s->event.sig);
		*ret_ticket = ids.v[i];
		if (*ret_rev != 0)
			return 1;
	}
	return 0;
}

int
settled_applied(struct root *r, const struct signal *s, struct publish_result *ret, struct err *err)
{
	struct publish_result result = { .outcome = PUBLISH_APPLIED };
	int found = events_find(r, &s->event.sig, &result.ticket, &result.rev, NULL);

	if (found <= 0)
		found = settled_search(r, s, &result.ticket, &result.rev, err);
	if (found < 0)
		return found;
	if (found == 0)
		return err_set(err, ERR_IO,
		    "signal %s is in spool/done, but no ticket names it. Run `reeve fsck`",
		    s->event.sig.s);
	*ret = result;
	return 0;
}

int
settled_refused(struct root *r, const struct signal *s, struct publish_result *ret, struct err *err)
{
	struct publish_result result = { .outcome = PUBLISH_REFUSED, .refusal = REFUSAL_INVALID };
	_cleanup_(refused_list_release) struct refused_list list = { 0 };
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const char *text = "";
	int e = spool_refused(r, &list, err);

	if (e < 0)
		return e;
	buf_addf(&name, "%s.json", s->event.sig.s);
	for (size_t i = 0; i < list.n; i++) {
		const struct refused *one = &list.v[i];

		if (one->name == NULL || strcmp(one->name, name.p) != 0)
			continue;
		result.refusal = one->why;
		result.ticket = one->ticket;
		text = one->text != NULL ? one->text : refusal_text(one->why);
	}
	if (result.ticket.n == 0)
		result.ticket = s->event.ticket;
	(void)snprintf(result.text, sizeof result.text, "%s: %s",
	    result.refusal != REFUSAL_NONE ? refusal_name(result.refusal) : "unknown", text);
	*ret = result;
	return 0;
}
