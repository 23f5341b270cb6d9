/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hands and scripts do to files that are reeve's: plain files in the spool, edits of the
 * configuration, a ticket file spoiled by an editor and mended later.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "sys/file.h"

/* --- the spool --- */

/* A script that writes straight into new/, in two parts, and may never come to the second. */
static void
wild_writer(unsigned slot)
{
	struct io *io = &sim.checker.io;
	const char *text;
	struct ghost_signal *g;
	char name[100];
	int fd, dir = sim.eyes.spool_new;

	if (sim.torn_fd[slot] != 0) {
		fd = (int)sim.torn_fd[slot];
		sim.torn_fd[slot] = 0;
		(void)io->ops->write(io, fd, "\",\"x_end\":1}", 12);
		(void)io->ops->close(io, fd);
		return;
	}
	cover->n[COVER_TORN_WRITER]++;
	g = VEC_PUSH(&sim.signals);
	*g = (struct ghost_signal){
		.kind = EVENT_PARK, .ticket = 1, .is_good = sim_random(2), .is_shell = true
	};
	check_name_signal(g, "shell-%u", ++sim.said);
	(void)snprintf(name, sizeof name, "%s.json", g->id);
	fd = io->ops->open(io, dir, name, IO_WRITE | IO_CREATE);
	if (fd < 0)
		return;
	text = g->is_good ? "{\"kind\":\"park\",\"ticket\":\"1\",\"body\":\"no" : "{{{\"";
	(void)io->ops->write(io, fd, text, strlen(text));
	sim.torn_fd[slot] = (unsigned)fd;
	sim_say("%s is being written", name);
}

void
hand_wild(void)
{
	struct io *io = &sim.checker.io;

	switch (sim_random(6)) {
	case 0:
		(void)io->ops->mkdir(io, sim.eyes.spool_new, "a directory");
		break;
	case 1:
		(void)file_write_new(io, sim.eyes.spool_new, "..odd\n", STR("x"), NULL);
		break;
	case 2:
		(void)file_write_new(
		    io, sim.eyes.spool_new, "junk.json", STR("{\"reeve\":1}"), NULL);
		break;
	default:
		wild_writer(sim_random(ARRAY_LEN(sim.torn_fd)));
		break;
	}
}

/* --- the configuration --- */

void
hand_write_config(unsigned slots, bool has_agent)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	buf_addf(&b,
	    "[defaults]\nagent = own\nslots = %u\nremind = %us\n[repo \"app\"]\npath = "
	    "/sim/app\nbase = main\n",
	    slots, sim.remind_s);
	sim.has_hook = sim_random(4) > 0;
	if (sim.has_hook)
		buf_adds(&b, "landed = ./landed {ticket}\nlanding = squash\n");
	if (sim.gates > 0)
		buf_addf(&b, "gate = make test\ngate-at = %s\ngate-known = %s\n",
		    sim.gates == 2 ? "review" : "landing", sim.lets_known ? "pass" : "ask");
	if (has_agent)
		buf_adds(&b, "[agent \"own\"]\nstart = ./agent {ticket} {session}\n"
			     "resume = ./agent {ticket} {session} again\nfile = claude/mcp.json\n");
	if (file_replace(&sim.checker.io, sim.eyes.dir, "config", buf_str(&b), &err) < 0)
		sim_fail("%s", err.text);
	sim.slots = slots;
	if (slots > sim.most_slots)
		sim.most_slots = slots;
}

static void
hand_config(void)
{
	struct err err = ERR_INIT;

	cover->n[COVER_CONFIG]++;
	if (sim_random(4) == 0) { /* half done */
		if (file_replace(&sim.checker.io, sim.eyes.dir, "config",
			STR("[defaults]\nslots = many\n"), &err) < 0)
			sim_fail("%s", err.text);
		sim_say("the configuration is nonsense");
		return;
	}
	hand_write_config(1 + sim_random(3), sim_random(3) > 0);
	sim_say("the configuration: %u slots", sim.slots);
}

/* --- a ticket file --- */

bool
hand_has_damaged(const struct ghost_ticket *t, const struct fs_node *file)
{
	return t->damage.len > 0 && str_eq(buf_str(&t->damage), buf_str(&file->data));
}

