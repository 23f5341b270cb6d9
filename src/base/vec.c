/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/vec.h"

void
strvec_push(struct strvec *sv, const char *s)
{
	strvec_push_take(sv, xstrdup(s));
}

void
strvec_push_str(struct strvec *sv, struct str s)
{
	char *copy = xmalloc(s.len + 1);

	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	strvec_push_take(sv, copy);
}

void
strvec_push_take(struct strvec *sv, char *s)
{
	/* One more than counted: the NULL at the end of an argument vector. */
	if (sv->n + 1 >= sv->cap) {
		size_t cap = sv->cap < 8 ? 8 : sv->cap + sv->cap / 2;

		if (cap > SIZE_MAX / sizeof *sv->v)
			BUG("a vector of %zu strings cannot grow", sv->n);
		sv->v = xrealloc(sv->v, cap * sizeof *sv->v);
		sv->cap = cap;
	}
	sv->v[sv->n++] = s;
	sv->v[sv->n] = NULL;
}

void
strvec_release(struct strvec *sv)
{
	for (size_t i = 0; i < sv->n; i++)
		free(sv->v[i]);
	free(sv->v);
	*sv = (struct strvec)STRVEC_INIT;
}

static int
strvec_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
strvec_sort(struct strvec *sv)
{
	if (sv->n > 1)
		qsort(sv->v, sv->n, sizeof *sv->v, strvec_compare);
}

void *
vec_push_(void *vp, size_t *n, size_t *cap, size_t size)
{
	char *v;

	/* vp points to a pointer of some other type: it is read and written as bytes. */
	memcpy(&v, vp, sizeof v);
	if (*n == *cap) {
		size_t more = *cap < 8 ? 8 : *cap + *cap / 2;

		if (more > SIZE_MAX / size)
			BUG("a vector of %zu elements of %zu bytes cannot grow", *n, size);
		v = xrealloc(v, more * size);
		memcpy(vp, &v, sizeof v);
		*cap = more;
	}
	memset(v + *n * size, 0, size);
	return v + (*n)++ * size;
}
