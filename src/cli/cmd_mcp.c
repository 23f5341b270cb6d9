/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve mcp: the commands as tools of a Model Context Protocol server on stdin and stdout. */
#include "base/base.h"

#include "cli/cmds.h"

#include <fcntl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cli_identity.h"
#include "cli/cli_inbox.h"
#include "cli/cli_options.h"
#include "cli/mcp_serve.h"
#include "codec/mcp_tool.h"
#include "sys/proc.h"

static const char words_author[] =
    "You work on a ticket of reeve. Commit your work, then call report_done (or report_review, "
    "when somebody should look first) exactly once and end your turn. When you cannot go on "
    "without an answer, call ask_question and end your turn.";
static const char words_reviewer[] =
    "You review a commit for reeve. Call report_verdict exactly once and end your turn. When you "
    "cannot decide without an answer, call ask_question and end your turn.";
static const char words_operator[] =
    "reeve runs coding agents: new_ticket gives work to one, list_tickets and ticket tell how far "
    "it is and what waits for a person, wait and inbox tell when something needs you.";

/* As the environment says it, else that of the reeve-run above us. */
static void
mcp_role(struct buf *ret)
{
	const char *role = getenv("REEVE_ROLE");

	if (role)
		buf_adds(ret, role);
	else
		(void)proc_ancestor_env("reeve-run", "REEVE_ROLE", ret, NULL); /* no worker */
}

static bool
mcp_is_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

int
cmd_mcp(struct cli *c, int argc, char **argv)
{
	struct identity_options who = { 0 };
	const char *role = NULL, *inbox = NULL;
	const struct cli_option options[] = {
		IDENTITY_OPTIONS(who),
		{ 0, "role", .value = &role },
		{ 0, "inbox", .value = &inbox },
		{ 0 },
	};
	struct mcp_config config = { .version = REEVE_VERSION };
	_cleanup_(buf_release) struct buf found = BUF_INIT;
	struct err err = ERR_INIT;
	struct operands none;
	int status, rc;

	(void)c;
	if (!options_parse("mcp", options, argc, argv, 0, 0, &none, &status))
		return status;
	if (inbox && !id_is_name(str_of(inbox)))
		return cli_usage("mcp", "--inbox is a name: letters, digits and ._-");
	if (inbox)
		(void)setenv(
		    INBOX_VARIABLE, inbox, 1); /* no memory: it is asked for by name then */
	if (!role) {
		mcp_role(&found);
		role = found.len > 0 ? found.p : who.ticket ? "author" : "operator";
	}
	if (strcmp(role, "author") == 0)
		config.sides = MCP_AUTHOR, config.instructions = words_author;
	else if (strcmp(role, "reviewer") == 0)
		config.sides = MCP_REVIEWER, config.instructions = words_reviewer;
	else if (strcmp(role, "operator") == 0)
		config.sides = MCP_OPERATOR, config.instructions = words_operator;
	else
		return cli_usage("mcp", "the role must be author, reviewer or operator");
	const struct {
		const char *option, *value;
	} given[] = { { "--ticket", who.ticket }, { "--episode", who.episode },
		{ "--nonce-file", who.nonce_file } };
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		if (given[i].value) {
			strvec_push(&config.identity, given[i].option);
			strvec_push(&config.identity, given[i].value);
		}
	/* A descriptor may be shared with the client: it is put back as it was. */
	bool was_blocking = mcp_is_blocking(STDOUT_FILENO);
	if (was_blocking)
		(void)fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	rc = mcp_serve(&config, STDIN_FILENO, STDOUT_FILENO, &err);
	if (was_blocking)
		(void)fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) & ~O_NONBLOCK);
	strvec_release(&config.identity);
	return rc < 0 ? cli_fail(&err) : EXIT_OK;
}
