/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to be reached: the rows of the lifecycle, the faults, and an end at each step of the protocols.
 * A run that leaves something out fails: its silence would say nothing.
 */
#include "base/base.h"

#include "sim.h"

#include "sys/file.h"

struct sim_cover *cover;
const char *const cover_names[COVER_COUNT] = { "traces", "steps", "kill between turns",
	"kill at a step", "power cut", "EIO", "ENOSPC", "EMFILE", "short write", "reboot",
	"clock jump forward", "clock jump back", "second supervisor", "observer", "two launchers",
	"no launcher", "late launcher", "launcher dies", "left-over", "exec fails", "setup fails",
	"torn writer", "said twice", "old nonce", "wrong nonce", "wrong ticket", "stale revision",
	"answer lost", "effect after the end of who asked", "revision rolled back",
	"supervisor stopped", "init ended and repeated", "configuration edited", "ticket spoiled",
	"ticket mended", "supervisor met a spoiled ticket", "gate cancelled",
	"person lets a known failure land", "message that nobody has read", "message that was read",
	"worker told something", "message owed over a revision", "refused again and again",
	"worker told of a refused report" };

/* Every row that lifecycle_step() knows of. */
static const unsigned rows_wanted[] = { 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22, 23,
	24, 30, 31, 33, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54,
	55, 56, 57, 58, 67, 70, 71, 80, 83, 90, 91, 92, 95, 96, 97 };

/*
 * PROTOCOLS.md's steps, and the steps of the simulated kernel or world that stand for them: before each of
 * them somebody was killed, and before each of them the power was cut.  "work": what was asked of the world
 * (git, tmux), before and after its effect.
 */
