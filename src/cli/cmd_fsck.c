/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve fsck: are the invariants of the state directory true? */
#include "base/base.h"

#include "cli/cli_fsck.h"
#include "cli/cli_options.h"
#include "cli/cli_print.h"
#include "cli/cmds.h"
#include "codec/report_json.h"

static void
fsck_print(struct print *p, const struct fsck_list *found)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct fsck_finding *one = &found->v[i];

		print_text(p, PRINT_BAD, str_of(one->invariant));
		print_words(p, " ");
		print_text(p, PRINT_PLAIN, str_of(one->text));
		print_words(p, "\n    ");
		print_text(p, PRINT_DIM, str_of(one->next));
		print_words(p, "\n");
	}
}

static void
fsck_json(struct print *p, const struct fsck_list *found)
{
	struct report_finding *v = xcalloc(found->n + 1, sizeof *v);

	for (size_t i = 0; i < found->n; i++)
		v[i] = (struct report_finding){ .invariant = found->v[i].invariant,
			.ticket = found->v[i].ticket,
			.path = found->v[i].path,
			.text = found->v[i].text,
			.next = found->v[i].next };
	report_findings(v, found->n, &p->out);
	free(v);
}

/* What needs more than the files; the exit code when a part could not be checked. */
static int
fsck_more(struct cli *c, bool is_live, bool is_git, struct fsck_list *found)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	struct err err = ERR_INIT;
	int status = cli_facts_load(c, &f), git;

	if (status != EXIT_OK)
		return status;
	if (is_live &&
	    fsck_processes(&c->root, c->has_config ? &c->config : NULL, found, &err) < 0) {
		(void)cli_fail(&err);
		status = EXIT_IO;
	}
	if (is_live && cli_fsck_blockers(&f, found) != EXIT_OK)
		status = EXIT_IO;
	if (is_git) {
		git = cli_fsck_git(&f, found);
		status = git != EXIT_OK ? git : status;
	}
	return status;
}

int
cmd_fsck(struct cli *c, int argc, char **argv)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	bool is_live = false, is_git = false, is_json = false, may_run;
	const struct cli_option options[] = {
		{ .name = "live", .flag = &is_live },
		{ .name = "git", .flag = &is_git },
		{ .name = "json", .flag = &is_json },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct operands none;
	int status, more = EXIT_OK;

	if (!options_parse("fsck", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	may_run = is_live || root_owner(&c->root, NULL) != PROBE_FREE;
	if (fsck_files(&c->root, may_run, &found, &err) < 0) {
		(void)cli_fail(&err);
		return EXIT_IO;
	}
	if (is_live || is_git)
		more = fsck_more(c, is_live, is_git, &found);
	print_open(&p);
	if (is_json)
		fsck_json(&p, &found);
	else
		fsck_print(&p, &found);
	if (found.n == 0 && more == EXIT_OK && !is_json)
		print_words(&p, "clean\n");
	status = print_close(&p);
	if (status == EXIT_OK)
		status = more;
	return status == EXIT_OK && found.n > 0 ? EXIT_REFUSED : status;
}
