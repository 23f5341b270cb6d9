/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_doctor.h: what `reeve doctor` looks at.  cmd_doctor.c has the list of checks; each says, in any number of lines,
 * what it found:
 *
 *	DOCTOR_FINE	it is so, and that is good
 *	DOCTOR_UNTOLD	it cannot be told: a file that could not be read, or has another form than is known
 *	DOCTOR_NOTE	worth to know; nobody has to do anything
 *	DOCTOR_MEND	something is to be mended: what, why it matters, how; only these make the exit status 1
 *
 * A check is read-only and starts nothing but programs with --version and a question to tmux.  What belongs to others
 * (the configuration of an agent) is read with tolerance: only what was clearly found is said to be so.
 */
#ifndef CLI_CLI_DOCTOR_H
#define CLI_CLI_DOCTOR_H

#include "cli/cli_state.h"
#include "codec/json.h"

#define DOCTOR_VERSION_MS 10000
#define DOCTOR_LINE_MAX   4096

enum doctor_kind { DOCTOR_FINE, DOCTOR_UNTOLD, DOCTOR_NOTE, DOCTOR_MEND };

struct doctor_line {
	enum doctor_kind kind;
	const char *about; /* static, or of the configuration: "tmux", "claude" */
	char *what;
	const char *why; /* static; NULL: it says itself */
	char *mend;      /* NULL: not DOCTOR_MEND */
};

struct doctor {
	struct cli *c;
	struct {
		struct doctor_line *v;
		size_t n, cap;
	} lines;
};
void doctor_release(struct doctor *d);

void doctor_say(struct doctor *d, enum doctor_kind kind, const char *about, const char *fmt, ...)
    printf_like(4, 5);

/* DOCTOR_MEND; fmt is the mend, an exact one. */
void doctor_mend(struct doctor *d, const char *about, const char *what, const char *why,
    const char *fmt, ...) printf_like(5, 6);

/* The first line of what `program --version` says, cleaned; ERR_... with a sentence. */
int doctor_version(const char *program, const char *option, struct buf *ret, struct err *err);

/* --- the checks --- */

/* cli_doctor_reeve.c: reeve itself. */
void doctor_state(struct doctor *d);
void doctor_supervisor(struct doctor *d);
void doctor_refused(struct doctor *d);
void doctor_inbox(struct doctor *d);
void doctor_programs(struct doctor *d);
void doctor_tmux(struct doctor *d);
void doctor_kernel(struct doctor *d);

/* cli_doctor_agent.c: each agent that is configured or installed. */
void doctor_agents(struct doctor *d);

/* What would block this agent, in its window or at its start.  is_first: also what is the same for all agents that run
 * this program. */
void doctor_claude(struct doctor *d, const struct config_agent *a, bool is_first);
void doctor_codex(struct doctor *d, const struct config_agent *a, bool is_first);
void doctor_opencode(struct doctor *d, const struct config_agent *a, bool is_first);

/* --- files of others --- */

/* "<value of the variable, else $HOME/dir>/name"; false: neither is set. */
bool doctor_path(const char *variable, const char *dir, const char *name, struct buf *ret);

/* 1: *ret has it; 0: it is not there; -1: it cannot be read, or is no object: doctor_say() has been called. */
int doctor_json(struct doctor *d, const char *about, const char *path, json_t **ret);
int doctor_text(struct doctor *d, const char *about, const char *path, struct buf *ret);

/* Does the agent's command line (with its options) hold this text? */
bool doctor_has_word(const struct config_agent *a, const char *text);

#endif