static const struct {
	const char *step, *io;
} places[] = {
	{ "init root", "mkdir sim" },
	{ "init root", "mkdir state" },
	{ "init root", "mkdir control" },
	{ "init root", "mkdir tickets" },
	{ "init root", "mkdir spool" },
	{ "init root", "mkdir spool/tmp" },
	{ "init root", "mkdir spool/new" },
	{ "init root", "mkdir spool/done" },
	{ "init root", "mkdir spool/refused" },
	{ "init test", "create spool/tmp/tmp-test" },
	{ "init test", "rename spool/tmp/tmp-test spool/tmp/tmp-test" },
	{ "init test", "link spool/tmp/tmp-test spool/tmp/tmp-test" },
	{ "init test", "unlink spool/tmp/tmp-test" },
	{ "init files", "rename tmp-README README" },
	{ "init files", "rename tmp-config config" },
	{ "init files", "rename tmp-LOCK LOCK" },
	{ "init files", "fsync spool" },
	{ "init version", "create tmp-VERSION" },
	{ "init version", "write tmp-VERSION" },
	{ "init version", "fsync tmp-VERSION" },
	{ "init version", "rename tmp-VERSION VERSION" },
	{ "init version", "fsync state" },
	{ "P1.4", "create spool/tmp/X" },
	{ "P1.4", "write spool/tmp/X" },
	{ "P1.4", "fsync spool/tmp/X" },
	{ "P1.5", "rename spool/tmp/X spool/new/X" },
	{ "P1.6", "fsync spool/new" },
	{ "P2.e done", "link spool/new/X spool/done/X" },
	{ "P2.e done", "fsync spool/done" },
	{ "P2.e done", "unlink spool/new/X" },
	{ "P2.e refused", "create spool/refused/tmp-X.why" },
	{ "P2.e refused", "write spool/refused/tmp-X.why" },
	{ "P2.e refused", "fsync spool/refused/tmp-X.why" },
	{ "P2.e refused", "link spool/refused/tmp-X.why spool/refused/X.why" },
	{ "P2.e refused", "rename spool/refused/tmp-X.why spool/refused/X.why" },
	{ "P2.e refused", "link spool/new/X spool/refused/X" },
	{ "P2.e refused", "fsync spool/refused" },
	{ "P3.D4", "mkdir tickets/N/episodes" },
	{ "P3.D4", "mkdir tickets/N/episodes/N" },
	{ "P3.D4", "fsync tickets/N/episodes" },
	{ "P3.D4", "create tickets/N/episodes/N/tmp-spec.json" },
	{ "P3.D4", "write tickets/N/episodes/N/tmp-spec.json" },
	{ "P3.D4", "fsync tickets/N/episodes/N/tmp-spec.json" },
	{ "P3.D4", "rename tickets/N/episodes/N/tmp-spec.json tickets/N/episodes/N/spec.json" },
	{ "P3.D4", "create tickets/N/episodes/N/tmp-brief.md" },
	{ "P3.D4", "write tickets/N/episodes/N/tmp-brief.md" },
	{ "P3.D4", "fsync tickets/N/episodes/N/tmp-brief.md" },
	{ "P3.D4", "rename tickets/N/episodes/N/tmp-brief.md tickets/N/episodes/N/brief.md" },
	{ "P3.D4", "fsync tickets/N/episodes/N/files" },
	{ "P3.D4", "create tickets/N/episodes/N/lock" },
	{ "P3.D4", "rename tickets/N/episodes/N/tmp-resume.md tickets/N/episodes/N/resume.md" },
	{ "P3.D4", "mkdir tickets/N/episodes/N/files" },
	{ "P3.D4", "rename tickets/N/episodes/N/files/tmp-mcp.json "
		   "tickets/N/episodes/N/files/mcp.json" },
	{ "P3.D5", "create tickets/N/episodes/N/tmp-token" },
	{ "P3.D5", "write tickets/N/episodes/N/tmp-token" },
	{ "P3.D5", "fsync tickets/N/episodes/N/tmp-token" },
	{ "P3.D5", "rename tickets/N/episodes/N/tmp-token tickets/N/episodes/N/token" },
	{ "P3.D5", "fsync tickets/N/episodes/N" },
	{ "P3.D7", "work tmux window, not done" },
	{ "P3.D7", "work tmux window, done" },
	{ "P3.D8", "rename tickets/N/episodes/N/token tickets/N/episodes/N/revoked" },
	{ "P3.D8", "create tickets/N/episodes/N/revoked" },
	{ "P3.D8", "truncate tickets/N/episodes/N/revoked" },
	{ "P3.L1", "truncate tickets/N/lock" },
	{ "P3.L1", "write tickets/N/lock" },
	{ "P3.L2", "truncate tickets/N/episodes/N/lock" },
	{ "P3.L2", "write tickets/N/episodes/N/lock" },
	{ "P3.L4", "rename tickets/N/episodes/N/token tickets/N/episodes/N/claimed" },
	{ "P3.L5", "truncate tickets/N/episodes/N/claimed" },
	{ "P3.L5", "fsync tickets/N/episodes/N/claimed" },
	{ "P3.L6", "create tickets/N/episodes/N/started" },
	{ "P3.L6", "write tickets/N/episodes/N/started" },
	{ "P3.L6", "fsync tickets/N/episodes/N/started" },
	{ "P3.L6 runs", "create tickets/N/episodes/N/running" },
	{ "P3.L6 runs", "fsync tickets/N/episodes/N/running" },
	{ "P3.L7", "create tickets/N/episodes/N/tmp-tail.txt" },
	{ "P3.L7", "write tickets/N/episodes/N/tmp-tail.txt" },
	{ "P3.L7", "fsync tickets/N/episodes/N/tmp-tail.txt" },
	{ "P3.L7", "rename tickets/N/episodes/N/tmp-tail.txt tickets/N/episodes/N/tail.txt" },
	{ "P3.L8", "create tickets/N/episodes/N/tmp-exit.json" },
	{ "P3.L8", "write tickets/N/episodes/N/tmp-exit.json" },
	{ "P3.L8", "fsync tickets/N/episodes/N/tmp-exit.json" },
	{ "P3.L8", "rename tickets/N/episodes/N/tmp-exit.json tickets/N/episodes/N/exit.json" },
	{ "P4 stop", "work stop, not done" },
	{ "P4 stop", "work stop, done" },
	{ "P4.6 salvage", "work salvage, not done" },
	{ "P4.6 salvage", "work salvage, done" },
	{ "P4.6 outcome", "create tickets/N/episodes/N/tmp-outcome.json" },
	{ "P4.6 outcome", "write tickets/N/episodes/N/tmp-outcome.json" },
	{ "P4.6 outcome", "fsync tickets/N/episodes/N/tmp-outcome.json" },
	{ "P4.6 outcome",
	    "rename tickets/N/episodes/N/tmp-outcome.json tickets/N/episodes/N/outcome.json" },
	{ "P5 create", "mkdir tickets/.new" },
	{ "P5 create", "create tickets/.new/ticket" },
	{ "P5 create", "write tickets/.new/ticket" },
	{ "P5 create", "fsync tickets/.new/ticket" },
	{ "P5 create", "create tickets/.new/lock" },
	{ "P5 create", "fsync tickets/.new/lock" },
	{ "P5 create", "mkdir tickets/.new/episodes" },
	{ "P5 create", "fsync tickets/.new" },
	{ "P5 create", "rename tickets/.new tickets/N" },
	{ "P5 create", "fsync tickets" },
	{ "P5 commit", "create tickets/N/tmp-ticket" },
	{ "P5 commit", "write tickets/N/tmp-ticket" },
	{ "P5 commit", "fsync tickets/N/tmp-ticket" },
	{ "P5 commit", "rename tickets/N/tmp-ticket tickets/N/ticket" },
	{ "P5 commit", "fsync tickets/N" },
	{ "P5 sweep", "unlink tickets/N/tmp-ticket" },
	{ "P5 sweep", "unlink tickets/.new" },
	{ "P5 sweep", "unlink spool/tmp/X" },
	{ "P5 sweep", "unlink spool/refused/tmp-X.why" },
	{ "P5 events", "create events.jsonl" },
	{ "P5 events", "write events.jsonl" },
	{ "P6", "truncate LOCK" },
	{ "P6", "write LOCK" },
	{ "P7 check", "work artifact check, not done" },
	{ "P7 check", "work artifact check, done" },
	{ "P7 merge", "work merge, not done" },
	{ "P7 merge", "work merge, done" },
	{ "P7 gate", "work gate, not done" },
	{ "P7 gate", "work gate, done" },
	{ "P7 CAS", "work landing, not done" },
	{ "P7 CAS", "work landing, done" },
	{ "P7 hook", "work hook landed, not done" },
	{ "P7 hook", "work hook landed, done" },
	{ "P7 clean", "work clean-up, not done" },
	{ "P7 clean", "work clean-up, done" },
	{ "P8 put", "mkdir inbox/NAME" },
	{ "P8 put", "mkdir inbox/NAME/new" },
	{ "P8 put", "mkdir inbox/NAME/read" },
	{ "P8 put", "rename spool/tmp/X inbox/NAME/new/X" },
	{ "P8 put", "fsync inbox/NAME/new" },
	{ "P8 put", "fsync inbox/NAME" },
	{ "P8 put", "fsync inbox" },
	{ "P8 take", "link inbox/NAME/new/X inbox/NAME/read/X" },
	{ "P8 put, take", "fsync inbox/NAME/read" },
	{ "P8 take", "unlink inbox/NAME/new/X" },
};
_Static_assert(ARRAY_LEN(places) <= SIM_PLACES, "counters for all");

