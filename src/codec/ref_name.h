/* SPDX-License-Identifier: GPL-2.0-only */
/* ref_name.h: what may be the name of a git branch, by the rules of git-check-ref-format(1). */
#ifndef CODEC_REF_NAME_H
#define CODEC_REF_NAME_H

#include "base/str.h"

#define REF_NAME_MAX 200

/* "main", "release/1.2".  Not "HEAD", not "refs/...", nothing that git or a command line reads as something else. */
bool ref_name_is_branch(struct str s);

#endif