static struct fs_node *
ticket_file(uint32_t id, char name[40])
{
	struct fs_node *tickets = fs_fd(&sim.fs, sim.eyes.tickets)->node, *dir;

	(void)snprintf(name, 40, "%u", id);
	dir = fs_child(tickets, name);
	(void)snprintf(name, 40, "%u/ticket", id);
	return dir != NULL ? fs_child(dir, "ticket") : NULL;
}

static void
hand_replace(const char *name, struct str bytes)
{
	struct err err = ERR_INIT;

	if (file_replace(&sim.checker.io, sim.eyes.tickets, name, bytes, &err) < 0)
		sim_fail("%s", err.text);
}

/* Some spoiled bytes are words of somebody, and nobody can tell. */
static bool
is_visible(struct str bytes)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	return ticket_text_load(bytes, &rec, NULL) < 0 || history_replay(&rec, NULL) < 0;
}

/*
 * Limit of the engine: the ticket of a `create` that was not filed away before a crash is recognised by the
 * id in its file, also when the file is spoiled.  A hand that takes the very id away makes it a new `create`.
 */
static bool
has_lost_create(uint32_t id, struct str bytes)
{
	const struct fs_node *dir = fs_fd(&sim.fs, sim.eyes.spool_new)->node;
	char name[100], key[100];

	for (size_t i = 0; i < sim.signals.n; i++) {
		const struct ghost_signal *g = &sim.signals.v[i];

		(void)snprintf(key, sizeof key, " sig=%s:", g->id);

		(void)snprintf(name, sizeof name, "%s.json", g->id);
		if (g->kind == EVENT_CREATE && g->ticket == id && fs_child(dir, name) != NULL &&
		    str_find(bytes, str_of(key)) < 0)
			return true;
	}
	return false;
}

static void
hand_damage(uint32_t id)
{
	struct ghost_ticket *t = &sim.tickets[id];
	char name[40];
	struct fs_node *file = ticket_file(id, name);

	if (file == NULL || t->damage.len > 0 || file->version != t->version)
		return;
	buf_add_str(&t->whole, buf_str(&file->data));
	buf_add_str(&t->damage, buf_str(&file->data));
	if (sim_random(2))
		t->damage.p[sim_random((unsigned)t->damage.len)] ^=
		    16; /* no digit becomes another one: that would be another id */
	if (!is_visible(buf_str(&t->damage)))
		buf_truncate(&t->damage, 1 + sim_random((unsigned)t->damage.len - 1));
	if (has_lost_create(id, buf_str(&t->damage))) {
		buf_clear(&t->damage);
		buf_clear(&t->whole);
		return;
	}
	cover->n[COVER_DAMAGE]++;
	sim.has_damaged = true;
	sim_say("ticket %u is spoiled", id);
	hand_replace(name, buf_str(&t->damage));
}

/* Unless the supervisor, which has it in memory, wrote a newer one. */
static void
hand_mend(uint32_t id)
{
	struct ghost_ticket *t = &sim.tickets[id];
	char name[40];
	struct fs_node *file = ticket_file(id, name);

	if (t->damage.len == 0)
		return;
	if (file != NULL && hand_has_damaged(t, file)) {
		cover->n[COVER_MENDED]++;
		sim_say("ticket %u is mended", id);
		hand_replace(name, buf_str(&t->whole));
	} else if (file != NULL) { /* and it stays */
		fs_sync(file);
		fs_sync(file->parent);
	}
	buf_clear(&t->damage);
	buf_clear(&t->whole);
}

void
hand_step(void)
{
	uint32_t id = 1 + sim_random(sim.ticket_count);

	if (sim_random(2))
		hand_config();
	else if (id < SIM_TICKETS && sim.tickets[id].damage.len > 0)
		hand_mend(id);
	else if (id < SIM_TICKETS)
		hand_damage(id);
}

/* All is mended. */
void
hand_calm(void)
{
	for (uint32_t id = 1; id < SIM_TICKETS; id++)
		hand_mend(id);
	for (unsigned i = 0; i < ARRAY_LEN(sim.torn_fd); i++)
		if (sim.torn_fd[i] != 0)
			wild_writer(i);
}
