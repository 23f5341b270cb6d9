/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to be true.  The checker reads the store as any reader does, without faults, and compares it
 * with what was really said and done; it knows nothing of the lifecycle's own functions but their names.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "store/fsck.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"

static uint32_t
id_hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

void
check_name_signal(struct ghost_signal *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(g->id, sizeof g->id, fmt, ap);
	va_end(ap);
	g->hash = id_hash(g->id);
}

struct ghost_signal *
check_signal(const char *id)
{
	uint32_t hash = id_hash(id);

	for (size_t i = 0; i < sim.signals.n; i++)
		if (sim.signals.v[i].hash == hash && strcmp(sim.signals.v[i].id, id) == 0)
			return &sim.signals.v[i];
	return NULL;
}

/* "refused NAME (...": from now on that is known to whoever reads the log. */
void
check_log(const char *line)
{
	struct ghost_signal *g;
	char id[100];

	if (sscanf(line, "refused %90s", id) != 1 || strlen(id) < 6 || sim.sup.is_dead)
		return;
	id[strlen(id) - 5] = '\0'; /* ".json" */
	g = check_signal(id);
	if (g == NULL || g->is_shell || g->ticket >= SIM_TICKETS || g->kind == EVENT_CREATE)
		return; /* no signal is refused whatever a ticket says; a create is about none yet, and
			   one that the power took back left its number to another */
	check_engine(false);
	g->is_said = true;
	g->said_rev = sim.tickets[g->ticket].rev;
	g->said_life = sim.life;
	g->said_faults = sim.faults;
}

/* The ticket changes: what was refused for what it was before is refused for good. */
void
check_said(uint32_t ticket, uint64_t rev)
{
	const struct fs_node *refused = fs_fd(&sim.fs, sim.eyes.spool_refused)->node;
	char name[100];

	for (size_t i = 0; i < sim.signals.n; i++) {
		struct ghost_signal *g = &sim.signals.v[i];

		if (!g->is_said || g->ticket != ticket || g->said_rev >= rev)
			continue;
		g->is_said = false;
		if (g->said_life != sim.life || g->said_faults != sim.faults || g->is_gone)
			continue;
		(void)snprintf(name, sizeof name, "%s.json", g->id);
		if (fs_child(refused, name) == NULL)
			sim_fail(
			    "%s is said to be refused, and its ticket changes before it is", g->id);
	}
}

/* --- signals: none lost --- */

static bool
is_somewhere(struct ghost_signal *g)
{
	int dirs[] = { sim.eyes.spool_done, sim.eyes.spool_refused, sim.eyes.spool_new };
	char name[100];

	if (g->place != NULL && g->place->removed == g->removed)
		return true; /* where it was, no name went since */
	(void)snprintf(name, sizeof name, "%s.json", g->id);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		g->place = fs_fd(&sim.fs, dirs[i])->node;
		g->removed = g->place->removed;
		if (fs_child(g->place, name) != NULL)
			return true;
	}
	return false;
}

static void
check_places(void)
{
	uint64_t now = fs_fd(&sim.fs, sim.eyes.spool_new)->node->parent->below;

	if (now == sim.seen_spool)
		return;
	sim.seen_spool = now;
	for (size_t i = 0; i < sim.signals.n; i++) {
		struct ghost_signal *g = &sim.signals.v[i];

		if (g->is_acked && !g->is_gone && !is_somewhere(g))
			sim_fail("%s was durable, and is nowhere", g->id);
	}
}

void
check_after_cut(void)
{
	for (uint32_t id = 1; id < SIM_TICKETS; id++) {
		struct ghost_ticket *t = &sim.tickets[id];

		for (size_t n = 0; n < ARRAY_LEN(t->was_claimed); n++)
			t->was_claimed[n] &= t->was_run[n];
	}
	for (uint32_t id = 1; id < SIM_TICKETS; id++)
		sim.tickets[id].running = 0;
	breaker_forget();
	check_engine(false);
	inbox_check_all();
	check_places();
}

