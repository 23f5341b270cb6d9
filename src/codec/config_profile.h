/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_profile.h: the ready-made profiles below the sections of a configuration; for config_text.c.
 *
 * templates/agents/NAME.ini is a configuration of its own: one section [agent "NAME"].  Profiles are compiled in; one
 * that cannot be read is a bug, which a unit test would find.
 */
#ifndef CODEC_CONFIG_PROFILE_H
#define CODEC_CONFIG_PROFILE_H

#include "codec/config_text.h"

/* A section is complete: which profile is below it?  One that it names; or that of its own name; or none. */
void config_profile_choose(struct config_agent *a);

/* Every agent gets from its profile what its section does not give; profiles without a section become agents. */
void config_profiles_apply(struct config *c);

/* As config_load(), without any profile. */
int config_load_bare(struct str bytes, const char *name, struct config *ret, struct err *err);

#endif
