/* SPDX-License-Identifier: GPL-2.0-only */
/* What would make two runs of one seed differ, or leave the process: clocks, random bytes, log, syncfs. */
#include "base/base.h"

#include "sim.h"

#include "sys/clock.h"
#include "sys/log.h"
#include "sys/rand.h"

int64_t
clock_wall_ms(void)
{
	return sim.wall_ms;
}

int64_t
clock_boot_ms(void)
{
	return sim.boot_ms;
}

const char *
clock_boot_id(void)
{
	return sim.boot_id;
}

void
rand_bytes(void *p, size_t n)
{
	unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)sim_random(256);
}

unsigned
rand_serial(void)
{
	return sim.serial++;
}

void
log_set_level(enum log_level level)
{
	(void)level;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[300];
	va_list ap;

	(void)level;
	if (!sim.trace && strncmp(fmt, "refused ", 8) != 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (sim.trace)
		printf("            log: %s\n", line);
	check_log(line);
}

/* ld --wrap */
uint64_t __wrap_proc_start_time(pid_t pid);
pid_t __wrap_getpid(void);
uid_t __wrap_geteuid(void);
int __wrap_syncfs(int fd);

uint64_t
__wrap_proc_start_time(pid_t pid)
{
	(void)pid;
	return 77;
}

pid_t
__wrap_getpid(void)
{
	return 4242;
}

uid_t
__wrap_geteuid(void)
{
	return 1000;
}

int
__wrap_syncfs(int fd)
{
	(void)fd;
	if (!sim.sup.is_dead)
		fs_sync_all(&sim.fs);
	return 0;
}
