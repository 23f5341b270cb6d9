/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_secret.c: the nonce of an open episode is in its token and nowhere else (I19).  The store knows only its
 * digest; so every run of exactly 64 hex digits in the files of the ticket's episodes is hashed.  Nonces
 * of closed episodes open nothing any more.  What an agent shows in its own terminal is its own business: the
 * record of that (pane.log) is not looked into.
 */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "store/spool_file.h"
#include "sys/file.h"

#define SECRET_DIGITS (2 * NONCE_BYTES)
#define SECRET_STEP   65536

struct secret_run { /* hex digits that follow each other, across two reads */
	char digits[SECRET_DIGITS + 1];
	size_t n; /* more than SECRET_DIGITS: too long to be one */
};

static bool
secret_is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
secret_ends(struct secret_run *run, const struct digest *digest)
{
	bool is = false;
	struct nonce nonce;

	if (run->n == SECRET_DIGITS && nonce_parse(str_n(run->digits, SECRET_DIGITS), &nonce)) {
		struct digest d = nonce_digest(&nonce);

		is = digest_eq(&d, digest);
		nonce_wipe(&nonce);
	}
	run->n = 0;
	return is;
}

static bool
secret_feed(struct secret_run *run, const char *p, size_t n, const struct digest *digest)
{
	for (size_t i = 0; i < n; i++) {
		if (!secret_is_digit(p[i])) {
			if (run->n > 0 && secret_ends(run, digest))
				return true;
			continue;
		}
		if (run->n < SECRET_DIGITS)
			run->digits[run->n] = p[i];
		if (run->n <= SECRET_DIGITS)
			run->n++;
	}
	return false;
}

static bool
secret_is_in(struct fsck *f, int dir, const char *name, const struct digest *digest)
{
	struct io *io = f->r->io;
	int fd = io->ops->open(io, dir, name, IO_READ | IO_UNTRUSTED);
	struct secret_run run = { "", 0 };
	char *bytes = xmalloc(SECRET_STEP);
	struct io_stat st;
	bool is = false;
	ssize_t n;

	if (fd >= 0 && io->ops->fstat(io, fd, &st) == 0 && st.is_regular) {
		while (!is && (n = io->ops->read(io, fd, bytes, SECRET_STEP)) > 0)
			is = secret_feed(&run, bytes, (size_t)n, digest);
		is = is || secret_ends(&run, digest);
	}
	io_close(io, fd); /* what cannot be read is said elsewhere */
	explicit_bzero(bytes, SECRET_STEP);
	explicit_bzero(&run, sizeof run);
	free(bytes);
	return is;
}

/*
 * The token has it, under its temporary name and as `revoked` (a power cut may have kept its bytes), too: nobody
 * has claimed it then, and the episode is about to be closed.  `claimed` has it until its launcher has
 * emptied it, which comes before `started`.
 */
static bool
secret_may_be_in(struct fsck *f, int dir, const char *name)
{
	if (str_starts(str_of(name), EPISODE_LOG))
		return true;
	if (strcmp(name, EPISODE_CLAIMED) == 0)
		return !file_exists(f->r->io, dir, EPISODE_STARTED);
	return strcmp(name, EPISODE_TOKEN) == 0 || strcmp(name, EPISODE_REVOKED) == 0 ||
	       (str_starts(str_of(name), FILE_TMP_PREFIX) && spool_ends(name, "-" EPISODE_TOKEN));
}

static void
secret_scan(struct fsck *f, const struct ticket *t, struct episode_id ep)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(f->r->io, f->r->dir, fsck_episode_path(ep, NULL).s, NULL);

	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			struct fsck_path path = fsck_episode_path(ep, names.v[i]);

			if (!secret_may_be_in(f, dir, names.v[i]) &&
			    secret_is_in(f, dir, names.v[i], &t->episode.nonce))
				fsck_add(f->found, "I19", t->id.n, path.s,
				    "%s holds the nonce of episode %u.%u, which is open", path.s,
				    t->id.n, t->episode.n);
		}
	io_close(f->r->io, dir);
}

void
fsck_secrets(struct fsck *f, const struct ticket *t)
{
	if (!ticket_is_open(t) || !digest_is_set(&t->episode.nonce))
		return;
	for (uint32_t n = 1; n <= t->episode.n; n++)
		secret_scan(f, t, (struct episode_id){ t->id, n });
}
