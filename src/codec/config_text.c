/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inih splits lines into keys and values.  As it comes it would do more, and in silence: cut a line at 199
 * bytes and a section's name at 49, join an indented line (`git config -f` indents) to the value before,
 * cut `"a ; b"` at the blank, skip what is behind a `]`, and never mention a section without keys.  So its
 * options are set, and it reads through config_line(), which hands out whole lines, counts them, reads the
 * section headers itself and refuses what it cannot pass on unchanged.
 *
 * A value means what git says it means: "..." around it, \" \\ \t, a comment behind a blank.  What git and
 * a reader of the file could take for two things is refused.
 */
#include "base/base.h"

#include "codec/config_text.h"

#include <ini.h>

#include "base/clean.h"
#include "codec/config_keys.h"
#include "codec/config_profile.h"
#include "codec/config_value.h"
#include "core/id.h"

#define CONFIG_BYTES_MAX (1024 * 1024)
#define CONFIG_LINE_MAX  8192 /* inih has a buffer of this size on the stack */

struct config_reading {
	struct str rest;
	struct config *c;
	enum config_section section; /* repo and agent: the last one of its array */
	unsigned section_line;
	unsigned line;
	uint64_t seen; /* bit i: config_keys[i]; [defaults] and [tmux] may be opened again */
	bool is_done;  /* a line was refused */
	struct err *err;
};

static int config_wrong(struct config_reading *r, const char *fmt, ...) printf_like(2, 3);

static int
config_wrong(struct config_reading *r, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	r->is_done = true;
	return err_set(r->err, ERR_INVALID, "line %u: %s", r->line, b.p);
}

void
config_init(struct config *c)
{
	*c = (struct config){
		.review = REVIEW_HUMAN,
		.merge = MERGE_AUTO,
		.slots = 4,
		.drain_ms = 60000,
		.remind_ms = 86400000,
		.grace_ms = 5000,
		.start_deadline_ms = 60000,
		.transcript = 8 << 20,
		.port_first = 42000,
		.port_last = 42999,
		.tmux_socket = xstrdup("reeve"),
	};
}

static void
config_repo_release(struct config_repo *r)
{
	free(r->name);
	free(r->path);
	free(r->base);
	free(r->agent);
	free(r->worktrees);
	strvec_release(&r->gate.commands);
	free(r->message);
	free(r->landed);
	free(r->setup);
	free(r->teardown);
	strvec_release(&r->copy);
	strvec_release(&r->link);
}

static void
config_repo_init(struct config_repo *r, char *name)
{
	*r = (struct config_repo){ .name = name,
		.landing = LANDING_MERGE,
		.gate = { .ms = 1800000, .output = 1024 * 1024 } };
}

static void
config_agent_release(struct config_agent *a)
{
	free(a->name);
	free(a->profile);
	free(a->start);
	free(a->resume);
	free(a->session);
	free(a->reviewer);
	free(a->options);
	strvec_release(&a->common);
	strvec_release(&a->files);
	strvec_release(&a->env);
	strvec_release(&a->unset);
}

void
config_release(struct config *c)
{
	for (size_t i = 0; i < c->repos.n; i++)
		config_repo_release(&c->repos.v[i]);
	for (size_t i = 0; i < c->agents.n; i++)
		config_agent_release(&c->agents.v[i]);
	free(c->repos.v);
	free(c->agents.v);
	free(c->agent);
	free(c->notify);
	free(c->worktrees);
	free(c->tmux_socket);
	free(c->tmux_conf);
	memset(c, 0, sizeof *c);
}

struct digest
config_gate_digest(const struct config_gate *g)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (size_t i = 0; i < g->commands.n; i++)
		buf_addf(&b, "%s\n", g->commands.v[i]);
	return digest_of(buf_str(&b));
}

bool
config_gate_is_due(const struct config_gate *g, const struct ticket *t)
{
	struct digest by;

	if (!g->is_early || g->commands.n == 0)
		return false;
	by = config_gate_digest(g);
	return !oid_is_set(t->gated) || !digest_eq(&t->gated_by, &by);
}

const struct config_repo *
config_repo(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->repos.n; i++)
		if (strcmp(c->repos.v[i].name, name) == 0)
			return &c->repos.v[i];
	return NULL;
}

const struct config_agent *
config_agent(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->agents.n; i++)
		if (strcmp(c->agents.v[i].name, name) == 0)
			return &c->agents.v[i];
	return NULL;
}

const char *
config_default_agent(const struct config *c, const struct config_repo *repo)
{
	return repo && repo->agent ? repo->agent : c->agent;
}