/* --- fsck --- */

/* What a hand has spoiled is named. */
static bool
is_of_damage(struct str finding)
{
	char ticket[40], episode[40];

	for (uint32_t id = 1; id < SIM_TICKETS; id++) {
		(void)snprintf(ticket, sizeof ticket, " ticket %u", id);
		(void)snprintf(episode, sizeof episode, " episode %u.", id);
		if (sim.tickets[id].damage.len > 0 && (str_find(finding, str_of(ticket)) >= 0 ||
							  str_find(finding, str_of(episode)) >= 0))
			return true;
	}
	return false;
}

static bool
is_known_limit(const char *finding)
{
	struct str f = str_of(finding);

	if (is_of_damage(f))
		return true;
	/* It compares times of the wall, with a minute for what was being decided; and a power cut brings
	 * back a switch whose removal nobody synced. */
	if (str_starts(f, "I14"))
		return sim.has_jumped || sim.has_stopped || sim.boot > 1;
	/* What could not be removed is removed at the next start. */
	if (str_starts(f, "I4") && str_find(f, STR("left by a crash")) >= 0)
		return !sim.is_fresh;
	/* Bytes that nobody synced are read, and lost in a power cut. */
	return str_starts(f, "I1 spool/done/shell-");
}

static void
check_fsck(bool live)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct err err = ERR_INIT;

	if (fsck_run(&sim.eyes, live, &found, &err) < 0)
		sim_fail("fsck: %s", err.text);
	for (size_t i = 0; i < found.n; i++)
		if (!is_known_limit(found.v[i]))
			sim_fail("fsck: %s", found.v[i]);
}

void
check_step(void)
{
	if (sim_random(25) == 0)
		check_fsck(true);
	if (sim_random(6) == 0)
		check_blockers(false);
	check_places();
}

/* --- the end --- */

/* Was there a reason in the ticket for not taking it? */
static bool
was_void(const struct ghost_signal *g, bool *ret_terminal)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct history_entry h;
	struct str rest;
	uint32_t ep = 0;
	bool is_void = false, is_open = false;

	*ret_terminal = false;
	if (ticket_read(&sim.eyes, (struct ticket_id){ g->ticket }, &rec, NULL) < 0)
		return true;
	rest = buf_str(&rec.history);
	while (history_next(&rest, &h, NULL) == 0) {
		enum event_kind k = h.event.kind;

		if (k == EVENT_START) {
			ep++;
			is_open = true;
		}
		if (ep != g->author.n)
			continue;
		if (k == EVENT_DONE || k == EVENT_REVIEW || k == EVENT_PASS || k == EVENT_FAIL)
			*ret_terminal = true;
		if (is_open && (k == EVENT_PARK || k == EVENT_CANCEL || k == EVENT_ANSWER ||
				   k == EVENT_EXPIRED || k == EVENT_EDIT || k == EVENT_ASSIGN ||
				   k == EVENT_ADOPT || k == EVENT_ACCEPT || k == EVENT_REJECT))
			is_void = true;
		if (k == EVENT_CLOSED || k == EVENT_NEVER_STARTED)
			is_open = false;
	}
	return is_void;
}

