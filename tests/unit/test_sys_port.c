/* SPDX-License-Identifier: GPL-2.0-only */
/* A port that somebody listens on is not free; a connection that lingers is no matter. */
#include "sys/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <sys/socket.h>

#include <cmocka.h>

/* Listens on loopback at a port that the kernel chooses. */
static int
hear(int family, uint32_t *ret_port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr *a = family == AF_INET ? (void *)&v4 : (void *)&v6;
	socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, a, size) < 0 || listen(fd, 1) < 0 || getsockname(fd, a, &size) < 0) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	*ret_port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

static void
test_port_that_is_listened_on(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		uint32_t port = 0;
		int fd = hear(families[i], &port);

		if (fd < 0 && families[i] == AF_INET6)
			continue; /* a machine without it */
		assert_true(fd >= 0);
		assert_false(port_is_free(port));
		assert_int_equal(close(fd), 0);
		assert_true(port_is_free(port));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_port_that_is_listened_on) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
