/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_text.h: the configuration file (INI, read by inih; `git config -f` can edit it).
 *
 *	[defaults]	agent = sh   review = human   merge = auto   slots = 4   drain = 60s   grace = 5s
 *			start-deadline = 60s   remind = 24h   notify = NAME   transcript = 8M
 *			worktrees = /abs/dir (default: STATE/worktrees)
 *	[tmux]		socket = reeve   conf = /dev/null
 *			ports = 42000-42999
 *	[repo "app"]	path = /abs/path   base = main   slots = 2   worktrees = /abs/dir
 *			gate = make test (may be repeated)   gate-time = 30m   gate-memory = 4G
 *			gate-output = 1M   gate-at = landing|review   gate-known = ask|pass
 *			landing = merge|squash|rebase   message = Merge ticket {ticket}: {title}
 *			landed = command   setup = command   teardown = command
 *			copy = .env (may be repeated)   link = node_modules (may be repeated)
 *			agent = strict
 *	[agent "strict"]	profile = claude (default: the one of the same name, if there is one)
 *			start = claude {common} {options} -- {prompt}
 *			resume = claude --resume {session} {common} {options} -- {prompt}
 *			reviewer = sh -c {prompt} (default: as start)   slots = 2
 *			common = --settings {files}/settings.json (may be repeated)   options = --model x
 *			file = claude/settings.json (may be repeated)   prompt = argument|file|stdin
 *			env = NAME=value (may be repeated)   unset = NAME (may be repeated)
 *
 * Agents are layered: what a section [agent "NAME"] does not give is taken from its profile, one of templates/agents/
 * (a key given once or more often replaces that key; with `start`, also resume and reviewer, which go with it).  A
 * profile that has no section of its name is an agent, too: `agent = claude` alone is enough.
 *
 * A value is what `git config` would read: "..." may stand around the whole of it, with \" \\ \t and \n
 * (only `message` has more than one line) inside of it or without quotes; a # or ; behind a blank begins a comment.  What git and a reader could take
 * for two things (a quote in the middle, `a;b`) is refused with the way to write it.
 *
 * An unknown section or key, a key that is set twice, a bad value, a line of more than 8191 bytes or a
 * repository or agent named twice is ERR_INVALID and names the line.  What is left out has the
 * defaults above.
 */
#ifndef CODEC_CONFIG_TEXT_H
#define CODEC_CONFIG_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "core/ticket.h"

struct embedded;

/* What has to succeed on the merge before it lands. */
struct config_gate {
	struct strvec commands; /* command lines, one after another; none: no gate */
	int64_t ms;             /* for each of them */
	uint64_t memory;        /* bytes a process of it may have; 0: no limit */
	uint64_t output;        /* bytes of each that are kept */
	uint32_t is_early;      /* also before a reviewer's or a person's time is spent */
	uint32_t
	    lets_known; /* what the target fails, too, lands with a note; else a person is asked */
};

/* Of its command lines: what has passed others has not passed these. */
struct digest config_gate_digest(const struct config_gate *g);

/* Has it to be passed before a review, and what is pinned now has not? */
bool config_gate_is_due(const struct config_gate *g, const struct ticket *t);

struct config_repo {
	char *name;
	char *path; /* absolute */
	char *base;
	char *agent;     /* of tickets that name none; NULL: that of [defaults] */
	uint32_t slots;  /* 0: no limit of its own */
	char *worktrees; /* absolute; NULL: as in [defaults] */
	struct config_gate gate;
	enum landing landing;
	char *message;  /* of the commit that lands, see landing_text.h; NULL: the usual one */
	char *landed;   /* command line, run when a ticket has landed; NULL: none */
	char *setup;    /* command line, run in the pane before the agent; NULL: none */
	char *teardown; /* command line, run before the worktree goes; NULL: none */
	struct strvec copy, link; /* paths in the main worktree that a new worktree gets, too */
};

/* How an agent is given its prompt; never by typing into its terminal. */
enum config_prompt {
	CONFIG_PROMPT_ARGUMENT, /* {prompt} is the text */
	CONFIG_PROMPT_FILE,     /* {prompt} is a line that names the file with the text */
	CONFIG_PROMPT_STDIN,    /* that file is its stdin */
};

struct config_agent {
	char *name;
	char *profile;        /* what the rest was taken from; NULL: there is none */
	char *start;          /* command line; see words.h */
	char *resume;         /* goes on with the session {session}; NULL: it cannot */
	char *session;        /* how the ids that its hooks tell hold their time, see session_id.h;
			   NULL: none is gone on with */
	char *reviewer;       /* command line of a reviewer; NULL: as start */
	char *options;        /* words in the place of {options}; NULL: none */
	struct strvec common; /* words in the place of {common} */
	struct strvec files;  /* of templates/agents/, copied into {files} */
	uint32_t prompt;      /* enum config_prompt */
	uint32_t slots;       /* 0: no limit of its own */
	struct strvec env;    /* with {words} */
	struct strvec unset;
	bool is_ready_made;  /* no section of the file has its name */
	bool starts_profile; /* start is its profile's: its program is called like the profile */
	uint64_t given;      /* bit i: config_keys[i] stood in its section */
};

struct config {
	char *agent;  /* NULL: none chosen */
	char *notify; /* who gets the messages of new tickets; NULL: nobody */
	enum review review;
	enum merge merge;
	uint32_t slots;
	int64_t drain_ms, grace_ms, start_deadline_ms;
	int64_t remind_ms;   /* 0: never */
	uint64_t transcript; /* bytes that are kept of what a worker's terminal showed; 0: none */
	uint32_t port_first, port_last; /* of these each ticket gets one */
	char *worktrees;                /* NULL: worktrees/ of the state directory */
	char *tmux_socket;
	char *tmux_conf; /* NULL: tmux's own */
	struct {
		struct config_repo *v;
		size_t n;
		size_t cap;
	} repos;
	struct {
		struct config_agent *v;
		size_t n;
		size_t cap;
	} agents;
};
void config_init(struct config *c); /* the defaults */
void config_release(struct config *c);

/* name is for the sentence: "config: line 7: ...".  *ret is written on success only and need not be
 * initialised; config_release() it. */
int config_load(struct str bytes, const char *name, struct config *ret, struct err *err);

const struct config_repo *config_repo(const struct config *c, const char *name);   /* NULL: none */
const struct config_agent *config_agent(const struct config *c, const char *name); /* NULL: none */

/* Of tickets of this repository (NULL: of any) that name none; NULL: nobody chose one. */
const char *config_default_agent(const struct config *c, const struct config_repo *repo);

/* The text of a file of a ready-made profile, such as "claude/settings.json"; NULL: there is none. */
const struct embedded *config_profile_file(const char *name);

/* Where the worktree of a branch of the repository ("reeve/12-fix-login") belongs: <worktrees of [repo]>/12-fix-login,
 * else <worktrees of [defaults], or worktrees/ of the state directory>/<repo>/12-fix-login.  branch "": the
 * directory that holds them all.  Where it is: store/place.h. */
void config_worktree(const struct config *c, const char *state, const char *repo_name,
    const char *branch, struct buf *ret);

/* The text of a section that can be appended to a configuration file (values quoted as need be).
 * ERR_INVALID: a value that no INI line can hold (line breaks). */
int config_add_repo(struct buf *b, const struct config_repo *repo, struct err *err);

/* The section of an agent as it is in effect: what it gives and what its profile does. */
void config_add_agent(struct buf *b, const struct config_agent *agent);

/* "60s", "5m", "250ms"; 0 to 24 h. */
bool config_duration(struct str s, int64_t *ret);

#endif