/* --- names of steps: without what varies in them --- */

static void
name_add(const char *s, struct buf *ret)
{
	const char *why = strstr(s, ".why");

	if (strncmp(s, FILE_TMP_PREFIX, strlen(FILE_TMP_PREFIX)) == 0) {
		s += strlen(FILE_TMP_PREFIX);
		s += strspn(s, "0123456789-");
		if (strncmp(s, "test-", 5) == 0)
			s = "test";
		buf_addf(ret, "tmp-%s", why != NULL ? "X.why" : s);
		return;
	}
	if (why != NULL) {
		buf_adds(ret, "X.why");
		return;
	}
	if (strncmp(s, "x-", 2) == 0 || strncmp(s, "shell-", 6) == 0) {
		buf_addch(ret, 'X');
		return;
	}
	if (s[0] >= '0' && s[0] <= '9') {
		buf_adds(ret, s[strspn(s, "0123456789")] == '\0' ? "N" : "X");
		return;
	}
	if (strncmp(s, ".new-", 5) == 0)
		s = ".new";
	if (strcmp(s, "ann") == 0 || strcmp(s, "boss") == 0)
		s = "NAME";
	buf_adds(ret, s);
}

static void
path_add(const struct fs_node *dir, const char *name, struct buf *ret)
{
	const struct fs_node *up[16];
	size_t n = 0;

	for (; dir->parent != dir && n < ARRAY_LEN(up); dir = dir->parent)
		up[n++] = dir;
	for (size_t i = n; i-- > 2;) { /* not "sim/state" */
		name_add(up[i - 2]->name, ret);
		buf_addch(ret, '/');
	}
	if (name != NULL)
		name_add(name, ret);
}

static void
step_name(enum sim_op op, const struct fs_node *dir, const char *name, const struct fs_node *to_dir,
    const char *to, struct buf *ret)
{
	static const char *const names[] = { "", "open", "create", "write", "fsync", "truncate",
		"rename", "link", "unlink", "mkdir", "read", "stat", "list", "probe" };

	buf_addf(ret, "%s ", names[op]);
	path_add(dir, name, ret);
	if (to != NULL) {
		buf_addch(ret, ' ');
		path_add(to_dir, to, ret);
	}
}

