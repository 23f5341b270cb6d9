/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_state.h"

#include <pwd.h>

#include "cli/cli_gone.h"
#include "store/tickets.h"
#include "sys/file.h"
#include "sys/proc.h"

#define CONFIG_BYTES_MAX (1024u * 1024u)

void
cli_release(struct cli *c)
{
	if (c->has_config)
		config_release(&c->config);
	if (c->has_root)
		root_release(&c->root);
	c->has_config = c->has_root = false;
}

/* Whatever is wrong with the place where everything is kept: nothing can be done. */
static int
cli_fail_state(struct err *err)
{
	int status = cli_fail(err);

	return status == EXIT_AGAIN ? status : EXIT_IO;
}

int
cli_root(struct cli *c)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct root root = ROOT_INIT;
	struct err err = ERR_INIT;

	if (c->has_root)
		return EXIT_OK;
	if (root_path(&path, &err) < 0 || root_open(io_default(), path.p, &root, &err) < 0)
		return cli_fail_state(&err);
	c->root = root;
	c->has_root = true;
	return EXIT_OK;
}

int
cli_config(struct cli *c)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT, name = BUF_INIT;
	struct err err = ERR_INIT;
	int status = cli_root(c), e;

	if (status != EXIT_OK || c->has_config)
		return status;
	buf_addf(&name, "%s/config", c->root.path);
	e = file_read(c->root.io, c->root.dir, "config", CONFIG_BYTES_MAX, &bytes, &err);
	if (e < 0 && e != ERR_NOTFOUND)
		return cli_fail_state(&err);
	if (e == ERR_NOTFOUND) /* everything is as it is without a word about it */
		config_init(&c->config);
	else if (config_load(buf_str(&bytes), name.p, &c->config, &err) < 0)
		return cli_fail_state(&err);
	c->has_config = true;
	return EXIT_OK;
}

int
cli_ticket(struct cli *c, const char *arg, struct record *ret)
{
	struct err err = ERR_INIT;
	struct ticket_id id;
	int status, e;

	if (!ticket_id_parse(str_of(arg[0] == '#' ? arg + 1 : arg), &id)) {
		cli_say("\"%s\" is no number of a ticket; `reeve ls` lists them", arg);
		return EXIT_USAGE;
	}
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	e = ticket_read(&c->root, id, ret, &err);
	if (e == ERR_NOTFOUND) {
		_cleanup_(buf_release) struct buf why = BUF_INIT;

		if (cli_gone_say(&c->root, id, &why))
			cli_say("ticket %u: %s", id.n, why.p);
		else
			cli_say("there is no ticket %u; `reeve ls` lists them", id.n);
		return EXIT_REFUSED;
	}
	return e < 0 ? cli_fail(&err) : EXIT_OK;
}

void
cli_program(const char *name, struct buf *ret)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (proc_exe_dir(&path, NULL) == 0) {
		buf_addf(&path, "/%s", name);
		if (access(path.p, X_OK) == 0) {
			buf_add_str(ret, buf_str(&path));
			return;
		}
	}
	buf_adds(ret, name); /* PATH will tell */
}

void
cli_actor(char *ret, size_t size)
{
	const struct passwd *pw = getpwuid(geteuid());
	size_t n;

	n = (size_t)snprintf(ret, size, "person:%s", pw != NULL ? pw->pw_name : "");
	if (n <= strlen("person:") || n >= size) {
		(void)snprintf(ret, size, "person:uid-%u", (unsigned)geteuid());
		return;
	}
	for (char *p = ret + strlen("person:"); *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			*p) == NULL)
			*p = '_';
}
