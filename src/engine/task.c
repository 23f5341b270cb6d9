/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/task.h"

#include "codec/ticket_text.h"
#include "engine/commit.h"
#include "engine/filing.h"
#include "engine/hand.h"
#include "store/tickets.h"
#include "sys/log.h"

/* Did a ticket that is set aside come of it?  Its file may be damaged; the id is still in it. */
static bool
task_made_aside(struct engine *e, const struct event *ev, bool *ret_unclear)
{
	_cleanup_(buf_release) struct buf key = BUF_INIT;

	buf_addf(&key, " sig=%s:", ev->sig.s); /* as history_add() writes it, and no other text */
	for (size_t i = 0; i < e->aside.n; i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		int rc = ticket_read_bytes(e->root, e->aside.v[i].id, &b, NULL);

		if (rc == ERR_IO || rc == ERR_LIMIT || rc == ERR_BUSY) /* the disk, just now */
			*ret_unclear = true;
		else if (rc == 0 && str_find(buf_str(&b), buf_str(&key)) >= 0)
			return true;
	}
	return false;
}

/* The ticket that this `create` made before a crash, if it did. */
static bool
task_was_created(struct engine *e, const struct event *ev, bool *ret_unclear)
{
	for (size_t i = e->items.n; i-- > 0;)
		if (str_find(buf_str(&e->items.v[i]->rec.history), str_of(ev->sig.s)) >= 0 &&
		    history_has_signal(&e->items.v[i]->rec, &ev->sig, &ev->sig_hash) == 1)
			return true;
	return task_made_aside(e, ev, ret_unclear);
}

/* The tickets that something comes after, directly or in turn, each once. */
struct task_before {
	size_t *v; /* places in e->items */
	size_t n;
	size_t cap;
	bool *seen; /* one an item */
};

/* Adds the tickets of this list.  False: one of them is not there. */
static bool
task_add_before(struct engine *e, const char *after, struct task_before *b)
{
	struct str rest = str_of(after), part;

	while (str_cut(&rest, ',', &part) || part.len > 0) {
		struct ticket_id id;
		size_t at;

		if (!ticket_id_parse(part, &id) || !item_place(e, id, &at))
			return false;
		if (!b->seen[at])
			*VEC_PUSH(b) = at;
		b->seen[at] = true;
	}
	return true;
}

/* Is every ticket of this list there, and does none of them come after ticket `self` in turn?  (0: a new
 * ticket, which nothing can come after.) */
static bool
task_may_come_after(struct engine *e, const char *after, uint32_t self)
{
	struct task_before b = { .seen = xcalloc(e->items.n + 1, sizeof *b.seen) };
	bool is_sound = task_add_before(e, after, &b);

	for (size_t i = 0; i < b.n && self > 0 && is_sound; i++) {
		const struct record *r = &e->items.v[b.v[i]]->rec;

		/* what was removed by hand since is nobody's fault here */
		is_sound = r->ticket.id.n != self;
		(void)task_add_before(e, r->spec.after, &b);
	}
	free(b.v);
	free(b.seen);
	return is_sound;
}

int
task_create(struct engine *e, struct signal *s, enum refusal *ret_refusal, struct buf *ret_words,
    bool *ret_unclear, struct err *err)
{
	struct event *ev = &s->event;
	const struct config_repo *repo = config_repo(&e->config, s->spec.repo ? s->spec.repo : "");
	const char *agent = s->spec.agent ? s->spec.agent : config_default_agent(&e->config, repo);
	_cleanup_(buf_release) struct buf branch = BUF_INIT;
	struct ticket unborn = { .rev = 0 };
	struct decision d;
	struct item *it;
	int rc;

	if (task_was_created(e, ev, ret_unclear) || *ret_unclear)
		return 0;
	if (!repo)
		buf_addf(ret_words, "no repository \"%s\" is configured: reeve repo add PATH",
		    s->spec.repo ? s->spec.repo : "");
	else if (!agent || !config_agent(&e->config, agent))
		buf_addf(ret_words,
		    "no agent \"%s\" is configured: add [agent \"%s\"] to the config",
		    agent ? agent : "", agent ? agent : "NAME");
	else if (s->spec.after && !task_may_come_after(e, s->spec.after, 0))
		buf_addf(ret_words, "it comes after %s, and not all of these exist", s->spec.after);
	if (ret_words->len > 0 || !repo) {
		*ret_refusal = REFUSAL_INVALID;
		return 0;
	}
	ev->ticket = hand_next_id(e);
	*ret_unclear = ev->ticket.n == 0;
	if (*ret_unclear)
		return 0;
	if (!ev->review)
		ev->review = e->config.review;
	if (!ev->merge_policy)
		ev->merge_policy = e->config.merge;
	set_charp(&s->spec.agent, agent);
	if (!s->spec.base)
		set_charp(&s->spec.base, repo->base);
	buf_adds(&branch, "reeve/");
	ticket_slug(ev->ticket, s->spec.title, &branch);
	set_charp(&s->spec.branch, branch.p);
	ev->spec = spec_digest(&s->spec);

	unborn.id = ev->ticket;
	d = lifecycle_step(&unborn, ev, e->world->ops->now(e->world).wall_ms);
	if (d.verdict != VERDICT_APPLY) {
		ev->ticket = (struct ticket_id){ 0 };
		*ret_refusal = d.refusal;
		return 0;
	}
	rc = filing_before(e, ev->ticket, err); /* as one that was not known */
	if (rc < 0)
		return rc;
	it = item_add(e);
	it->rec.ticket = unborn;
	rc = engine_apply(e, it, ev, &d, &s->spec, NULL, err);
	if (it->rec.ticket.rev == 0)
		item_drop_last(e);
	else
		e->last_id = ev->ticket.n;
	if (rc == 0)
		log_line(LOG_INFO, "ticket %u: created by %s", ev->ticket.n, ev->actor);
	return rc;
}

/* In an edit, "" takes the value away. */
static void
task_change(char **field, const char *value)
{
	if (value)
		set_charp(field, value[0] ? value : NULL);
}

bool
task_is_changed_by(enum event_kind kind)
{
	return kind == EVENT_EDIT || kind == EVENT_ASSIGN;
}

/* The task as it would be after the command. */
void
task_after(const struct item *it, struct signal *s, struct spec *ret)
{
	struct event *ev = &s->event;

	spec_copy(ret, &it->rec.spec);
	if (s->spec.title)
		set_charp(&ret->title, s->spec.title);
	if (s->spec.text)
		set_charp(&ret->text, s->spec.text);
	if (s->spec.agent)
		set_charp(&ret->agent, s->spec.agent);
	if (s->spec.base)
		set_charp(&ret->base, s->spec.base);
	task_change(&ret->from, s->spec.from);
	task_change(&ret->after, s->spec.after);
	task_change(&ret->mission, s->spec.mission);
	task_change(&ret->notify, s->spec.notify);
	ev->has_spec =
	    s->spec.title || s->spec.text || s->spec.agent || s->spec.base || s->spec.from;
	ev->spec = spec_digest(ret);
}

/* NULL: none. */
const char *
task_fault(struct engine *e, const struct item *it, const struct signal *s)
{
	if (s->spec.after && !task_may_come_after(e, s->spec.after, s->event.ticket.n))
		return "it would come after a ticket that is not there, or after itself";
	if (s->spec.from && it->rec.ticket.episode.n > 0)
		return "where its branch begins cannot be changed: it has been started, and the "
		       "branch is there";
	if (s->spec.agent && !config_agent(&e->config, s->spec.agent))
		return "no such agent is configured";
	return NULL;
}
