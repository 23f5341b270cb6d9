/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/ticket_header.h"

#include "base/clean.h"
#include "codec/escape.h"
#include "codec/field.h"

#define HEADER(name, kind, member)                                                                 \
	{                                                                                          \
		name, kind, offsetof(struct record, member), sizeof(((struct record *)0)->member)  \
	}
#define SPEC(name, member)  HEADER(name, FIELD_STRING, spec.member)
#define U32(name, member)   HEADER(name, FIELD_U32, ticket.member)
#define OID(name, member)   HEADER(name, FIELD_OID, ticket.member)
#define WALL(name, member)  HEADER(name, FIELD_WALL, ticket.member)
#define CHARS(name, member) HEADER(name, FIELD_CHARS, ticket.member)

static const struct field headers[] = {
	HEADER("Id", FIELD_TICKET, ticket.id),
	HEADER("Rev", FIELD_U64, ticket.rev),
	SPEC("Title", title),
	HEADER("Phase", FIELD_PHASE, ticket.phase),
	HEADER("Resume", FIELD_PHASE, ticket.resume),
	HEADER("Want", FIELD_WANT, ticket.want),
	U32("Generation", generation),
	SPEC("Repo", repo),
	SPEC("Base", base),
	SPEC("From", from),
	SPEC("Branch", branch),
	SPEC("Agent", agent),
	HEADER("Review", FIELD_REVIEW, ticket.review),
	HEADER("Merge", FIELD_MERGE, ticket.merge),
	U32("Priority", priority),
	SPEC("Mission", mission),
	SPEC("After", after),
	WALL("Not-Before", not_before_wall_ms),
	SPEC("Notify", notify),
	U32("Episode", episode.n),
	HEADER("Episode-State", FIELD_EPISODE_STATE, ticket.episode.state),
	HEADER("Role", FIELD_ROLE, ticket.episode.role),
	U32("Episode-Generation", episode.generation),
	HEADER("Nonce-Sha256", FIELD_DIGEST, ticket.episode.nonce),
	OID("Episode-Base", episode.base),
	OID("Episode-Review", episode.review),
	CHARS("Boot", episode.boot),
	HEADER("Question", FIELD_U64, ticket.question_rev),
	OID("Pinned", pinned),
	U32("Pinned-By", pinned_by),
	OID("Passed", passed),
	WALL("Passed-At", passed_wall_ms),
	OID("Gated", gated),
	HEADER("Gated-By", FIELD_DIGEST, ticket.gated_by),
	OID("Merge-From", merge_from),
	OID("Merge-Commit", merge_commit),
	HEADER("Landing", FIELD_LANDING, ticket.landing),
	HEADER("Hook", FIELD_HOOK, ticket.hook),
	U32("Hook-Tries", hook_tries),
	HEADER("Prune", FIELD_PRUNE, ticket.prune),
	HEADER("Prune-Rev", FIELD_U64, ticket.prune_rev),
	HEADER("Unsent", FIELD_U64, ticket.unsent),
	U32("Deaths", deaths),
	U32("Reviewer-Deaths", reviewer_deaths),
	U32("Starts", start_failures),
	U32("Cycles", cycles),
	U32("Reboots", reboots),
	U32("Environment", env_failures),
	HEADER("Blame", FIELD_BLAME, ticket.blame),
	U32("Merge-Tries", merge_tries),
	HEADER("Backoff", FIELD_MS, ticket.backoff_boot_ms),
	CHARS("Backoff-Boot", backoff_boot),
	CHARS("Cause", cause),
	WALL("Created", created_wall_ms),
	WALL("Updated", updated_wall_ms),
	WALL("Since", since_wall_ms),
};
_Static_assert(ARRAY_LEN(headers) <= TICKET_HEADER_MAX, "a bit for each");

size_t
ticket_header_count(void)
{
	return ARRAY_LEN(headers);
}

const char *
ticket_header_name(size_t i)
{
	return headers[i].name;
}

bool
ticket_header_is_spec(size_t i)
{
	return headers[i].kind == FIELD_STRING;
}

bool
ticket_header_is_set(const struct record *r, size_t i)
{
	return field_is_set(&headers[i], r);
}

bool
ticket_header_add(const struct record *r, size_t i, struct buf *b)
{
	const struct field *f = &headers[i];
	struct str text;

	if (!field_is_set(f, r))
		return false;
	if (field_view(f, r, &text))
		escape_add_line(b, text);
	else
		field_add(f, r, b);
	return true;
}

/* They mostly come in their order: the next one is looked for behind those that were seen. */
static const struct field *
ticket_header_find(struct str name, uint64_t seen)
{
	size_t first = seen != 0 ? 64 - (size_t)__builtin_clzll(seen) : 0;

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		const struct field *f = &headers[(first + i) % ARRAY_LEN(headers)];

		if (str_is(name, f->name))
			return f;
	}
	return NULL;
}

static int
ticket_header_bad(struct err *err, const char *what, struct str value)
{
	_cleanup_(buf_release) struct buf shown = BUF_INIT;

	clean_add_line(&shown, value, 60);
	return err_set(err, ERR_INVALID, "%s: '%s'", what, shown.p);
}

int
ticket_header_parse(struct str line, struct record *r, uint64_t *seen, struct err *err)
{
	_cleanup_(buf_release) struct buf hold = BUF_INIT;
	const struct field *f;
	struct str name, value = line, raw;
	uint64_t bit;

	if (!str_cut(&value, ':', &name))
		return ticket_header_bad(err, "no header of the form \"Name: value\"", line);
	f = ticket_header_find(name, *seen);
	if (f == NULL)
		return ticket_header_bad(err, "unknown header", name);
	bit = UINT64_C(1) << (f - headers);
	if (*seen & bit)
		return err_set(err, ERR_INVALID, "a second header %s", f->name);
	if (value.len > 0 && value.p[0] == ' ')
		value = str_n(value.p + 1, value.len - 1);
	if (!escape_view_line(value, &hold, &raw) || !field_parse(f, raw, r)) {
		(void)ticket_header_bad(err, "a value that cannot be used", value);
		(void)err_prefix(err, "header %s", f->name);
		return ERR_INVALID;
	}
	if (f->offset == offsetof(struct record, ticket.priority) &&
	    r->ticket.priority > TICKET_PRIO_MAX)
		return err_set(err, ERR_INVALID, "Priority is above %d", TICKET_PRIO_MAX);
	*seen |= bit;
	return 0;
}

int
ticket_header_check(uint64_t seen, struct err *err)
{
	static const char *const required[] = { "Id", "Rev", "Phase" };

	for (size_t i = 0; i < ARRAY_LEN(required); i++) {
		const struct field *f = ticket_header_find(str_of(required[i]), 0);

		if (f == NULL || !(seen & UINT64_C(1) << (f - headers)))
			return err_set(err, ERR_INVALID, "header %s is missing", required[i]);
	}
	return 0;
}
