/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_facts.h"

#include "store/gates.h"
#include "store/place.h"
#include "store/tickets.h"
#include "sys/clock.h"

void
cli_facts_release(struct cli_facts *f)
{
	for (size_t i = 0; i < f->records.n; i++)
		record_release(&f->records.v[i]);
	for (size_t i = 0; i < f->bad.n; i++)
		free(f->bad.v[i].why);
	free(f->records.v);
	free(f->bad.v);
	free(f->repos.v);
	free(f->agents.v);
	free(f->failing.v);
	free(f->gating.v);
	buf_release(&f->owner_note);
	memset(f, 0, sizeof *f);
	buf_init(&f->owner_note);
}

bool
cli_facts_has_owner(const struct cli_facts *f)
{
	return f->owner != PROBE_FREE;
}

const struct record *
cli_facts_find(const struct cli_facts *f, struct ticket_id id)
{
	size_t low = 0, high = f->records.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct record *r = &f->records.v[mid];

		if (r->ticket.id.n == id.n)
			return r;
		if (r->ticket.id.n < id.n)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Brief: with what a line of a listing needs, which is by far the least of a ticket. */
static void
facts_read(struct cli_facts *f, struct ticket_id id)
{
	struct record r = { .history = BUF_INIT };
	struct err err = ERR_INIT;
	int e = ticket_read(&f->cli->root, id, &r, &err);

	if (e == 0 && f->is_brief && r.ticket.question_rev == 0) {
		buf_release(&r.history);
		set_charp(&r.spec.text, NULL);
	}
	if (e == 0) {
		*VEC_PUSH(&f->records) = r;
		return;
	}
	record_release(&r);
	/* Gone since the directory was read: it was removed whole. */
	if (e != ERR_NOTFOUND)
		*VEC_PUSH(&f->bad) = (struct facts_bad){ id, xstrdup(err.text) };
}

static uint32_t *
facts_used(struct facts_slots_of *l, const char *name)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->v[i].name, name) != 0)
		i++;
	if (i == l->n)
		VEC_PUSH(l)->name = name;
	return &l->v[i].used;
}

const struct config_gate *
cli_facts_gate(const struct cli_facts *f, const struct record *r)
{
	const struct config_repo *repo =
	    f->cli->has_config ? config_repo(&f->cli->config, r->spec.repo) : NULL;

	if (r->ticket.phase != PHASE_DELIVERED && r->ticket.phase != PHASE_APPROVED)
		return NULL;
	return repo && repo->gate.commands.n > 0 ? &repo->gate : NULL;
}

/* From here on the records stay where they are. */
static void
facts_count(struct cli_facts *f)
{
	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *r = &f->records.v[i];
		struct gate_seen seen;

		if (r->ticket.env_failures > 0 && !phase_is_final(r->ticket.phase))
			*VEC_PUSH(&f->failing) = r;
		if (cli_facts_gate(f, r) != NULL) {
			gate_look(&f->cli->root, r->ticket.id, &seen);
			if (seen.is_running)
				*VEC_PUSH(&f->gating) = r;
		}
		if (!ticket_has_slot(&r->ticket))
			continue;
		f->slots_used++;
		++*facts_used(&f->repos, r->spec.repo ? r->spec.repo : "");
		++*facts_used(&f->agents, r->spec.agent ? r->spec.agent : "");
	}
}

static void
facts_of_store(struct cli *c, struct cli_facts *f)
{
	f->cli = c;
	f->wall_ms = clock_wall_ms();
	f->boot_ms = clock_boot_ms();
	f->owner = root_owner(&c->root, &f->owner_note);
	f->is_stopped = root_control(&c->root, "stop", NULL) != 0;
	f->is_killed = root_control(&c->root, "kill", &f->kill_errno) != 0 || f->is_stopped;
	(void)cli_config(c); /* it has said what is wrong; limits are left out then */
}

static int
facts_load(struct cli *c, bool is_brief, struct cli_facts *ret)
{
	struct ticket_ids ids = { 0 };
	struct err err = ERR_INIT;

	facts_of_store(c, ret);
	ret->is_brief = is_brief;
	if (tickets_list(&c->root, &ids, &err) < 0) {
		ticket_ids_release(&ids);
		return cli_fail(&err);
	}
	for (size_t i = 0; i < ids.n; i++)
		facts_read(ret, ids.v[i]);
	ticket_ids_release(&ids);
	facts_count(ret);
	return EXIT_OK;
}

int
cli_facts_load(struct cli *c, struct cli_facts *ret)
{
	int status = cli_root(c);

	return status != EXIT_OK ? status : facts_load(c, false, ret);
}

int
cli_facts_load_brief(struct cli *c, struct cli_facts *ret)
{
	int status = cli_root(c);

	return status != EXIT_OK ? status : facts_load(c, true, ret);
}

bool
cli_facts_is_scheduled(const struct ticket *t)
{
	return t->phase == PHASE_READY || t->phase == PHASE_APPROVED || t->phase == PHASE_MERGING ||
	       t->phase == PHASE_DELIVERED;
}

int
cli_facts_load_one(
    struct cli *c, const char *arg, struct cli_facts *ret, const struct record **ret_record)
{
	struct record r = { .history = BUF_INIT };
	int status = cli_ticket(c, arg, &r);
	struct ticket_id id = r.ticket.id;

	if (status != EXIT_OK) {
		record_release(&r);
		return status;
	}
	if (cli_facts_is_scheduled(&r.ticket)) {
		record_release(&r);
		status = facts_load(c, false, ret);
		*ret_record = cli_facts_find(ret, id);
		if (status == EXIT_OK && *ret_record == NULL) {
			cli_say("ticket %u cannot be read any more; try again", id.n);
			status = EXIT_AGAIN;
		}
		return status;
	}
	facts_of_store(c, ret);
	*VEC_PUSH(&ret->records) = r;
	*ret_record = &ret->records.v[0];
	return EXIT_OK;
}

void
cli_facts_worktree(const struct cli_facts *f, const struct record *r, struct buf *ret)
{
	struct config none = { .slots = 0 };

	place_worktree(&f->cli->root, f->cli->has_config ? &f->cli->config : &none, r, ret);
}
