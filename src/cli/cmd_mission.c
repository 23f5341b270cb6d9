/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve mission: how far the tickets that share a name are.  Counted whenever it is asked. */
#include "base/base.h"

#include "cli/cli_look.h"
#include "cli/cli_options.h"
#include "cli/cmds.h"

struct missions {
	struct report_mission *v; /* by name */
	size_t n, cap;
};

static int
mission_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct report_mission *)a)->name, ((const struct report_mission *)b)->name);
}

static void
mission_count(struct report_mission *m, const struct look_row *row)
{
	const struct ticket *t = &row->record->ticket;

	if (t->phase == PHASE_CANCELLED) {
		m->cancelled++;
		return;
	}
	m->total++;
	m->done += t->phase == PHASE_DONE;
	m->live += ticket_is_open(t);
	m->waiting += row->blocker.needs_person && !row->blocker.is_global;
}

/* Of all rows that have a mission. */
static void
missions_count(const struct look *rows, struct missions *ret)
{
	for (size_t i = 0; i < rows->n; i++) {
		const char *name = rows->v[i].record->spec.mission;
		size_t j = 0;

		if (name == NULL)
			continue;
		while (j < ret->n && strcmp(ret->v[j].name, name) != 0)
			j++;
		if (j == ret->n)
			VEC_PUSH(ret)->name = name;
		mission_count(&ret->v[j], &rows->v[i]);
	}
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof *ret->v, mission_compare);
}

static void
mission_words(const struct report_mission *m, struct buf *ret)
{
	buf_addf(ret, "%u of %u done", m->done, m->total);
	if (m->live > 0)
		buf_addf(ret, ", %u with a worker", m->live);
	if (m->waiting > 0)
		buf_addf(ret, ", %u waiting for a person", m->waiting);
	if (m->cancelled > 0)
		buf_addf(ret, ", %u cancelled", m->cancelled);
}

static void
missions_print(struct print *p, const struct missions *l)
{
	static const struct print_column columns[] = {
		{ .title = "MISSION", .max = 30, .is_flexible = true },
		{ .title = "PROGRESS" },
	};
	struct print_table t;

	print_table_init(&t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < l->n; i++) {
		_cleanup_(buf_release) struct buf words = BUF_INIT;

		mission_words(&l->v[i], &words);
		print_table_add(&t, PRINT_BOLD, str_of(l->v[i].name));
		print_table_add(
		    &t, l->v[i].waiting > 0 ? PRINT_WARN : PRINT_PLAIN, buf_str(&words));
	}
	print_table_show(p, &t, true);
	print_table_release(&t);
}

static void
mission_print(struct print *p, const struct cli_facts *f, const struct report_mission *m,
    const struct look *rows)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	mission_words(m, &words);
	print_text(p, PRINT_BOLD, str_of(m->name));
	print_words(p, ": %s\n\n", words.p);
	look_table(p, f, rows, 0);
}

static int
mission_unknown(const char *name, const struct missions *all)
{
	_cleanup_(buf_release) struct buf known = BUF_INIT;

	for (size_t i = 0; i < all->n; i++)
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", all->v[i].name);
	cli_say("no ticket has the mission \"%s\" (there are: %s). `reeve new TITLE --mission %s` "
		"begins it",
	    name, known.len > 0 ? known.p : "none", name);
	return EXIT_REFUSED;
}

/* name NULL: all. */
static int
mission_show(struct cli *c, const char *name, bool is_json)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(look_release) struct look rows = { 0 };
	struct missions all = { NULL, 0, 0 };
	int status = cli_facts_load(c, &f);

	if (status != EXIT_OK)
		return status;
	look_gather(&f, true, name, &rows);
	if (name != NULL && rows.n == 0) {
		look_gather(&f, true, NULL, &rows);
		missions_count(&rows, &all);
		status = mission_unknown(name, &all);
		free(all.v);
		return status;
	}
	look_order_after(&rows);
	missions_count(&rows, &all);
	print_open(&p);
	if (name == NULL && is_json) {
		report_missions(all.v, all.n, &p.out);
	} else if (name == NULL) {
		missions_print(&p, &all);
	} else if (is_json) {
		struct report_ticket *v = look_reports(&rows);

		report_mission(&all.v[0], v, rows.n, &p.out);
		free(v);
	} else {
		mission_print(&p, &f, &all.v[0], &rows);
	}
	free(all.v);
	status = print_close(&p);
	for (size_t i = 0; i < f.bad.n; i++)
		cli_say("ticket %u cannot be read: %s", f.bad.v[i].id.n, f.bad.v[i].why);
	return status == EXIT_OK && f.bad.n > 0 ? EXIT_IO : status;
}

int
cmd_mission(struct cli *c, int argc, char **argv)
{
	bool is_json = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &is_json },
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 0, 1, &args, &status))
		return status;
	return mission_show(c, args.n == 1 ? args.v[0] : NULL, is_json);
}
