/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_convert.h"

#include <strings.h>

#define ENDS_MAX 64 /* more of them cost more than they save */

static bool
git_convert_is_attributes(const git_index_entry *e)
{
	const char *slash = strrchr(e->path, '/');

	return strcmp(slash ? slash + 1 : e->path, ".gitattributes") == 0 && S_ISREG(e->mode);
}

/* One line: if it can change what is written, whose name may it mean? */
static void
git_convert_line(struct git_convert_rules *rules, struct str line)
{
	static const char *const words[] = { "crlf", "ident", "filter", "working-tree-encoding" };
	static const char globs[] = "*?[\\";
	_cleanup_(free_charp) char *text = NULL;
	char *last;
	bool counts = false;

	line = str_trim(line);
	if (line.len == 0 || line.p[0] == '#' || rules->all)
		return;
	text = xstrndup(line.p, line.len);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		counts = counts || strstr(text, words[i]) != NULL;
	if (!counts)
		return;
	text[strcspn(text, " \t")] = '\0';
	last = strrchr(text, '/') ? strrchr(text, '/') + 1 : text;
	if (*last == '*')
		last++;
	/* a macro, quotes, a pattern with more in it than one star in front: not worth a parser */
	if (strchr("[\"!", text[0]) || *last == '\0' || strpbrk(last, globs) ||
	    rules->ends.n == ENDS_MAX)
		rules->all = true;
	else
		strvec_push(&rules->ends, last);
}

static void
git_convert_lines(struct git_convert_rules *rules, struct str text)
{
	struct str line;

	if (text.len > 0 && memchr(text.p, '\0', text.len))
		rules->all = true;
	for (bool more = true; more;) {
		more = str_cut(&text, '\n', &line);
		git_convert_line(rules, line);
	}
}

/* A file of the user or the system; most have none. */
static void
git_convert_file(struct git_convert_rules *rules, const char *path)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (access(path, F_OK) < 0)
		return;
	if (git_util_read(path, 1 << 20, &text))
		git_convert_lines(rules, buf_str(&text));
	else
		rules->all = true; /* a link, say: libgit2 reads it */
}

/* The files of this name in a search path of libgit2 (directories with ':' between). */
static void
git_convert_search(struct git_convert_rules *rules, int level, const char *name)
{
	git_buf dirs = { NULL, 0, 0 };
	struct str rest, dir;
	bool more;

	if (git_libgit2_opts(GIT_OPT_GET_SEARCH_PATH, level, &dirs) < 0) {
		rules->all = true;
		return;
	}
	rest = str_of(dirs.ptr);
	do {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		more = str_cut(&rest, ':', &dir);
		buf_addf(&path, "%.*s/%s", STR_FMT(dir), name);
		if (dir.len > 0)
			git_convert_file(rules, path.p);
	} while (more);
	git_buf_dispose(&dirs);
}

static void
git_convert_config(struct git_convert_rules *rules, git_config *config)
{
	git_buf path = { NULL, 0, 0 };
	const char *value = NULL;
	int yes = 0;

	if (git_config_get_string(&value, config, "core.autocrlf") < 0)
		value = "false";
	rules->auto_crlf = git_config_get_bool(&yes, config, "core.autocrlf") == 0 && yes;
	rules->text_is_crlf = rules->auto_crlf;
	if (strcasecmp(value, "input") != 0 && !rules->auto_crlf &&
	    git_config_get_string(&value, config, "core.eol") == 0)
		rules->text_is_crlf = strcasecmp(value, "crlf") == 0;
	rules->all = rules->text_is_crlf;
	if (git_config_get_path(&path, config, "core.attributesfile") == 0)
		git_convert_file(rules, path.ptr);
	git_buf_dispose(&path);
}

bool
git_convert_rules_read(
    git_repository *repo, git_index *want, struct git_convert_rules *rules, struct git_result *ret)
{
	_cleanup_(buf_release) struct buf info = BUF_INIT;
	AUTO_GIT(git_config) *config = NULL;
	size_t n = git_index_entrycount(want);

	if (git_repository_config_snapshot(&config, repo) < 0) {
		git_util_fail(ret, "reading the configuration of %s", git_repository_workdir(repo));
		return false;
	}
	git_convert_config(rules, config);
	git_util_common_path(repo, "info/attributes", &info);
	git_convert_file(rules, info.p);
	git_convert_search(rules, GIT_CONFIG_LEVEL_XDG, "attributes");
	git_convert_search(rules, GIT_CONFIG_LEVEL_SYSTEM, "gitattributes");
	for (size_t i = 0; i < n && !rules->all; i++) {
		const git_index_entry *e = git_index_get_byindex(want, i);
		AUTO_GIT(git_blob) *blob = NULL;

		if (!git_convert_is_attributes(e))
			continue;
		if (git_blob_lookup(&blob, repo, &e->id) < 0) {
			git_util_fail(ret, "reading %s of the commit", e->path);
			return false;
		}
		git_convert_lines(
		    rules, str_n(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)));
	}
	return true;
}

void
git_convert_rules_release(struct git_convert_rules *rules)
{
	strvec_release(&rules->ends);
}

/* --- a path --- */

bool
git_convert_open(struct git_convert *c, const char *path, git_index *want,
    const struct git_convert_rules *rules, struct git_result *ret)
{
	AUTO_GIT(git_index) *index = NULL;
	size_t n = git_index_entrycount(want);
	int code = 0;

	c->rules = rules;
	if (!rules->all && rules->ends.n == 0)
		return true;
	if (!git_util_open(path, &c->repo, ret))
		return false;
	code = git_repository_config_snapshot(&c->config, c->repo);
	if (code == 0)
		code = git_repository_index(&index, c->repo);
	if (code == 0)
		code = git_index_clear(index); /* in memory; it is never written */
	for (size_t i = 0; code == 0 && i < n; i++) {
		const git_index_entry *e = git_index_get_byindex(want, i);

		if (git_convert_is_attributes(e))
			code = git_index_add(index, e);
	}
	if (code < 0)
		git_util_fail(ret, "reading the attributes of %s", path);
	return code == 0;
}

