/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages: whoever is named by a ticket reads when it likes, and is ended in between; each revision that
 * needs somebody is one file, in new/ or in read/, whatever happened.
 */
#include "base/base.h"

#include "sim.h"

#include "store/inbox.h"
#include "sys/file.h"

static const char *const names[] = { "ann", "boss" };

const char *
inbox_choose(void)
{
	unsigned dice = sim_random(2 * ARRAY_LEN(names));

	return dice < ARRAY_LEN(names) ? names[dice] : NULL;
}

/* --- those who read --- */

static void
reader_note(const char *name)
{
	for (size_t i = 0; i < sim.printed.n; i++)
		if (strcmp(sim.printed.v[i], name) == 0)
			return;
	strvec_push(&sim.printed, name);
}

/* Some of what is there: printed, and then marked as read, or not. */
void
inbox_step(void)
{
	const char *name = names[sim_random(ARRAY_LEN(names))];
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct inbox_place place = inbox_of_name(name);
	struct root r = sim_root(&sim.person);
	struct inbox b = INBOX_INIT;

	sim.is_shut = sim.is_shut ? sim_random(10) > 0 : sim_chance(sim.swarm.shut);
	if (inbox_open(&r, &place, &b, NULL) < 0)
		return;
	if (inbox_list(&b, &found, NULL) == 0)
		for (size_t i = 0; i < found.n && !sim.person.is_dead; i++) {
			_cleanup_(buf_release) struct buf bytes = BUF_INIT;

			if (sim_random(3) == 0 || inbox_read(&b, found.v[i], &bytes, NULL) < 0 ||
			    sim.person.is_dead)
				continue;
			reader_note(found.v[i]);
			sim_say("%s reads %s", name, found.v[i]);
			if (sim_random(4))
				(void)inbox_take(&b, found.v[i], NULL); /* or it reads it again */
		}
	inbox_close(&b);
}

/* --- what has to be true --- */

enum worth { WORTH_NOTHING, WORTH_MAYBE, WORTH_A_MESSAGE };

static bool
is_for_somebody(enum phase p)
{
	return p == PHASE_ASKING || p == PHASE_HUMAN_REVIEW || p == PHASE_ATTENTION ||
	       p == PHASE_DONE || p == PHASE_CANCELLED;
}

/* Once more, and in other words than the core has. */
static enum worth
worth_of(const struct history_entry *h)
{
	enum event_kind k = h->event.kind;

	if (k == EVENT_QUESTION || k == EVENT_REMIND)
		return WORTH_A_MESSAGE;
	if (h->from != h->to && is_for_somebody(h->to))
		return WORTH_A_MESSAGE;
	if (k == EVENT_HELD)
		return h->to == PHASE_APPROVED ? WORTH_A_MESSAGE : WORTH_MAYBE;
	if (k == EVENT_HOOK_FAILED) /* the last time */
		return WORTH_MAYBE;
	/* as the policy was then */
	return h->to == PHASE_APPROVED && h->from != h->to ? WORTH_MAYBE : WORTH_NOTHING;
}

static const struct fs_node *
part_of(const char *name, const char *part)
{
	const struct fs_node *n = fs_child(fs_fd(&sim.fs, sim.eyes.dir)->node, "inbox");

	n = n ? fs_child(n, name) : NULL;
	return n ? fs_child(n, part) : NULL;
}

static bool
is_delivered(const char *to, uint32_t id, uint64_t rev)
{
	const struct fs_node *new = part_of(to, "new"), *read = part_of(to, "read");
	char name[40];

	(void)snprintf(name, sizeof name, "%u.%llu.json", id, (unsigned long long)rev);
	return (new &&fs_child(new, name)) || (read && fs_child(read, name));
}

/* Those of all revisions but the last are there, or the header says from where on they are owed. */
void
inbox_check_ticket(uint32_t id, const struct record *rec, bool is_end)
{
	const char *to = rec->spec.notify;
	const struct ticket *t = &rec->ticket;
	uint64_t due = is_end ? t->rev + 1 : t->unsent > 0 ? t->unsent : t->rev;
	struct str rest = buf_str(&rec->history);
	struct history_entry h;

	if (t->unsent > t->rev || (t->unsent > 0 && !to && !t->episode.n))
		sim_fail("ticket %u: messages are owed from revision %llu on, of %llu", id,
		    (unsigned long long)t->unsent, (unsigned long long)t->rev);
	while (to != NULL && history_next(&rest, &h, NULL) == 0 && h.rev < due)
		if (worth_of(&h) == WORTH_A_MESSAGE && !is_delivered(to, id, h.rev))
			sim_fail("%s was not told of revision %llu of ticket %u (%s), which is at "
				 "%llu",
			    to, (unsigned long long)h.rev, id, event_name(h.event.kind),
			    (unsigned long long)t->rev);
}

