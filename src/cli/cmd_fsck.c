/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve fsck: are the invariants of the state directory true? */
#include "base/base.h"

#include "cli/cli_options.h"
#include "cli/cli_print.h"
#include "cli/cli_state.h"
#include "cli/cmds.h"
#include "store/fsck.h"

int
cmd_fsck(struct cli *c, int argc, char **argv)
{
	_cleanup_(strvec_release) struct strvec findings = STRVEC_INIT;
	_cleanup_(print_release) struct print p = PRINT_INIT;
	bool is_live = false;
	const struct cli_option options[] = {
		{ .name = "live", .flag = &is_live },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct operands none;
	int status;

	if (!options_parse("fsck", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	is_live = is_live || root_owner(&c->root, NULL) != PROBE_FREE;
	if (fsck_run(&c->root, is_live, &findings, &err) < 0) {
		(void)cli_fail(&err);
		return EXIT_IO;
	}
	print_open(&p);
	for (size_t i = 0; i < findings.n; i++) {
		print_text(&p, PRINT_BAD, str_of(findings.v[i]));
		print_words(&p, "\n");
	}
	if (findings.n == 0)
		print_words(&p, "clean\n");
	status = print_close(&p);
	return status == EXIT_OK && findings.n > 0 ? EXIT_REFUSED : status;
}
