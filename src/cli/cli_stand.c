/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_stand.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli_identity.h"
#include "store/place.h"
#include "store/tickets.h"

bool
stand_is_own(const char *dir)
{
	_cleanup_(buf_release) struct buf own = BUF_INIT;
	_cleanup_(free_charp) char *a = NULL, *b = NULL;
	size_t n;

	identity_worktree(&own);
	a = realpath(own.p, NULL);
	b = realpath(dir ? dir : ".", NULL);
	if (!a || !b)
		return false;
	n = strlen(a);
	return strncmp(a, b, n) == 0 && (b[n] == '\0' || b[n] == '/');
}

/* "12-fix-it" is what a worktree of ticket 12 is called; whether it is one, its last start says. */
static bool
stand_is_of(struct root *root, const char *path, struct ticket_id *ret)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf number = BUF_INIT;
	_cleanup_(free_charp) char *real = NULL;
	const char *name = strrchr(path, '/') + 1;

	buf_add(&number, name, strspn(name, "0123456789"));
	if (!ticket_id_parse(buf_str(&number), ret) || ticket_read(root, *ret, &rec, NULL) < 0 ||
	    place_last_launch(root, &rec.ticket, &l) < 0)
		return false;
	real = realpath(l.worktree, NULL);
	return real != NULL && strcmp(real, path) == 0;
}

bool
stand_elsewhere(struct root *root, struct ticket_id own, struct ticket_id *ret)
{
	_cleanup_(free_charp) char *path = getcwd(NULL, 0);

	if (path == NULL || path[0] != '/' || stand_is_own(NULL))
		return false;
	for (; path[1] != '\0'; *strrchr(path, '/') = '\0') {
		struct ticket_id id;

		if (stand_is_of(root, path, &id) && id.n != own.n) {
			*ret = id;
			return true;
		}
		if (strrchr(path, '/') == path)
			break;
	}
	return false;
}
