/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C library's malloc, for one thread that allocates little things and frees them at once: a free list for
 * each size, and no more.  Memory is never given back; sim_alloc() keeps a list's newest piece first, so that
 * what is warm is used again.  Not with a sanitizer, which has its own.
 */
#include "base/base.h"

#if !defined(__SANITIZE_ADDRESS__)

#include <errno.h>
#include <sys/mman.h>

#define GRAIN   ((size_t)16)
#define SMALL   64 /* so many sizes, a grain apart; above them each is twice the one before */
#define CLASSES (SMALL + 40)
#define REGION  ((size_t)4 << 20)

struct piece { /* before the bytes that are given out: so they are aligned as malloc's have to be */
	size_t class;
	struct piece *next; /* of the free ones */
};
_Static_assert(sizeof(struct piece) == GRAIN, "alignment");

static struct piece *free_pieces[CLASSES];
static char *region;
static size_t region_left;

static size_t
class_of(size_t n)
{
	size_t grains = n == 0 ? 1 : (n + GRAIN - 1) / GRAIN;

	if (grains <= SMALL)
		return grains - 1;
	return SMALL + (size_t)(64 - __builtin_clzll((grains - 1) / SMALL)) - 1;
}

static size_t
class_bytes(size_t class)
{
	return class < SMALL ? (class + 1) * GRAIN : (GRAIN * SMALL * 2) << (class - SMALL);
}

static void *
region_take(size_t n)
{
	char *p = region;

	if (n > region_left) {
		size_t size = n > REGION ? n : REGION;

		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
		region_left = size;
	}
	region = p + n;
	region_left -= n;
	return p;
}

static void *
sim_alloc(size_t n)
{
	size_t class = class_of(n);
	struct piece *p;

	if (n > SIZE_MAX / 4) {
		errno = ENOMEM;
		return NULL;
	}
	p = free_pieces[class];
	if (p != NULL)
		free_pieces[class] = p->next;
	else
		p = region_take(sizeof *p + class_bytes(class));
	if (p == NULL)
		return NULL;
	p->class = class;
	return p + 1;
}

void *
malloc(size_t n)
{
	return sim_alloc(n);
}

void
free(void *at)
{
	struct piece *p = at;

	if (p == NULL)
		return;
	p--;
	if (p->class >= CLASSES) /* of memalign() */
		return;
	p->next = free_pieces[p->class];
	free_pieces[p->class] = p;
}

void *
calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	p = sim_alloc(all);
	return p != NULL ? memset(p, 0, all) : NULL;
}

void *
realloc(void *at, size_t n)
{
	struct piece *p = at;
	void *to;

	if (p == NULL)
		return sim_alloc(n);
	if (p[-1].class < CLASSES && class_of(n) <= p[-1].class)
		return at;
	if (p[-1].class >= CLASSES)
		abort(); /* nobody here does that */
	to = sim_alloc(n);
	if (to != NULL) {
		memcpy(to, at, class_bytes(p[-1].class));
		free(at);
	}
	return to;
}

/* Rare: by the dynamic linker, for a library's own variables. */
void *memalign(size_t align, size_t n);
void *
memalign(size_t align, size_t n)
{
	char *p = region_take(n + align + sizeof(struct piece));
	uintptr_t at;

	if (p == NULL)
		return NULL;
	at = ((uintptr_t)p + sizeof(struct piece) + align - 1) & ~(align - 1);
	((struct piece *)at)[-1].class = CLASSES;
	return (void *)at;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **ret, size_t align, size_t n)
{
	*ret = memalign(align, n);
	return *ret != NULL ? 0 : ENOMEM;
}

#endif
