/* SPDX-License-Identifier: GPL-2.0-only */
/* repo add, repo ls, repo rm */
#include "base/base.h"

#include "cli/cli_repo.h"

#include <sys/wait.h>

#include "base/clean.h"
#include "cli/cli_config.h"
#include "cli/cli_options.h"
#include "cli/cmds.h"
#include "codec/json.h"
#include "codec/ref_name.h"
#include "store/tickets.h"
#include "sys/proc.h"

#define PROBE_TIMEOUT_MS 60000
#define PROBE_BYTES_MAX  (16u * 1024u)

/* ret: absolute path of the main worktree and base branch. */
static int
repo_probe(const char *path, const char *base, char **ret_path, char **ret_base)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf program = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;
	struct str rest, line;
	int status = 0;

	cli_program("reeved", &program);
	strvec_push(&argv, program.p);
	strvec_push(&argv, "--probe-repo");
	strvec_push(&argv, path);
	if (base != NULL)
		strvec_push(&argv, base);
	if (proc_run(&argv, NULL, PROBE_TIMEOUT_MS, PROBE_BYTES_MAX, &out, &status, &err) < 0)
		return cli_fail(&err);
	if (status != 0) { /* "PROGRAM: exit status 1: sentence": the sentence is what counts */
		const char *said = strstr(err.text, "exit status 1: ");

		cli_say("%s", said != NULL ? said + strlen("exit status 1: ") : err.text);
		return WIFEXITED(status) && WEXITSTATUS(status) == 1 ? EXIT_REFUSED : EXIT_IO;
	}
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &line);
	if (line.len > 0 && line.p[0] == '/')
		*ret_path = xstrndup(line.p, line.len);
	(void)str_cut(&rest, '\n', &line);
	*ret_base = xstrndup(line.p, line.len);
	if (*ret_path != NULL && line.len > 0)
		return EXIT_OK;
	cli_say(
	    "%s --probe-repo answered something that is no repository; is it of the same version?",
	    program.p);
	return EXIT_IO;
}

/* Is it there already?  True: the rest is done, *ret_status is the exit code. */
static bool
repo_is_known(struct cli *c, const struct config_repo *want, const char *name, const char *base,
    int *ret_status)
{
	*ret_status = EXIT_REFUSED;
	for (size_t i = 0; i < c->config.repos.n; i++) {
		const struct config_repo *have = &c->config.repos.v[i];

		if (strcmp(have->path, want->path) != 0)
			continue;
		if (name != NULL && strcmp(have->name, name) != 0) {
			cli_say("%s is configured already, as \"%s\"; `reeve repo rm %s` first if "
				"it shall "
				"have another name",
			    want->path, have->name, have->name);
			return true;
		}
		if (base != NULL && have->base != NULL && strcmp(have->base, base) != 0) {
			cli_say("%s is configured already, with base %s; change it in %s/config",
			    want->path, have->base, c->root.path);
			return true;
		}
		cli_out("repository %s is configured already: %s", have->name, have->path);
		*ret_status = EXIT_OK;
		return true;
	}
	if (config_repo(&c->config, want->name) == NULL)
		return false;
	cli_say("the name \"%s\" is taken by %s; choose another one with --name", want->name,
	    config_repo(&c->config, want->name)->path);
	return true;
}

int
repo_add(struct cli *c, const char *path, const char *name, const char *base)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, made = BUF_INIT;
	_cleanup_(free_charp) char *real = NULL, *branch = NULL, *called = NULL;
	struct config_repo repo = { 0 };
	struct err err = ERR_INIT;
	int status = cli_config(c);

	if (status == EXIT_OK)
		status = repo_probe(path, base, &real, &branch);
	if (status != EXIT_OK)
		return status;
	config_repo_name(real, &made);
	called = xstrdup(name != NULL ? name : made.p);
	repo = (struct config_repo){ .name = called, .path = real, .base = branch };
	if (repo_is_known(c, &repo, name, base, &status))
		return status;
	if (cli_config_read(c, &text, &err) < 0 || config_add_repo(&text, &repo, &err) < 0 ||
	    cli_config_write(c, buf_str(&text), &err) < 0)
		return cli_fail(&err);
	cli_out("repository %s: %s, base %s", called, real, branch);
	return EXIT_OK;
}

