/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/clock.h"

#include <fcntl.h>

#define BOOT_ID_LEN 36

static int64_t
clock_read_ms(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		BUG("the kernel has no clock %d", (int)id);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

int64_t
clock_boot_ms(void)
{
	return clock_read_ms(CLOCK_BOOTTIME);
}

const char *
clock_boot_id(void)
{
	static char id[BOOT_ID_LEN + 1];
	ssize_t n = 0;
	int fd;

	if (id[0] != '\0')
		return id;
	/* /proc answers in one piece and is never interrupted. */
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, id, BOOT_ID_LEN);
		(void)close(fd); /* only read */
	}
	if (n != BOOT_ID_LEN)
		snprintf(id, sizeof id, "unknown");
	return id;
}
