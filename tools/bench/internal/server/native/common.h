// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// What the servers in C share: arguments, sockets, the end with standard input, and the answers to HTTP.
// Usage of each: PROGRAM tcp|udp|http LOOPS SIZE, where a SIZE above 0 means to answer TCP in messages of that many bytes.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static size_t message; // bytes of a message, 0 to send back whatever arrived
static int http;       // requests are answered, instead of bytes
static int spin;       // poll without sleeping

static void die(const char *what)
{
	perror(what);
	exit(1);
}

// The process ends when its standard input is closed. The system tells by a signal, so that the loops need not watch one more descriptor, and the process
// needs no second thread, which would make each use of a descriptor dearer.
static void on_stdin(int sig)
{
	char buf[256];
	ssize_t n;
	(void)sig;
	while ((n = read(0, buf, sizeof buf)) > 0)
		;
	if (n == 0)
		_exit(0);
}

static void watch_stdin(void)
{
	struct sigaction sa = {.sa_handler = on_stdin, .sa_flags = SA_RESTART};
	sigaction(SIGIO, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (fcntl(0, F_SETOWN, getpid()) < 0 || fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK | O_ASYNC) < 0)
		die("fcntl of standard input");
	on_stdin(0); // it may have been closed before
}

static unsigned raise_files(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		die("getrlimit");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		die("setrlimit");
	return r.rlim_cur > 1 << 16 ? 1 << 16 : r.rlim_cur;
}

// bind_at opens a socket at a port of 127.0.0.1, any if it is 0, which several sockets may share, and sets the port.
static int bind_at(int type, struct sockaddr_in *at)
{
	int on = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof *at;
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)at, sizeof *at) < 0 || getsockname(fd, (struct sockaddr *)at, &size) < 0)
		die("bind");
	if ((type & 0xf) == SOCK_STREAM) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // accepted sockets inherit it
		if (listen(fd, 4096) < 0)
			die("listen");
	}
	return fd;
}

// The answers to pipelined requests are sent from a row of copies made in advance. A row is made anew each second, in turns, because answers under way are
// sent from the other one.
#define ROW 64
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nDate: "
#define DATE 29
#define END "\r\n\r\nHello, World!"
#define LAST "\r\nConnection: close"
#define ANSWER_SIZE (sizeof ANSWER - 1 + DATE + sizeof END - 1)
#define LAST_SIZE (ANSWER_SIZE + sizeof LAST - 1)

struct row {
	char answers[ROW * ANSWER_SIZE];
	char last[LAST_SIZE];
};

static __thread struct row rows[2];
static __thread struct row *row;
static __thread time_t row_second;

// refresh makes the row of this second. Each pass of a loop calls it.
static void refresh(void)
{
	struct timespec now;
	struct tm tm;
	char date[DATE + 1];
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec == row_second)
		return;
	row_second = now.tv_sec;
	row = row == rows ? rows + 1 : rows;
	gmtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	char *p = row->answers;
	for (int i = 0; i < ROW; i++)
		p = stpcpy(stpcpy(stpcpy(p, ANSWER), date), END);
	memcpy(stpcpy(stpcpy(stpcpy(row->last, ANSWER), date), LAST), END, sizeof END - 1);
}

// request returns the length of the request at p, 0 if it is not complete. *last is set if the connection is to be closed after it. Requests have no body.
static size_t request(const char *p, size_t n, int *last)
{
	const char *line = p, *end = p + n, *nl;
	*last = 0;
	while ((nl = memchr(line, '\n', end - line))) {
		if (nl - line <= 1)
			return nl + 1 - p;
		if ((*line | 0x20) == 'c' && nl - line > 16 && !strncasecmp(line, "connection:", 11)) {
			const char *v = line + 11;
			while (*v == ' ')
				v++;
			*last = !strncasecmp(v, "close", 5);
		}
		line = nl + 1;
	}
	return 0;
}

// Datagrams, many with each call. The socket blocks, so nothing else is asked for what is there.
#define BATCH 64
#define DATAGRAM 8192

static void *udp_loop(void *socket)
{
	int fd = (int)(long)socket;
	static __thread struct mmsghdr m[BATCH];
	static __thread struct iovec v[BATCH];
	static __thread struct sockaddr_in from[BATCH];
	char(*buf)[DATAGRAM] = malloc(BATCH * sizeof *buf);
	if (!buf)
		die("malloc");
	for (int i = 0; i < BATCH; i++) {
		v[i] = (struct iovec){buf[i], DATAGRAM};
		m[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &v[i], .msg_iovlen = 1};
	}
	for (;;) {
		int n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != EINTR)
			die("recvmmsg");
		for (int i = 0; i < n; i++)
			v[i].iov_len = m[i].msg_len;
		for (int i = 0, sent; i < n; i += sent)
			if ((sent = sendmmsg(fd, m + i, n - i, 0)) < 1)
				sent = 1; // that one is lost, as on a network
		for (int i = 0; i < n; i++)
			v[i].iov_len = DATAGRAM;
	}
	return NULL;
}

// run opens a socket for each loop, tells the address, and runs the loops. The first one is this thread.
static int run(int argc, char **argv, void *(*tcp_loop)(void *))
{
	struct sockaddr_in at = {0};
	int loops = argc == 5 ? atoi(argv[2]) : 0, udp = loops && !strcmp(argv[1], "udp");
	int fds[256];
	if (loops < 1 || loops > 256)
		return 2;
	void *(*loop)(void *) = udp ? udp_loop : tcp_loop;
	http = !strcmp(argv[1], "http");
	message = atol(argv[3]);
	spin = !strcmp(argv[4], "spin");
	for (int i = 0; i < loops; i++)
		fds[i] = bind_at(udp ? SOCK_DGRAM : SOCK_STREAM, &at);
	watch_stdin();
	printf("listening 127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (int i = 1; i < loops; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, loop, (void *)(long)fds[i]))
			die("pthread_create");
	}
	loop((void *)(long)fds[0]);
	return 0;
}
