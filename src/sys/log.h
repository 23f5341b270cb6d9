/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h: what the supervisor tells its operator: one line each, UTC time first, on stderr.
 * Only daemon and run log; every byte is cleaned (base/clean.h).
 */
#ifndef SYS_LOG_H
#define SYS_LOG_H

#include "base/base.h"

enum log_level { LOG_ERROR = 1, LOG_WARN, LOG_INFO, LOG_DEBUG };
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) printf_like(2, 3);

#endif