static void
check_message(const char *to, const char *name, bool is_read)
{
	unsigned long long rev = 0;
	unsigned id = 0;
	struct str rest;
	struct history_entry h = { 0 };
	bool was_printed = false;

	if (sscanf(name, "%u.%llu.json", &id, &rev) != 2 || id == 0 || id >= SIM_TICKETS)
		sim_fail("%s has %s", to, name);
	rest = buf_str(&sim.tickets[id].rec.history);
	while (history_next(&rest, &h, NULL) == 0 && h.rev < rev)
		;
	if (h.rev != rev || worth_of(&h) == WORTH_NOTHING || !sim.tickets[id].rec.spec.notify ||
	    strcmp(sim.tickets[id].rec.spec.notify, to) != 0)
		sim_fail("%s is told of revision %llu of ticket %u, and nobody asked for that", to,
		    rev, id);
	for (size_t i = 0; i < sim.printed.n; i++)
		was_printed |= strcmp(sim.printed.v[i], name) == 0;
	if (is_read && !was_printed)
		sim_fail("%s was marked as read by nobody who had read it", name);
	cover->n[is_read ? COVER_MESSAGE_READ : COVER_MESSAGE]++;
}

void
inbox_check_all(void)
{
	for (uint32_t id = 1; id < SIM_TICKETS; id++)
		if (sim.tickets[id].rev > 0 && sim.tickets[id].damage.len == 0)
			inbox_check_ticket(id, &sim.tickets[id].rec, false);
}

/* Of an episode: what its worker was told of refused reports, which were its own and refused; and not too often.
 * ret: how many. */
static unsigned
check_answers(const struct fs_node *dir, struct episode_id ep)
{
	unsigned count = 0;

	for (size_t n = 0; dir && n < dir->now.n; n++) {
		const char *name = dir->now.v[n].name, *at = strstr(name, ".refused.");
		const struct ghost_signal *g;
		char id[100];

		if (at == NULL)
			continue;
		(void)snprintf(id, sizeof id, "%s", at + strlen(".refused."));
		id[strlen(id) - strlen(".json")] = '\0';
		g = check_signal(id);
		if (g == NULL || g->author.ticket.n != ep.ticket.n || g->author.n != ep.n)
			sim_fail("%u.%u is told of %s, which it never said", ep.ticket.n, ep.n, id);
		if (g->applied > 0)
			sim_fail("%u.%u is told that %s is refused, and it is applied", ep.ticket.n,
			    ep.n, id);
		cover->n[COVER_ANSWERED]++;
		count++;
	}
	return count;
}

/* The episode that was the last to begin before that revision of the ticket; and what the revision is. */
static uint32_t
episode_at(uint32_t id, uint64_t rev, struct history_entry *ret)
{
	struct str rest = buf_str(&sim.tickets[id].rec.history);
	uint32_t n = 0;

	*ret = (struct history_entry){ 0 };
	while (ret->rev < rev && history_next(&rest, ret, NULL) == 0)
		if (ret->event.kind == EVENT_START)
			n = ret->event.episode.n;
	return n;
}

/* What a worker is told was said to it, and to none before it. */
static void
check_told(uint32_t id, uint32_t episode, const char *name)
{
	struct history_entry h;
	unsigned long long rev;
	unsigned of;

	if (strstr(name, ".refused.") != NULL)
		return;
	if (sscanf(name, "%u.%llu.json", &of, &rev) != 2 || of != id)
		sim_fail("the worker of %u.%u has %s", id, episode, name);
	if (episode_at(id, rev, &h) != episode || h.rev != rev || h.event.kind != EVENT_TELL)
		sim_fail("the worker of %u.%u is told of revision %llu, which was not said to it",
		    id, episode, rev);
	cover->n[COVER_TOLD]++;
}

static void
check_tells(const struct fs_node *dir, struct episode_id ep)
{
	for (size_t i = 0; dir && i < dir->now.n; i++)
		if (!str_starts(str_of(dir->now.v[i].name), FILE_TMP_PREFIX))
			check_told(ep.ticket.n, ep.n, dir->now.v[i].name);
}

/* Eight, and one that says so, by each supervisor that there was. */
static void
check_workers(void)
{
	const struct fs_node *tickets = fs_fd(&sim.fs, sim.eyes.tickets)->node;

	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		for (uint32_t n = 1; n <= sim.tickets[id].rec.ticket.episode.n; n++) {
			const char *const steps[] = { "episodes", "", "inbox" };
			const struct fs_node *d;
			char number[16];
			unsigned count;

			(void)snprintf(number, sizeof number, "%u", id);
			d = fs_child(tickets, number);
			(void)snprintf(number, sizeof number, "%u", n);
			for (size_t i = 0; d && i < ARRAY_LEN(steps); i++)
				d = fs_child(d, steps[i][0] ? steps[i] : number);
			if (d == NULL)
				continue;
			if (sim.tickets[id].damage.len == 0) {
				check_tells(fs_child(d, "new"), (struct episode_id){ { id }, n });
				check_tells(fs_child(d, "read"), (struct episode_id){ { id }, n });
			}
			count = check_answers(fs_child(d, "new"), (struct episode_id){ { id }, n });
			if (count > 9 * (sim.life + 1))
				sim_fail("%u.%u is told %u times of refused reports, by %u "
					 "supervisors",
				    id, n, count, sim.life + 1);
		}
}

void
inbox_check_end(void)
{
	static const char *const parts[] = { "new", "read" };

	check_workers();

	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		if (sim.tickets[id].damage.len == 0)
			inbox_check_ticket(id, &sim.tickets[id].rec, true);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
			const struct fs_node *dir = part_of(names[i], parts[k]);

			for (size_t n = 0; dir && n < dir->now.n; n++)
				if (!str_starts(str_of(dir->now.v[n].name), FILE_TMP_PREFIX))
					check_message(names[i], dir->now.v[n].name, k == 1);
		}
}
