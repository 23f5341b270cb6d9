/* SPDX-License-Identifier: GPL-2.0-only */
/* bug.c: the ends of the road (a broken invariant, no memory) and the allocators that use them. */
#include "base/base.h"

void
bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "BUG at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stderr);
	abort();
}

noreturn_ static void
out_of_memory(size_t n)
{
	fprintf(
	    stderr, "out of memory: %zu bytes asked for; free some memory and start again\n", n);
	abort();
}

void *
xmalloc(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		out_of_memory(n);
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = n > 0 && size > 0 ? calloc(n, size) : calloc(1, 1);

	if (p == NULL)
		out_of_memory(size != 0 && n > SIZE_MAX / size ? SIZE_MAX : n * size);
	return p;
}

void *
xrealloc(void *p, size_t n)
{
	p = realloc(p, n > 0 ? n : 1);
	if (p == NULL)
		out_of_memory(n);
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = xmalloc(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void
free_charp(char **p)
{
	free(*p);
	*p = NULL;
}

char *
take_charp(char **p)
{
	char *s = *p;

	*p = NULL;
	return s;
}

void
set_charp(char **p, const char *s)
{
	/* The copy comes first: s may point into the old string. */
	char *copy = s != NULL ? xstrdup(s) : NULL;

	free(*p);
	*p = copy;
}