/* What the keys of the open section are fields of. */
static void *
config_object(const struct config_reading *r)
{
	if (r->section == CONFIG_REPO)
		return &r->c->repos.v[r->c->repos.n - 1];
	if (r->section == CONFIG_AGENT)
		return &r->c->agents.v[r->c->agents.n - 1];
	return r->c;
}

static void
config_unknown_key(struct config_reading *r, const char *shown)
{
	_cleanup_(buf_release) struct buf known = BUF_INIT;

	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].section == r->section)
			buf_addf(&known, " %s", config_keys[i].key);
	(void)config_wrong(
	    r, "key \"%s\" is not known in this section; there are:%s", shown, known.p);
}

/* inih's handler: 1 go on, 0 stop. */
static int
config_pair(void *user, const char *section, const char *name, const char *raw)
{
	struct config_reading *r = user;
	_cleanup_(buf_release) struct buf value = BUF_INIT, shown = BUF_INIT;
	const char *wrong;
	size_t i = 0;

	(void)section; /* config_header() has read it, whole */
	clean_add_line(&shown, str_of(name), 40);
	if (r->section == CONFIG_NOWHERE) {
		config_wrong(r, "key \"%s\" stands before the first [section]", shown.p);
		return 0;
	}
	while (i < config_keys_count &&
	       (config_keys[i].section != r->section || strcmp(config_keys[i].key, name) != 0))
		i++;
	if (i == config_keys_count) {
		config_unknown_key(r, shown.p);
		return 0;
	}
	if ((r->seen & (uint64_t)1 << i) != 0 && !config_key_repeats(&config_keys[i])) {
		config_wrong(r, "key \"%s\" is set twice", name);
		return 0;
	}
	r->seen |= (uint64_t)1 << i;
	wrong = config_value_read(str_of(raw), &value);
	if (wrong != NULL) {
		config_wrong(r, "the value of \"%s\": %s", name, wrong);
		return 0;
	}
	wrong = config_key_set(&config_keys[i], config_object(r), value.p);
	if (wrong != NULL) {
		config_wrong(r, "\"%s\" must be %s", name, wrong);
		return 0;
	}
	return 1;
}

/* --- sections --- */

/* A section is complete when the next one begins, or the file ends. */
static int
config_close(struct config_reading *r)
{
	const char *missing = NULL;
	struct config_repo *repo = r->section == CONFIG_REPO ? config_object(r) : NULL;
	struct config_agent *agent = r->section == CONFIG_AGENT ? config_object(r) : NULL;

	if (repo != NULL && repo->path == NULL)
		missing = "path";
	else if (repo != NULL && repo->base == NULL)
		repo->base = xstrdup("main");
	if (agent != NULL) {
		agent->given = r->seen;
		config_profile_choose(agent);
		if (agent->start == NULL && agent->profile == NULL)
			missing = "start";
	}
	if (missing == NULL)
		return 0;
	r->line = r->section_line;
	return config_wrong(
	    r, "this section has no \"%s\", which it needs: %s = ...", missing, missing);
}

/* Takes `word`, or `word "name"`, apart. */
static bool
config_header_split(struct str s, struct str *ret_word, struct str *ret_name)
{
	*ret_name = str_n(NULL, 0);
	if (!str_cut(&s, ' ', ret_word))
		return true;
	s = str_trim(s);
	if (s.len < 2 || s.p[0] != '"' || s.p[s.len - 1] != '"')
		return false;
	*ret_name = str_n(s.p + 1, s.len - 2);
	return true;
}

static int
config_open(struct config_reading *r, struct str word, struct str name)
{
	_cleanup_(free_charp) char *owned = xstrndup(name.p != NULL ? name.p : "", name.len);
	bool has_name = str_is(word, "repo") || str_is(word, "agent");

	if (has_name && !id_is_name(name))
		return config_wrong(r,
		    "it needs a name: [%.*s \"name\"], a letter or digit, then at most 63 letters, "
		    "digits and ._-",
		    STR_FMT(word));
	if (has_name && (str_is(word, "repo") ? (config_repo(r->c, owned) != NULL)
					      : (config_agent(r->c, owned) != NULL)))
		return config_wrong(
		    r, "[%.*s \"%s\"] stands here a second time; keep one", STR_FMT(word), owned);
	if (str_is(word, "repo")) {
		r->section = CONFIG_REPO;
		config_repo_init(VEC_PUSH(&r->c->repos), take_charp(&owned));
	} else if (str_is(word, "agent")) {
		r->section = CONFIG_AGENT;
		VEC_PUSH(&r->c->agents)->name = take_charp(&owned);
	} else if (name.p == NULL && str_is(word, "defaults")) {
		r->section = CONFIG_DEFAULTS;
	} else if (name.p == NULL && str_is(word, "tmux")) {
		r->section = CONFIG_TMUX;
	} else {
		return config_wrong(r,
		    "this section is not known; there are [defaults], [tmux], [repo \"name\"] and "
		    "[agent \"name\"]");
	}
	for (size_t i = 0; has_name && i < config_keys_count; i++)
		if (config_keys[i].section == r->section)
			r->seen &= ~((uint64_t)1 << i);
	return 0;
}

