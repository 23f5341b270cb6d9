/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/err.h"

#include <errno.h>

/* What does not fit is cut, visibly. */
static void
err_finish(struct err *err, int code, char *text, int wanted)
{
	size_t size = sizeof err->text;

	if (wanted < 0)
		snprintf(text, size, "(an error text that cannot be printed)");
	else if ((size_t)wanted >= size)
		memcpy(text + size - 4, "...", 4);
	err->code = code;
	memcpy(err->text, text, size);
}

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	char text[sizeof err->text] = "";
	va_list ap;
	int n;

	if (err == NULL)
		return code;
	/* Formatted aside: the arguments may point into err->text. */
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_finish(err, code, text, n);
	return code;
}

int
err_sys(struct err *err, int errnum, const char *fmt, ...)
{
	char text[sizeof err->text] = "";
	int code = err_code_of(errnum), n, more;
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof text) {
		more = snprintf(text + n, sizeof text - (size_t)n, ": %s", strerror(errnum));
		n = more < 0 ? more : n + more;
	}
	err_finish(err, code, text, n);
	return code;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	char text[sizeof err->text] = "";
	va_list ap;
	int n, more;

	if (err == NULL)
		return ERR_IO;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof text) {
		more = snprintf(text + n, sizeof text - (size_t)n, ": %s", err->text);
		n = more < 0 ? more : n + more;
	}
	err_finish(err, err->code, text, n);
	return err->code;
}

int
err_code_of(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ESRCH:
		/* Not ENOTDIR: "not there" is an answer, and a broken path gives none. */
		return ERR_NOTFOUND;
	case EINVAL:
	case ENAMETOOLONG:
	case EILSEQ:
	case ELOOP:
	case EXDEV:
		return ERR_INVALID;
	case EEXIST:
	case ENOTEMPTY:
		return ERR_CONFLICT;
	case EAGAIN:
	case EBUSY:
	case ETXTBSY:
	case EDEADLK:
		return ERR_BUSY;
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EFBIG:
		return ERR_LIMIT;
	default:
		return ERR_IO;
	}
}
