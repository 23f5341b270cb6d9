/* SPDX-License-Identifier: GPL-2.0-only */
/* test_effect_git_compute.h: what would land, in one of the three ways. */
#ifndef TEST_EFFECT_GIT_COMPUTE_H
#define TEST_EFFECT_GIT_COMPUTE_H

#include "effect/git_merge.h"

static enum landing git_way = LANDING_MERGE;

static inline void
git_compute(const char *repo, const char *target, struct oid passed, const char *message,
    int64_t when_ms, struct git_result *ret)
{
	const struct git_landing how = { .target = target,
		.passed = passed,
		.way = git_way,
		.message = message,
		.trailers = "Ticket: 7\n",
		.when_ms = when_ms };

	git_merge_compute(repo, &how, ret);
}

#endif
