/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include <getopt.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "daemon/supervisor.h"
#include "effect/git_prune.h"
#include "effect/git_repo.h"
#include "store/root.h"
#include "sys/log.h"

static const char usage[] =
    "usage: reeved [-v] [--state DIR] [--once] [--ready-fd N]\n"
    "       reeved --probe-repo PATH [BASE]\n"
    "       reeved --probe-worktree PATH\n"
    "\n"
    "The supervisor of reeve: usually started by `reeve up`.  It runs in the\n"
    "foreground and logs to stderr; SIGTERM ends it, and workers go on.  One a state\n"
    "directory.\n"
    "\n"
    "  --state DIR    the state directory ($REEVE_STATE, else ~/.local/state/reeve)\n"
    "  --once         decide what waits in the spool, start and stop nothing, and end\n"
    "  --ready-fd N   write \"ready\" to this descriptor when the first turn is over\n"
    "  --probe-repo   can this repository be used?  Prints its path and base branch\n"
    "  --probe-worktree   prints the commit that HEAD names, and how many files are\n"
    "                     not committed\n"
    "  -v             log more\n"
    "\n"
    "Exit status: 0 ended as asked, 1 the repository cannot be used, 2 usage, 74 I/O,\n"
    "75 another supervisor runs, or try again.  See reeved(8).\n";

enum { OPT_STATE = 256, OPT_ONCE, OPT_READY, OPT_PROBE, OPT_LOOK, OPT_HELP, OPT_VERSION };

static void
main_version(void)
{
	_cleanup_(buf_release) struct buf library = BUF_INIT;

	git_repo_library(&library);
	(void)printf("reeved %s, %s\n", REEVE_VERSION, library.p);
}

static int
main_fail(const struct err *err)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	clean_add_line(&b, str_of(err->text), 0);
	(void)fprintf(stderr, "reeved: %s\n", b.p);
	switch ((enum err_code)err->code) {
	case ERR_BUSY:
	case ERR_LIMIT:
		return 75;
	case ERR_NOTFOUND:
	case ERR_INVALID:
	case ERR_CONFLICT:
	case ERR_IO:
	case ERR_EXTERNAL:
		break;
	}
	return 74;
}

static int
main_probe(const char *path, const char *base)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
	_cleanup_(buf_release) struct buf ret_base = BUF_INIT;
	struct err err = ERR_INIT;

	if (git_setup(&err) < 0)
		return main_fail(&err);
	git_repo_probe(path, base, &ret_base, &r);
	if (r.answer != GIT_ANSWER_OK) {
		(void)fprintf(stderr, "%s\n", r.text.p); /* cleaned by effect/git */
		return 1;
	}
	(void)printf("%s\n%s\n", r.text.p, ret_base.p);
	return fflush(stdout) == 0 ? 0 : 74;
}

static int
main_look(const char *path)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
	struct err err = ERR_INIT;

	if (git_setup(&err) < 0)
		return main_fail(&err);
	git_prune_look(path, &r);
	if (r.answer != GIT_ANSWER_OK) {
		(void)fprintf(stderr, "%s\n", r.text.p); /* cleaned by effect/git */
		return 1;
	}
	(void)printf("%s\n%s\n", r.a.hex, r.text.p);
	return fflush(stdout) == 0 ? 0 : 74;
}

static int
main_run(struct supervisor_options *o)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct rlimit files;
	struct err err = ERR_INIT;
	int rc;

	if (!o->state) {
		if (root_path(&path, &err) < 0)
			return main_fail(&err);
		o->state = path.p;
	}
	/* Nothing inherited stays open: it may be the lock of the worker that somebody started us from. */
	if (o->ready_fd > 3)
		(void)close_range(3, (unsigned)o->ready_fd - 1, 0);
	(void)close_range(o->ready_fd >= 3 ? (unsigned)o->ready_fd + 1 : 3, ~0U, 0);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files); /* one pidfd a worker */
	}
	if (git_setup(&err) < 0)
		return main_fail(&err);
	rc = supervisor_run(o, &err);
	if (rc < 0) {
		err.code = rc;
		return main_fail(&err);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "state", required_argument, NULL, OPT_STATE },
		{ "once", no_argument, NULL, OPT_ONCE },
		{ "ready-fd", required_argument, NULL, OPT_READY },
		{ "probe-repo", required_argument, NULL, OPT_PROBE },
		{ "probe-worktree", required_argument, NULL, OPT_LOOK },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	struct supervisor_options o = { NULL, false, -1 };
	const char *probe = NULL, *look = NULL;
	uint32_t fd;
	int c;

	log_set_level(LOG_INFO);
	while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		switch (c) {
		case 'v':
			log_set_level(LOG_DEBUG);
			break;
		case OPT_STATE:
			o.state = optarg;
			break;
		case OPT_ONCE:
			o.once = true;
			break;
		case OPT_READY:
			if (!str_u32(str_of(optarg), &fd) || fd < 3 || fd > 65535) {
				(void)fputs(usage, stderr);
				return 2;
			}
			o.ready_fd = (int)fd;
			break;
		case OPT_PROBE:
			probe = optarg;
			break;
		case OPT_LOOK:
			look = optarg;
			break;
		case OPT_HELP:
			(void)fputs(usage, stdout);
			return 0;
		case OPT_VERSION:
			main_version();
			return 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (probe && argc - optind <= 1)
		return main_probe(probe, argv[optind]);
	if (look && !probe && optind == argc)
		return main_look(look);
	if (probe || look || optind < argc) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return main_run(&o);
}