void
git_convert_release(struct git_convert *c)
{
	git_config_free(c->config);
	git_repository_free(c->repo);
	memset(c, 0, sizeof *c);
}

static bool
git_convert_is_meant(const struct git_convert_rules *rules, const char *path)
{
	size_t len = strlen(path);
	bool meant = rules->all;

	for (size_t i = 0; i < rules->ends.n && !meant; i++) {
		size_t n = strlen(rules->ends.v[i]);

		meant = n <= len && strcasecmp(path + len - n, rules->ends.v[i]) == 0;
	}
	return meant;
}

enum { TEXT, CRLF, EOL, IDENT, FILTER, ENCODING, ATTRIBUTES };

/* gitattributes(5), `text` and `eol`, on a system whose own line end is LF */
static enum git_crlf
git_convert_eol(const struct git_convert_rules *rules, const char *const *v)
{
	const char *text = GIT_ATTR_IS_UNSPECIFIED(v[TEXT]) ? v[CRLF] : v[TEXT];
	bool is_text = GIT_ATTR_IS_TRUE(text), is_auto = false, is_input = false;
	bool has_eol = GIT_ATTR_HAS_VALUE(v[EOL]);

	if (GIT_ATTR_IS_FALSE(text))
		return GIT_CRLF_KEEP;
	if (GIT_ATTR_HAS_VALUE(text)) {
		is_auto = strcmp(text, "auto") == 0;
		is_input = strcmp(text, "input") == 0;
	}
	if (has_eol && strcmp(v[EOL], "crlf") == 0)
		return is_auto ? GIT_CRLF_AUTO : GIT_CRLF_TEXT;
	if (is_input || (has_eol && strcmp(v[EOL], "lf") == 0))
		return GIT_CRLF_KEEP;
	if (is_text || is_auto)
		return !rules->text_is_crlf ? GIT_CRLF_KEEP
		       : is_auto            ? GIT_CRLF_AUTO
					    : GIT_CRLF_TEXT;
	return rules->auto_crlf ? GIT_CRLF_AUTO : GIT_CRLF_KEEP;
}

static const char *
git_convert_setting(git_config *config, const char *driver, const char *key)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const char *value;

	buf_addf(&name, "filter.%s.%s", driver, key);
	return git_config_get_string(&value, config, name.p) == 0 ? value : "";
}

/* A driver that is not configured, or does nothing at a checkout, is none. */
static void
git_convert_filter(git_config *config, const char *driver, struct git_conversion *how)
{
	const char *smudge = git_convert_setting(config, driver, "smudge");
	const char *process = git_convert_setting(config, driver, "process");
	const char *run = *process ? process : smudge;
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	int required = 0;

	buf_addf(&name, "filter.%s.required", driver);
	if (git_config_get_bool(&required, config, name.p) < 0)
		required = 0;
	if ((*run == '\0' && !required) || (*process == '\0' && strcmp(smudge, "cat") == 0))
		return;
	how->kind = GIT_DRIVER_PROGRAM;
	(void)snprintf(how->driver, sizeof how->driver, "%s", driver); /* to be read by people */
	if (str_starts(str_of(run), "git-lfs ") || str_starts(str_of(run), "git lfs ")) {
		how->kind = GIT_DRIVER_LFS;
		how->skips = strstr(run, " --skip") != NULL;
	}
}

bool
git_convert_of(
    struct git_convert *c, const char *path, struct git_conversion *ret_how, struct git_result *ret)
{
	const char *names[ATTRIBUTES] = { [TEXT] = "text",
		[CRLF] = "crlf",
		[EOL] = "eol",
		[IDENT] = "ident",
		[FILTER] = "filter",
		[ENCODING] = "working-tree-encoding" };
	const char *v[ATTRIBUTES];

	memset(ret_how, 0, sizeof *ret_how);
	if (!git_convert_is_meant(c->rules, path))
		return true;
	if (git_attr_get_many(v, c->repo, GIT_ATTR_CHECK_INDEX_ONLY, path, ATTRIBUTES, names) < 0) {
		git_util_fail(ret, "reading the attributes of %s", path);
		return false;
	}
	ret_how->smudge.crlf = git_convert_eol(c->rules, v);
	ret_how->smudge.ident = GIT_ATTR_IS_TRUE(v[IDENT]);
	if (GIT_ATTR_HAS_VALUE(v[ENCODING]) && strcasecmp(v[ENCODING], "UTF-8") != 0 &&
	    strcasecmp(v[ENCODING], "UTF8") != 0)
		(void)snprintf(ret_how->smudge.encoding, sizeof ret_how->smudge.encoding, "%s",
		    v[ENCODING]); /* one that is cut off is unknown to iconv */
	if (GIT_ATTR_HAS_VALUE(v[FILTER]))
		git_convert_filter(c->config, v[FILTER], ret_how);
	return true;
}

void
git_convert_driver_now(git_repository *repo, const char *path, struct buf *ret)
{
	const char *value;

	buf_clear(ret);
	if (git_attr_get(&value, repo, GIT_ATTR_CHECK_FILE_THEN_INDEX, path, "filter") == 0 &&
	    GIT_ATTR_HAS_VALUE(value))
		buf_adds(ret, value);
}
