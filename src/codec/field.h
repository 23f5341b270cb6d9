/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * field.h: one member of a struct, and its text.
 *
 * The headers of a ticket file and the keys of a history line are tables of these, so that what is
 * written and what is read cannot differ.
 *
 * The text of a field is raw: what it is written into (a line, a word) has its own escapes, escape.h.
 */
#ifndef CODEC_FIELD_H
#define CODEC_FIELD_H

#include "base/buf.h"
#include "core/event.h"

enum field_kind {
	FIELD_UNSET,
	FIELD_STRING, /* char *, owned; NULL: not set */
	FIELD_CHARS,  /* char[size]; "": not set */
	FIELD_FLAG,   /* bool, "yes" */
	FIELD_U32,
	FIELD_U64,
	FIELD_TICKET, /* struct ticket_id */
	FIELD_MS,     /* int64_t: milliseconds of a boot */
	FIELD_WALL,   /* int64_t: a time of the calendar in whole seconds */
	FIELD_OID,
	FIELD_DIGEST,
	FIELD_PHASE,
	FIELD_EPISODE_STATE,
	FIELD_ROLE,
	FIELD_WANT,
	FIELD_REVIEW,
	FIELD_MERGE,
	FIELD_LANDING,
	FIELD_HOOK,
	FIELD_PRUNE,
	FIELD_ENDING,
	FIELD_BLAME,
	FIELD_SIGNAL, /* struct signal_id */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset, size;
	size_t
	    has; /* offset of the bool that says whether it is set; 0: the zero value is "not set" */
};

bool field_is_set(const struct field *f, const void *base);

/* Appends the text.  For a field that is not set: that of its zero value. */
void field_add(const struct field *f, const void *base, struct buf *b);

/* The text of a field that is kept as one, with whatever bytes: it wants an escape.  False: it is none such,
 * and field_add() writes letters, digits, ':' and '-' only. */
bool field_view(const struct field *f, const void *base, struct str *ret);

/* Sets the field.  False: it is no such text; then base is as it was.  A FIELD_STRING that was set is
 * released. */
bool field_parse(const struct field *f, struct str text, void *base);

#endif