/* --- counting --- */

static void
cover_place(const char *io, bool is_cut)
{
	struct sim_place *p = cover->places;
	size_t i = 0;

	while (i < ARRAY_LEN(places) && strcmp(places[i].io, io) != 0)
		i++;
	cover->n[is_cut ? COVER_CUT : COVER_END]++;
	if (i == ARRAY_LEN(places)) {
		(void)snprintf(cover->nameless, sizeof cover->nameless, "%s", io);
		return;
	}
	if (is_cut)
		p[i].cuts++;
	else
		p[i].kills++;
}

void
sim_cover_step(enum sim_op op, const struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to, bool is_cut)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	step_name(op, dir, name, to_dir, to, &b);
	sim_say("  %s before: %s", is_cut ? "power cut" : "killed", b.p);
	cover_place(b.p, is_cut);
}

void
sim_cover_work(enum work_kind kind, bool is_done, bool is_cut)
{
	char name[60];

	(void)snprintf(
	    name, sizeof name, "work %s, %s", work_name(kind), is_done ? "done" : "not done");
	cover_place(name, is_cut);
}

unsigned
cover_missing(const struct sim_cover *c)
{
	unsigned missing = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows_wanted); i++)
		if (c->rows[rows_wanted[i]] == 0)
			missing++, printf("not reached: row T%02u\n", rows_wanted[i]);
	for (size_t i = 0; i < COVER_COUNT; i++)
		if (c->n[i] == 0)
			missing++, printf("not reached: %s\n", cover_names[i]);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (c->places[i].kills == 0)
			missing++, printf("not reached: %s, killed before \"%s\"\n", places[i].step,
				       places[i].io);
		if (c->places[i].cuts == 0)
			missing++, printf("not reached: %s, power cut before \"%s\"\n",
				       places[i].step, places[i].io);
	}
	return missing;
}

void
cover_add(struct sim_cover *to, const struct sim_cover *c)
{
	for (size_t i = 0; i < COVER_COUNT; i++)
		to->n[i] += c->n[i];
	for (size_t i = 0; i < ARRAY_LEN(c->rows); i++)
		to->rows[i] += c->rows[i];
	for (size_t i = 0; i < ARRAY_LEN(c->refusals); i++)
		to->refusals[i] += c->refusals[i];
	to->blockers += c->blockers;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		to->places[i].kills += c->places[i].kills;
		to->places[i].cuts += c->places[i].cuts;
	}
	if (c->nameless[0] != '\0')
		memcpy(to->nameless, c->nameless, sizeof to->nameless);
}

/* The whole table. */
void
cover_print(const struct sim_cover *c)
{
	for (size_t i = 0; i < COVER_COUNT; i++)
		printf("%-36s %llu\n", cover_names[i], (unsigned long long)c->n[i]);
	printf("rows:");
	for (unsigned i = 0; i < ARRAY_LEN(c->rows); i++)
		if (c->rows[i])
			printf(" T%02u=%llu", i, (unsigned long long)c->rows[i]);
	printf("\nrefusals:");
	for (unsigned i = 1; i < REFUSAL_COUNT; i++)
		if (c->refusals[i])
			printf(" %s=%llu", refusal_name((enum refusal)i),
			    (unsigned long long)c->refusals[i]);
	putchar('\n');
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		printf("%-13s %8llu kills %8llu cuts before %s\n", places[i].step,
		    (unsigned long long)c->places[i].kills, (unsigned long long)c->places[i].cuts,
		    places[i].io);
	if (c->nameless[0] != '\0')
		printf(
		    "of no step (what a crash or a stranger left): %s, and others\n", c->nameless);
}

void
cover_print_sum(const struct sim_cover *c)
{
	printf("%llu traces, %llu steps, %llu kills, %llu power cuts, each of %zu steps of the "
	       "protocols; %llu blockers compared\n",
	    (unsigned long long)c->n[COVER_TRACE], (unsigned long long)c->n[COVER_STEP],
	    (unsigned long long)(c->n[COVER_KILL] + c->n[COVER_END]),
	    (unsigned long long)(c->n[COVER_CUT] + c->n[COVER_REBOOT]), ARRAY_LEN(places),
	    (unsigned long long)c->blockers);
}
