/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve doctor: what would keep agents from working here, and how each of it is mended. */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>

#include "base/clean.h"
#include "cli/cli_doctor.h"
#include "cli/cli_options.h"
#include "cli/cli_print.h"
#include "sys/file.h"
#include "sys/proc.h"

#define DOCTOR_FILE_MAX ((size_t)32 * 1024 * 1024)

/* In the order in which they are told.  What is to be looked at, too, is a line here. */
static void (*const doctor_checks[])(struct doctor *d) = {
	doctor_state,
	doctor_supervisor,
	doctor_refused,
	doctor_inbox,
	doctor_programs,
	doctor_tmux,
	doctor_kernel,
	doctor_agents,
};

static const char *const doctor_words[] = { [DOCTOR_FINE] = "fine",
	[DOCTOR_UNTOLD] = "untold",
	[DOCTOR_NOTE] = "note",
	[DOCTOR_MEND] = "mend" };

void
doctor_release(struct doctor *d)
{
	for (size_t i = 0; i < d->lines.n; i++) {
		free(d->lines.v[i].what);
		free(d->lines.v[i].mend);
	}
	free(d->lines.v);
}

static void
doctor_add(struct doctor *d, enum doctor_kind kind, const char *about, struct str what)
{
	_cleanup_(buf_release) struct buf clean = BUF_INIT;

	clean_add_line(&clean, what, 0);
	*VEC_PUSH(&d->lines) =
	    (struct doctor_line){ .kind = kind, .about = about, .what = buf_take(&clean) };
}

void
doctor_say(struct doctor *d, enum doctor_kind kind, const char *about, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	doctor_add(d, kind, about, buf_str(&b));
}

void
doctor_mend(
    struct doctor *d, const char *about, const char *what, const char *why, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, clean = BUF_INIT;
	struct doctor_line *line;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	clean_add_line(&clean, buf_str(&b), 0);
	doctor_add(d, DOCTOR_MEND, about, str_of(what));
	line = &d->lines.v[d->lines.n - 1];
	line->why = why;
	line->mend = buf_take(&clean);
}

int
doctor_version(const char *program, const char *option, struct buf *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct str rest, line;
	int status, rc;

	strvec_push(&argv, program);
	strvec_push(&argv, option);
	rc = proc_run(&argv, "/", DOCTOR_VERSION_MS, DOCTOR_LINE_MAX, &out, &status, err);
	if (rc < 0)
		return rc;
	if (status != 0)
		return ERR_EXTERNAL;
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &line);
	clean_add_line(ret, line, 80);
	return 0;
}

/* --- files of others --- */

bool
doctor_path(const char *variable, const char *dir, const char *name, struct buf *ret)
{
	const char *at = variable ? getenv(variable) : NULL, *home = getenv("HOME");

	if (at && at[0] == '/')
		buf_addf(ret, "%s/%s", at, name);
	else if (home && home[0] == '/')
		buf_addf(ret, "%s/%s%s%s", home, dir, dir[0] ? "/" : "", name);
	else
		return false;
	return true;
}

int
doctor_text(struct doctor *d, const char *about, const char *path, struct buf *ret)
{
	struct err err = ERR_INIT;
	int rc = file_read(io_real(), IO_CWD, path, DOCTOR_FILE_MAX, ret, &err);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		return 1;
	doctor_say(d, DOCTOR_UNTOLD, about, "%s: %s", path, err.text);
	return -1;
}

int
doctor_json(struct doctor *d, const char *about, const char *path, json_t **ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = doctor_text(d, about, path, &b);

	if (rc <= 0)
		return rc;
	if (json_open(buf_str(&b), 64, ret, &err) == 0)
		return 1;
	doctor_say(d, DOCTOR_UNTOLD, about, "%s: %s", path, err.text);
	return -1;
}

/* --- showing --- */

static void
doctor_print(struct print *p, const struct doctor *d)
{
	static const enum print_style styles[] = { [DOCTOR_FINE] = PRINT_PLAIN,
		[DOCTOR_UNTOLD] = PRINT_DIM,
		[DOCTOR_NOTE] = PRINT_PLAIN,
		[DOCTOR_MEND] = PRINT_BAD };
	size_t n = 0;

	for (size_t i = 0; i < d->lines.n; i++) {
		const struct doctor_line *l = &d->lines.v[i];

		print_text(p, styles[l->kind], str_of(doctor_words[l->kind]));
		print_words(p, "%*s", (int)(8 - strlen(doctor_words[l->kind])), "");
		print_text(p, PRINT_BOLD, str_of(l->about));
		print_words(p, ": ");
		print_text(p, PRINT_PLAIN, str_of(l->what));
		print_words(p, "\n");
		if (l->why)
			print_words(p, "        why: %s\n", l->why);
		if (l->mend) {
			print_words(p, "        mend: ");
			print_text(p, PRINT_PLAIN, str_of(l->mend));
			print_words(p, "\n");
		}
		n += l->kind == DOCTOR_MEND;
	}
	if (n > 0)
		print_words(p, "%zu to mend\n", n);
	else
		print_words(p, "nothing to mend\n");
}

static void
doctor_print_json(struct print *p, const struct doctor *d)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (size_t i = 0; i < d->lines.n; i++) {
		const struct doctor_line *l = &d->lines.v[i];
		_cleanup_(json_drop) json_t *o = json_new();

		json_put_text(o, "kind", doctor_words[l->kind]);
		json_put_text(o, "about", l->about);
		json_put_text(o, "what", l->what);
		json_put_known(o, "why", l->why);
		json_put_known(o, "mend", l->mend);
		if (b.len > 0)
			b.p[b.len - 1] = ','; /* in the place of the newline */
		json_add(o, true, &b);
	}
	print_words(p, "[%s%s]\n", b.len > 0 ? "\n" : "", b.p);
}

int
cmd_doctor(struct cli *c, int argc, char **argv)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(doctor_release) struct doctor d = { .c = c };
	bool is_json = false, is_bad = false;
	const struct cli_option options[] = { { 0, "json", .flag = &is_json }, { 0 } };
	struct operands none;
	int status;

	if (!options_parse("doctor", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	for (size_t i = 0; i < ARRAY_LEN(doctor_checks); i++)
		doctor_checks[i](&d);
	print_open(&p);
	if (is_json)
		doctor_print_json(&p, &d);
	else
		doctor_print(&p, &d);
	status = print_close(&p);
	for (size_t i = 0; i < d.lines.n; i++)
		is_bad |= d.lines.v[i].kind == DOCTOR_MEND;
	return status != EXIT_OK ? status : is_bad ? EXIT_REFUSED : EXIT_OK;
}
