// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Echo and HTTP over epoll. Descriptors are registered once, edge-triggered, for both directions: what a socket cannot take makes the system tell when it can.

#include "common.h"
#include <sys/epoll.h>

#define READ (64 << 10)
#define EVENTS 512

struct conn {
	char *out; // what the peer has not taken; nothing is read meanwhile
	size_t sent, left;
	char *part; // an incomplete message or request
	size_t kept;
	int last; // to be closed once all is sent
};

struct loop {
	int ep;
	struct conn *conns; // by descriptor
	char in[READ], out[READ];
};

static void end(struct loop *l, int fd)
{
	struct conn *c = &l->conns[fd];
	free(c->out);
	free(c->part);
	memset(c, 0, sizeof *c);
	close(fd);
}

// put sends, and keeps what the peer does not take. It returns 0 if the connection is gone.
static int put(struct conn *c, int fd, const char *p, size_t n)
{
	if (!c->left) {
		ssize_t k = send(fd, p, n, 0);
		if (k == (ssize_t)n)
			return 1;
		if (k < 0 && errno != EAGAIN)
			return 0;
		if (k > 0)
			p += k, n -= k;
		free(c->out);
		c->out = NULL;
		c->sent = 0;
	}
	if (!(c->out = realloc(c->out, c->sent + c->left + n)))
		die("realloc");
	memcpy(c->out + c->sent + c->left, p, n);
	c->left += n;
	return 1;
}

// answer deals with what has arrived and returns how much of it is used up, -1 if the connection is gone.
static ssize_t answer(struct loop *l, struct conn *c, int fd, const char *p, size_t n)
{
	size_t used = 0;
	if (http) {
		int last = 0;
		while (!last && used < n) {
			int count = 0;
			size_t k;
			for (; count < ROW && !last && used < n && (k = request(p + used, n - used, &last)); used += k)
				count++;
			if (!count)
				break;
			count -= last;
			if ((count && !put(c, fd, row->answers, count * ANSWER_SIZE)) || (last && !put(c, fd, row->last, LAST_SIZE)))
				return -1;
		}
		c->last = last;
		return used;
	}
	if (!message)
		return put(c, fd, p, n) ? (ssize_t)n : -1;
	// Each message is written for itself, and all are sent together.
	while (n - used >= message) {
		if (message > READ) {
			if (!put(c, fd, p + used, message))
				return -1;
			used += message;
			continue;
		}
		size_t full = 0;
		for (; n - used >= message && READ - full >= message; used += message, full += message)
			memcpy(l->out + full, p + used, message);
		if (!put(c, fd, l->out, full))
			return -1;
	}
	return used;
}

// take is answer for what may continue an earlier part.
static int take(struct loop *l, struct conn *c, int fd, const char *p, size_t n)
{
	char *joined = NULL;
	if (c->kept) {
		if (!(joined = realloc(c->part, c->kept + n)))
			die("realloc");
		memcpy(joined + c->kept, p, n);
		n += c->kept;
		p = joined;
		c->part = NULL;
		c->kept = 0;
	}
	ssize_t used = answer(l, c, fd, p, n);
	if (used >= 0 && (size_t)used < n && !c->last) {
		c->kept = n - used;
		if (!(c->part = malloc(c->kept)))
			die("malloc");
		memcpy(c->part, p + used, c->kept);
	}
	free(joined);
	return used >= 0;
}

static void ready(struct loop *l, int fd, unsigned events)
{
	struct conn *c = &l->conns[fd];
	if (c->left) {
		ssize_t k = send(fd, c->out + c->sent, c->left, 0);
		if (k < 0 && errno != EAGAIN)
			return end(l, fd);
		if (k > 0)
			c->sent += k, c->left -= k;
		if (c->left)
			return;
		events |= EPOLLRDHUP; // what arrived meanwhile has been told already: read to the end
	}
	while (!c->last) {
		ssize_t n = recv(fd, l->in, READ, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0 || !take(l, c, fd, l->in, n))
			return end(l, fd);
		if (c->left)
			return;
		if (n < READ && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) && !c->last)
			return; // all is read: what comes now makes a new event
	}
	if (!c->left)
		end(l, fd);
}

static void accept_all(struct loop *l, int listener)
{
	int fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
		if (fd >= 1 << 16 || epoll_ctl(l->ep, EPOLL_CTL_ADD, fd, &ev) < 0)
			close(fd);
	}
}

static void *tcp_loop(void *socket)
{
	int listener = (int)(long)socket;
	struct loop *l = calloc(1, sizeof *l);
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
	if (!l || !(l->conns = calloc(1 << 16, sizeof *l->conns)))
		die("calloc");
	fcntl(listener, F_SETFL, O_NONBLOCK);
	if ((l->ep = epoll_create1(EPOLL_CLOEXEC)) < 0 || epoll_ctl(l->ep, EPOLL_CTL_ADD, listener, &ev) < 0)
		die("epoll");
	for (;;) {
		int n = epoll_wait(l->ep, events, EVENTS, spin ? 0 : -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		if (http)
			refresh();
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(l, listener);
			else
				ready(l, events[i].data.fd, events[i].events);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "check"))
		return 0; // epoll is everywhere
	raise_files();
	return run(argc, argv, tcp_loop);
}
