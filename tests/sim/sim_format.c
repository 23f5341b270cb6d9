/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snprintf() for the few forms that nearly all formats here consist of: text, whole numbers, hexadecimal ones,
 * with a width or a precision.  It is called some hundred times for each step, and the C library's has a stream to
 * set up each time.  A format with anything else in it goes there.
 */
#include "base/base.h"

#include "sim.h"

/* ld --wrap: with and without _FORTIFY_SOURCE */
int __real_vsnprintf(char *to, size_t size, const char *fmt, va_list ap);
int __wrap_vsnprintf(char *to, size_t size, const char *fmt, va_list ap);
int __wrap_snprintf(char *to, size_t size, const char *fmt, ...);
int
__wrap___vsnprintf_chk(char *to, size_t size, int flag, size_t room, const char *fmt, va_list ap);
int __wrap___snprintf_chk(char *to, size_t size, int flag, size_t room, const char *fmt, ...);

struct form { /* %[0][width][.precision][length]kind */
	bool has_zeros, has_precision;
	int width, precision;
	unsigned longs; /* l: 1, ll: 2, z: 1 */
	char kind;
};
struct out {
	char *to;
	size_t size, n;
	va_list ap; /* of what is not printed yet */
};

static void
out_add(struct out *o, const char *p, size_t n)
{
	if (o->n < o->size)
		memcpy(o->to + o->n, p, n < o->size - o->n ? n : o->size - o->n);
	o->n += n;
}

static void
out_pad(struct out *o, char c, int width, size_t n)
{
	for (size_t i = n; width > 0 && i < (size_t)width; i++)
		out_add(o, &c, 1);
}

/* What is behind the '%'; NULL: another form than those. */
static const char *
form_parse(struct out *o, const char *p, struct form *f)
{
	*f = (struct form){ .has_zeros = *p == '0' };
	p += f->has_zeros;
	while (*p >= '0' && *p <= '9')
		f->width = f->width * 10 + (*p++ - '0');
	if (*p == '.') {
		f->has_precision = true;
		if (*++p == '*') {
			f->precision = va_arg(o->ap, int);
			p++;
		}
		while (*p >= '0' && *p <= '9')
			f->precision = f->precision * 10 + (*p++ - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++)
		f->longs++;
	f->kind = *p;
	switch (f->kind) {
	case 's':
		return p + 1;
	case 'u':
	case 'd':
	case 'i':
	case 'x':
	case 'c':
	case '%':
		return f->has_precision ? NULL : p + 1;
	default:
		return NULL;
	}
}

static void
add_text(struct out *o, const struct form *f, const char *s)
{
	size_t n;

	if (s == NULL)
		s = "(null)";
	n = f->has_precision ? strnlen(s, (size_t)f->precision) : strlen(s);
	out_pad(o, ' ', f->width, n);
	out_add(o, s, n);
}

static void
add_number(struct out *o, const struct form *f, uint64_t value, bool is_negative)
{
	unsigned base = f->kind == 'x' ? 16 : 10;
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0);
	if (is_negative && !f->has_zeros)
		digits[--at] = '-';
	else if (is_negative)
		out_add(o, "-", 1);
	out_pad(o, f->has_zeros ? '0' : ' ', f->width - (is_negative && f->has_zeros),
	    sizeof digits - at);
	out_add(o, digits + at, sizeof digits - at);
}

static void
add_form(struct out *o, const struct form *f)
{
	bool is_signed = f->kind == 'd' || f->kind == 'i';
	char c;

	if (f->kind == '%') {
		out_add(o, "%", 1);
	} else if (f->kind == 'c') {
		c = (char)va_arg(o->ap, int);
		out_pad(o, ' ', f->width, 1);
		out_add(o, &c, 1);
	} else if (f->kind == 's') {
		add_text(o, f, va_arg(o->ap, const char *));
	} else if (is_signed) {
		int64_t n = f->longs > 0 ? va_arg(o->ap, long) : va_arg(o->ap, int);

		add_number(o, f, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0);
	} else {
		add_number(o, f,
		    f->longs > 0 ? va_arg(o->ap, unsigned long) : va_arg(o->ap, unsigned), false);
	}
}

/* False: something in it goes to the C library. */
static bool
format(struct out *o, const char *fmt)
{
	while (*fmt != '\0') {
		struct form f;

		if (*fmt != '%') {
			if (o->n < o->size)
				o->to[o->n] = *fmt;
			o->n++;
			fmt++;
			continue;
		}
		fmt = form_parse(o, fmt + 1, &f);
		if (fmt == NULL)
			return false;
		add_form(o, &f);
	}
	if (o->size > 0)
		o->to[o->n < o->size ? o->n : o->size - 1] = '\0';
	return true;
}

int
__wrap_vsnprintf(char *to, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .to = to, .size = size };
	bool is_done;

	va_copy(o.ap, ap);
	is_done = format(&o, fmt);
	va_end(o.ap);
	return is_done ? (int)o.n : __real_vsnprintf(to, size, fmt, ap);
}

int
__wrap_snprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap_vsnprintf(to, size, fmt, ap);
	va_end(ap);
	return n;
}

int
__wrap___vsnprintf_chk(char *to, size_t size, int flag, size_t room, const char *fmt, va_list ap)
{
	(void)flag;
	if (size > room)
		BUG("%zu bytes are printed where %zu have room", size, room);
	return __wrap_vsnprintf(to, size, fmt, ap);
}

int
__wrap___snprintf_chk(char *to, size_t size, int flag, size_t room, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap___vsnprintf_chk(to, size, flag, room, fmt, ap);
	va_end(ap);
	return n;
}