static int
repo_cmd_add(struct cli *c, int argc, char **argv)
{
	const char *name = NULL, *base = NULL;
	const struct cli_option options[] = {
		{ 0, "name", .value = &name },
		{ 0, "base", .value = &base },
		{ 0 },
	};
	struct operands args;
	int status;

	if (!options_parse("repo", options, argc, argv, 0, 1, &args, &status))
		return status;
	if (args.n == 0)
		return cli_usage("repo", "add: PATH is missing");
	if (name != NULL && !id_is_name(str_of(name)))
		return cli_usage("repo",
		    "--name takes a letter or digit, then at most 63 letters, digits and ._-");
	if (base != NULL && !ref_name_is_branch(str_of(base)))
		return cli_usage("repo", "--base takes the name of a branch, such as main");
	return repo_add(c, args.v[0], name, base);
}

static int
repo_cmd_ls(struct cli *c, int argc, char **argv)
{
	bool is_json = false;
	const struct cli_option options[] = { { 0, "json", .flag = &is_json }, { 0 } };
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct operands none;
	int status;

	if (!options_parse("repo", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	for (size_t i = 0; i < c->config.repos.n; i++) {
		const struct config_repo *r = &c->config.repos.v[i];

		if (is_json) {
			_cleanup_(json_drop) json_t *o = json_new();

			json_put_text(o, "name", r->name);
			json_put_text(o, "base", r->base);
			json_put_bytes(o, "path", r->path);
			if (b.len > 0)
				b.p[b.len - 1] = ','; /* in the place of the newline */
			json_add(o, true, &b);
		} else {
			cli_out(
			    "%-16s %-16s %s", r->name, r->base != NULL ? r->base : "-", r->path);
		}
	}
	if (is_json)
		(void)printf("[%s%s]\n", b.len > 0 ? "\n" : "", b.p);
	return EXIT_OK;
}

/* Live tickets of this repository. */
static int
repo_users(struct cli *c, const char *name, struct buf *ret, struct err *err)
{
	_cleanup_(ticket_ids_release) struct ticket_ids ids = { 0 };
	size_t n = 0;
	int e = tickets_list(&c->root, &ids, err);

	for (size_t i = 0; e == 0 && i < ids.n; i++) {
		_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

		e = ticket_read(&c->root, ids.v[i], &rec, err);
		if (e == ERR_NOTFOUND)
			e = 0;
		if (e < 0) /* it may be one of them */
			return e;
		if (rec.ticket.rev == 0 || phase_is_final(rec.ticket.phase) ||
		    rec.spec.repo == NULL || strcmp(rec.spec.repo, name) != 0)
			continue;
		if (n++ < 10)
			buf_addf(ret, "%s%u", n > 1 ? ", " : "", ids.v[i].n);
	}
	if (e == 0 && n > 10)
		buf_addf(ret, " and %zu more", n - 10);
	return e;
}

static int
repo_cmd_rm(struct cli *c, int argc, char **argv)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, rest = BUF_INIT, users = BUF_INIT;
	struct err err = ERR_INIT;
	struct operands args;
	int status;

	if (!options_parse("repo", NULL, argc, argv, 0, 1, &args, &status))
		return status;
	if (args.n == 0)
		return cli_usage("repo", "rm: NAME is missing");
	status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	if (config_repo(&c->config, args.v[0]) == NULL) {
		cli_say("there is no repository \"%s\"; `reeve repo ls` lists them", args.v[0]);
		return EXIT_REFUSED;
	}
	if (repo_users(c, args.v[0], &users, &err) < 0) {
		(void)err_prefix(&err, "cannot tell whether tickets use repository %s", args.v[0]);
		return cli_fail(&err);
	}
	if (users.len > 0) {
		cli_say(
		    "repository %s is used by tickets that are not done: %s. Cancel or finish them "
		    "first",
		    args.v[0], users.p);
		return EXIT_REFUSED;
	}
	if (cli_config_read(c, &text, &err) < 0)
		return cli_fail(&err);
	if (!config_remove_section(buf_str(&text), "repo", args.v[0], &rest)) {
		cli_say("cannot find the section [repo \"%s\"] in %s/config; remove it by hand",
		    args.v[0], c->root.path);
		return EXIT_REFUSED;
	}
	if (cli_config_write(c, buf_str(&rest), &err) < 0)
		return cli_fail(&err);
	cli_out("repository %s: forgotten; its files are as they were", args.v[0]);
	return EXIT_OK;
}

int
cmd_repo(struct cli *c, int argc, char **argv)
{
	struct operands none;
	int status;

	if (argc >= 2 && strcmp(argv[1], "add") == 0)
		return repo_cmd_add(c, argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "ls") == 0)
		return repo_cmd_ls(c, argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "rm") == 0)
		return repo_cmd_rm(c, argc - 1, argv + 1);
	if (!options_parse("repo", NULL, argc, argv, 0, argc, &none, &status))
		return status;
	return cli_usage("repo", "add, ls or rm?");
}
