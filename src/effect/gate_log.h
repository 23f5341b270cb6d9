/* SPDX-License-Identifier: GPL-2.0-only */
/* gate_log.h: the output of one command on its way into a log.  For gate.c only. */
#ifndef EFFECT_GATE_LOG_H
#define EFFECT_GATE_LOG_H

#include "effect/gate.h"

struct gate_output {
	struct gate_log *log;
	uint64_t total;
	struct buf tail; /* what came after the first half; at least its end */
	char last;       /* byte */
};
void gate_output_begin(struct gate_output *o, struct gate_log *log);
void gate_output_add(struct gate_output *o, const char *p, size_t len);
void gate_output_end(struct gate_output *o);

#endif
