/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_config.h"

#include <errno.h>
#include <limits.h>

#include "sys/file.h"

#define CONFIG_BYTES_MAX (1024u * 1024u)

/* ---- which repository ---- */

/* The length of dir when it is path or above it, else 0. */
static size_t
config_holds(const char *dir, const char *path)
{
	_cleanup_(free_charp) char *real = realpath(dir, NULL);
	size_t n;

	if (real == NULL)
		return 0;
	n = strlen(real);
	if (strncmp(real, path, n) != 0)
		return 0;
	return path[n] == '\0' || path[n] == '/' || strcmp(real, "/") == 0 ? n : 0;
}

static void
config_list_repos(const struct config *c, struct buf *ret)
{
	for (size_t i = 0; i < c->repos.n; i++)
		buf_addf(ret, "%s%s", i > 0 ? ", " : "", c->repos.v[i].name);
	if (c->repos.n == 0)
		buf_adds(ret, "none");
}

const struct config_repo *
config_choose_repo(const struct config *c, const char *name, const char *cwd, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	_cleanup_(free_charp) char *real = NULL;
	const struct config_repo *best = NULL;
	size_t length = 0;

	config_list_repos(c, &names);
	if (name != NULL) {
		best = config_repo(c, name);
		if (best == NULL)
			(void)err_set(err, ERR_NOTFOUND,
			    "there is no repository \"%s\" (configured: %s). Add it with `reeve "
			    "repo add "
			    "PATH --name %s`",
			    name, names.p, name);
		return best;
	}
	real = realpath(cwd, NULL);
	if (real == NULL) {
		(void)err_sys(err, errno, "cannot find the directory %s", cwd);
		return NULL;
	}
	for (size_t i = 0; i < c->repos.n; i++) {
		size_t n = config_holds(c->repos.v[i].path, real);

		if (n > length) {
			best = &c->repos.v[i];
			length = n;
		}
	}
	if (best == NULL)
		(void)err_set(err, ERR_NOTFOUND,
		    "%s is in no repository that reeve knows (configured: %s). Name one with "
		    "--repo, or add it with `reeve repo add PATH`",
		    real, names.p);
	return best;
}

void
config_repo_name(const char *path, struct buf *ret)
{
	static const char fit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	struct str rest = str_of(path);
	size_t start = ret->len, begin;

	while (rest.len > 1 && rest.p[rest.len - 1] == '/')
		rest.len--;
	for (begin = rest.len; begin > 0 && rest.p[begin - 1] != '/';)
		begin--;
	rest = str_n(rest.p + begin, rest.len - begin);
	for (size_t i = 0; i < rest.len && ret->len - start < 64; i++) {
		char c = rest.p[i] != '\0' && strchr(fit, rest.p[i]) != NULL ? rest.p[i] : '-';

		if (ret->len > start || (c != '.' && c != '_' && c != '-'))
			buf_addch(ret, c);
	}
	if (ret->len == start)
		buf_adds(ret, "repo");
}

/* ---- the text ---- */

/* One line with its end, cut off the text. */
static struct str
config_line(struct str *text)
{
	struct str rest = *text, line;
	size_t n;

	(void)str_cut(&rest, '\n', &line);
	n = line.len < text->len ? line.len + 1 : line.len;
	line = str_n(text->p, n);
	*text = str_n(text->p + n, text->len - n);
	return line;
}

/* Trimmed, also of the line's end. */
static struct str
config_bare(struct str line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	return str_trim(line);
}

static bool
config_is_header(struct str line)
{
	return str_starts(config_bare(line), "[");
}

/* [kind "name"] or, with name NULL, [kind]. */
static bool
config_is_section(struct str line, const char *kind, const char *name)
{
	_cleanup_(buf_release) struct buf quoted = BUF_INIT;
	struct str bare = config_bare(line), inside;

	if (bare.len < 2 || !str_starts(str_n(bare.p + 1, bare.len - 1), kind))
		return false;
	bare = str_n(bare.p + 1 + strlen(kind), bare.len - 1 - strlen(kind));
	if (!str_cut(&bare, ']', &inside))
		return false;
	inside = str_trim(inside);
	if (name == NULL)
		return inside.len == 0;
	buf_addf(&quoted, "\"%s\"", name);
	return str_eq(inside, buf_str(&quoted));
}

static bool
config_is_blank(struct str line)
{
	struct str bare = config_bare(line);

	return bare.len == 0 || bare.p[0] == '#' || bare.p[0] == ';';
}

bool
config_remove_section(struct str text, const char *kind, const char *name, struct buf *ret)
{
	bool is_inside = false, is_found = false;
	size_t kept = 0; /* comments and blank lines since the last key: the next section's */

	while (text.len > 0) {
		struct str line = config_line(&text);

		if (config_is_header(line))
			is_inside = config_is_section(line, kind, name);
		if (is_inside &&
		    !config_is_blank(line)) { /* what is between its keys goes with them */
			buf_truncate(ret, ret->len - kept);
			kept = 0;
			is_found = true;
			continue;
		}
		buf_add_str(ret, line);
		kept = is_inside ? kept + line.len : 0;
	}
	return is_found;
}

static bool
config_is_key(struct str line, const char *key)
{
	struct str name, rest = line;

	return !config_is_blank(line) && str_cut(&rest, '=', &name) && str_is(str_trim(name), key);
}

void
config_set_agent(struct str text, const char *name, struct buf *ret)
{
	bool is_inside = false, is_set = false;
	size_t head = 0; /* behind the line [defaults] in ret; 0: there was none */

	while (text.len > 0) {
		struct str line = config_line(&text);

		if (config_is_header(line)) {
			is_inside = config_is_section(line, "defaults", NULL);
			if (is_inside && head == 0)
				head = ret->len + line.len;
		}
		if (is_inside && !is_set && config_is_key(line, "agent")) {
			buf_addf(ret, "agent = %s\n", name);
			is_set = true;
			continue;
		}
		buf_add_str(ret, line);
	}
	if (!is_set && head > 0) {
		_cleanup_(buf_release) struct buf tail = BUF_INIT;

		buf_add(&tail, ret->p + head, ret->len - head);
		buf_truncate(ret, head);
		buf_addf(ret, "%sagent = %s\n", ret->p[head - 1] == '\n' ? "" : "\n", name);
		buf_add_str(ret, buf_str(&tail));
	} else if (!is_set) {
		buf_addf(ret, "%s[defaults]\nagent = %s\n",
		    ret->len > 0 && ret->p[ret->len - 1] != '\n' ? "\n" : "", name);
	}
}

/* ---- the file ---- */

int
cli_config_read(struct cli *c, struct buf *ret, struct err *err)
{
	int e = file_read(c->root.io, c->root.dir, "config", CONFIG_BYTES_MAX, ret, err);

	return e == ERR_NOTFOUND ? 0 : e;
}

int
cli_config_write(struct cli *c, struct str bytes, struct err *err)
{
	struct config config;
	int e;

	e = config_load(bytes, "the changed config", &config, err);
	if (e < 0)
		return e;
	e = file_replace(c->root.io, c->root.dir, "config", bytes, err);
	if (e < 0) {
		config_release(&config);
		(void)err_prefix(err, "cannot write %s/config", c->root.path);
		return e;
	}
	if (c->has_config)
		config_release(&c->config);
	c->config = config;
	c->has_config = true;
	return 0;
}
