/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * base.h: the first include of every file.
 *
 * Small helpers that the C library does not have, and the functions that this project does not use.
 *
 *	_cleanup_(fn)	run fn(&variable) when the variable goes out of scope
 *	BUG(...)	an invariant of ours is broken: print the place and abort.  Never for bad input.
 *	must_check	the caller may not drop the result
 *
 * Banned functions become compile errors: they overflow, truncate in silence, start a shell or keep
 * hidden state.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h> /* before the poison below: it declares what is banned */
#include <unistd.h>

#define _cleanup_(fn)     __attribute__((cleanup(fn)))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define must_check        __attribute__((warn_unused_result))
#define noreturn_         __attribute__((noreturn))
#define ARRAY_LEN(a)      (sizeof(a) / sizeof((a)[0]))

#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
noreturn_ void bug_at(const char *file, int line, const char *fmt, ...) printf_like(3, 4);

/* Out of memory ends the program; there is no error path for it. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/* For _cleanup_(free_charp): frees the string that the variable owns. */
void free_charp(char **p);

/* Hands the owned string over and leaves NULL behind. */
char *take_charp(char **p);

/* Replaces the owned string *p by a copy of s (NULL: by nothing). */
void set_charp(char **p, const char *s);

#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef strncpy
#undef strncat
#pragma GCC poison strcpy strcat sprintf vsprintf strtok strncpy strncat asctime localtime gmtime  \
    system popen mktemp tmpnam gets
/* Not poisoned: <git2.h> has fields of this name. */
#define ctime(t) ctime_is_banned_by_base_h

#endif