static void
check_refused(const struct refused *x)
{
	char id[300];
	size_t n = strlen(x->name);
	const struct ghost_signal *g;
	bool has_terminal;

	(void)snprintf(id, sizeof id, "%s", x->name);
	if (n > 5 && strcmp(id + n - 5, ".json") == 0)
		id[n - 5] = '\0';
	g = check_signal(id);
	cover->refusals[x->why]++;
	if (g != NULL && g->is_shell && g->is_good && x->why == REFUSAL_MALFORMED && sim.boot == 1)
		sim_fail("%s was read while it was being written", g->id);
	if (g == NULL || g->is_shell)
		return;
	if (g->applied > 0)
		sim_fail("%s is applied and refused (%s)", g->id, refusal_name(x->why));
	if (x->why == REFUSAL_CONFLICT && g->expect == 0)
		sim_fail("%s is refused for a revision that it did not name", g->id);
	if (x->why == REFUSAL_UNKNOWN_TICKET && g->ticket >= 1 && g->author.n > 0)
		sim_fail("%s: ticket %u was always there", g->id, g->ticket);
	if (x->why == REFUSAL_MALFORMED || x->why == REFUSAL_UNSAFE || x->why == REFUSAL_TOO_BIG)
		sim_fail("%s is well-formed, and refused: %s", g->id, x->text);
	if ((g->kind == EVENT_ADOPT || g->kind == EVENT_AMEND) && g->is_good &&
	    x->why == REFUSAL_BAD_ARTIFACT)
		sim_fail("%s names a good commit, and is refused: %s", g->id, x->text);
	if (g->author.n == 0 || !g->is_right || !g->is_good || x->why == REFUSAL_WRONG_ROLE)
		return;
	if (x->why == REFUSAL_UNAUTHENTICATED || x->why == REFUSAL_MISMATCH ||
	    x->why == REFUSAL_BAD_ARTIFACT || x->why == REFUSAL_INVALID)
		sim_fail("%s is right, and refused: %s", g->id, x->text);
	if (!was_void(g, &has_terminal) && !has_terminal && !g->is_late && g->kind != EVENT_NOTE)
		sim_fail("%s of %u.%u is refused (%s), and nothing in the history says why", g->id,
		    g->author.ticket.n, g->author.n, refusal_name(x->why));
}

static void
check_signals(void)
{
	struct refused_list l = { NULL, 0, 0 };
	struct err err = ERR_INIT;

	if (spool_refused(&sim.eyes, &l, &err) < 0)
		sim_fail("%s", err.text);
	for (size_t i = 0; i < l.n; i++)
		check_refused(&l.v[i]);
	refused_list_release(&l);
	for (size_t i = 0; i < sim.signals.n; i++) {
		const struct ghost_signal *g = &sim.signals.v[i];
		struct signal_id id;
		enum spool_place place;

		if (!g->is_acked || g->is_gone || !signal_id_parse(str_of(g->id), &id))
			continue;
		place = spool_find(&sim.eyes, &id);
		if (place == SPOOL_NEW)
			sim_fail("at rest, and %s is still in new/", g->id);
		if ((g->applied == 1) != (place == SPOOL_DONE))
			sim_fail("%s is %s and applied %u times", g->id,
			    place == SPOOL_DONE ? "done" : "refused", g->applied);
	}
}

/* Whoever follows the events has each revision; after a crash the next start mends what is missing, and of a
 * ticket that was set aside at that start, the moment when it can be read again. */
static void
check_events(void)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, words = BUF_INIT;
	struct err err = ERR_INIT;

	if (!sim.is_fresh)
		return;
	/* None at all: there is no ticket, or no event tells of it. */
	(void)file_read(&sim.checker.io, sim.eyes.dir, "events.jsonl", 1 << 24, &text, &err);
	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		for (uint64_t rev = 1; rev <= sim.tickets[id].rev; rev++) {
			buf_clear(&words);
			buf_addf(
			    &words, "\"ticket\":%u,\"rev\":%llu,", id, (unsigned long long)rev);
			if (str_find(buf_str(&text), buf_str(&words)) < 0)
				sim_fail("no event tells of revision %llu of ticket %u %s",
				    (unsigned long long)rev, id, err.text);
		}
}

void
check_end(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	check_engine(true);
	check_places();
	check_signals();
	check_events();
	check_blockers(true);
	landing_end();
	prune_check_end();
	inbox_check_end();
	if (file_list(&sim.checker.io, sim.eyes.spool_new, &names, NULL) < 0)
		sim_fail("new/ cannot be read");
	for (size_t i = 0; i < names.n; i++) /* an unlink that failed waits for the next start */
		if (!spool_is_filed(&sim.eyes, names.v[i]))
			sim_fail("at rest, and new/ holds %s", names.v[i]);
	check_fsck(false);
}
