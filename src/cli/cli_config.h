/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_config.h: choices from the configuration, and changes of its text.
 *
 * The text functions leave every byte alone that they are not asked to change: comments and order are a
 * person's.  They do not check the result: who writes it, loads it first (cli_config_write).
 */
#ifndef CLI_CLI_CONFIG_H
#define CLI_CLI_CONFIG_H

#include "cli/cli_state.h"

/*
 * Which repository is meant: that of this name; name NULL: the innermost one that holds the directory cwd.
 * NULL: none; err says what to do.
 */
const struct config_repo *
config_choose_repo(const struct config *c, const char *name, const char *cwd, struct err *err);

/* The text without the section [kind "name"]; comments and blank lines before the next section stay.
 * False: there is none; ret holds the whole text. */
bool config_remove_section(struct str text, const char *kind, const char *name, struct buf *ret);

/* The text with `agent = name` in [defaults], whatever it was; a section is added when there is none. */
void config_set_agent(struct str text, const char *name, struct buf *ret);

/* A name for the repository at path: its last part, made fit (id_is_name). */
void config_repo_name(const char *path, struct buf *ret);

/* The bytes of the file; "" when there is none. */
int cli_config_read(struct cli *c, struct buf *ret, struct err *err);

/* Replaces the file, when these bytes are a configuration; c->config is the new one then. */
int cli_config_write(struct cli *c, struct str bytes, struct err *err);

#endif
