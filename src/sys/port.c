/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sys/file.h"

static bool
port_binds(const struct sockaddr *address, socklen_t size)
{
	_cleanup_(close_fd) int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return true;
	/* a connection that lingers is in nobody's way */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return bind(fd, address, size) == 0 || errno != EADDRINUSE;
}

bool
port_is_free(uint32_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	return port_binds((const struct sockaddr *)(const void *)&v4, sizeof v4) &&
	       port_binds((const struct sockaddr *)(const void *)&v6, sizeof v6);
}
