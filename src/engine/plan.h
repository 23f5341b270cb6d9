/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan.h: what a start will execute: command line, brief, environment.  Private to engine/.
 *
 * Made before an episode is opened, so that a wrong configuration or a missing program costs no episode: once before
 * the repository is asked, without facts, to find that out at once; and again with its answer.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/brief.h"

struct launch_plan {
	struct buf brief;     /* brief.md */
	struct buf prompt;    /* resume.md; "": it is the brief */
	struct buf spec_json; /* spec.json */

	/* for the revision that starts it; "", 0: not known, or none */
	char agent[EVENT_AGENT_MAX], session[EVENT_SESSION_MAX];
	uint32_t continues;
	struct strvec files; /* of the agent's profile: files/ of the episode */
	bool is_review;
	uint32_t port; /* REEVE_PORT */
	uint64_t rev;  /* of the ticket that it was made for: another revision needs another plan */
};

/* For the next episode of it.  ERR_INVALID / ERR_NOTFOUND: configuration, agent or program.  ERR_LIMIT: no port. */
int plan_make(struct engine *e, struct item *it, const struct brief_facts *facts,
    struct launch_plan **ret, struct err *err);

/* Into the episode's directory; may be repeated. */
int plan_write_files(
    struct engine *e, const struct launch_plan *p, struct episode_id ep, struct err *err);
void plan_free(struct launch_plan *p);

#endif