/* line begins with a [ */
static int
config_header(struct config_reading *r, struct str line)
{
	struct str rest = str_n(line.p + 1, line.len - 1), inside, word, name;
	unsigned here = r->line;

	if (config_close(r) < 0)
		return ERR_INVALID;
	if (!str_cut(&rest, ']', &inside))
		return config_wrong(r, "the [ of this section is not closed");
	rest = str_trim(rest);
	if (rest.len > 0 && rest.p[0] != '#' && rest.p[0] != ';')
		return config_wrong(r, "put what follows the ] on a line of its own");
	if (!config_header_split(inside, &word, &name))
		return config_wrong(r, "a section is [word] or [word \"name\"]");
	r->section_line = here;
	return config_open(r, word, name);
}

/* --- lines --- */

static int
config_check_line(struct config_reading *r, struct str line, size_t room)
{
	struct str rest = line, name;

	if (r->line == 1 && str_starts(line, "\xef\xbb\xbf"))
		return config_wrong(
		    r, "it begins with a byte order mark; save it as UTF-8 without one");
	if (!config_value_is_plain(line))
		return config_wrong(r, "it holds a control character, or is not UTF-8");
	if (line.len >= room)
		return config_wrong(r, "it has %zu bytes; a line can have %zu", line.len, room - 1);
	(void)str_cut(&rest, '=', &name); /* without a '=' inih refuses it */
	if (line.len > 0 && line.p[0] != '[' && line.p[0] != '#' && line.p[0] != ';' &&
	    memchr(name.p, ':', name.len) != NULL)
		return config_wrong(r, "write key = value, not key: value");
	return 0;
}

/* inih's reader, in the place of fgets: the next line that holds a pair, or NULL. */
static char *
config_line(char *ret, int size, void *stream)
{
	struct config_reading *r = stream;
	struct str line;

	while (!r->is_done && r->rest.len > 0) {
		(void)str_cut(&r->rest, '\n', &line);
		line = str_trim(line);
		r->line++;
		if (config_check_line(r, line, (size_t)size) < 0)
			return NULL;
		if (line.len == 0 || line.p[0] == '#' || line.p[0] == ';')
			continue;
		if (line.p[0] == '[') {
			if (config_header(r, line) < 0)
				return NULL;
			continue;
		}
		memcpy(ret, line.p, line.len);
		ret[line.len] = '\0';
		return ret;
	}
	return NULL;
}

static int
config_read(struct config_reading *r)
{
	int n;

	ini_allow_bom = false;
	ini_allow_inline_comments = false;
	ini_allow_multiline = false;
	ini_allow_no_value = false;
	ini_max_line = CONFIG_LINE_MAX;
	ini_stop_on_first_error = true;
	ini_use_stack = true;
	n = ini_parse_stream(config_line, r, config_pair, r);
	if (r->is_done)
		return ERR_INVALID;
	if (n != 0)
		return config_wrong(r, "it is neither a [section] nor key = value nor a # comment");
	return config_close(r);
}

int
config_load_bare(struct str bytes, const char *name, struct config *ret, struct err *err)
{
	struct config c;
	struct config_reading r = { .rest = bytes, .c = &c, .err = err };

	if (bytes.len > CONFIG_BYTES_MAX)
		return err_set(err, ERR_INVALID, "%s: it has %zu bytes; it can have %d", name,
		    bytes.len, CONFIG_BYTES_MAX);
	config_init(&c);
	if (config_read(&r) < 0) {
		config_release(&c);
		(void)err_prefix(err, "%s", name); /* the code is known */
		return ERR_INVALID;
	}
	*ret = c;
	return 0;
}

int
config_load(struct str bytes, const char *name, struct config *ret, struct err *err)
{
	if (config_load_bare(bytes, name, ret, err) < 0)
		return ERR_INVALID;
	config_profiles_apply(ret);
	return 0;
}
