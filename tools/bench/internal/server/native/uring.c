// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Echo and HTTP over io_uring: multishot accept into the ring's own table of files, multishot receive into provided buffers, sends straight from those
// buffers, and one system call in each pass. A connection has one send under way, since the system may reorder several; the others wait in its queue.

#include "common.h"
#include <liburing.h>

#define SQES 1024
#define CQES 16384
#define BUFFERS 64 // a power of two
#define BUFFER (64 << 10)

// Since Linux 6.12 receives share a buffer until it is full, so that small messages lie next to each other; older headers do not name the flags.
#define PBUF_RING_INC 2
#define BUF_MORE (1U << 4)

struct chunk { // what is to be sent
	struct chunk *next;
	const char *p;
	unsigned n;
	int file;
	int buffer; // that it lies in, or -1
	char *owned; // memory that is freed afterwards, or NULL
};

struct conn {
	struct chunk *first, *tail; // the first one is under way
	char *part;                 // an incomplete message or request
	size_t kept;
	char receiving, ended, stalled; // ended: nothing more is to be read
};

struct loop {
	struct io_uring ring;
	struct io_uring_buf_ring *pool;
	char *memory;
	unsigned used[BUFFERS];  // bytes of the buffer that are filled
	unsigned users[BUFFERS]; // chunks that lie in it, and one more while it is being filled
	struct conn *conns;      // by index in the table of files
	struct chunk *spare;
	int *stalled, stalls; // connections that found no buffer
	int listener, accepting;
};

// What a completion belongs to is in the low bits of its user data.
enum { ACCEPT, RECV, SEND, NONE };

static struct io_uring_sqe *sqe(struct loop *l)
{
	struct io_uring_sqe *s;
	while (!(s = io_uring_get_sqe(&l->ring)))
		io_uring_submit(&l->ring);
	return s;
}

static void give(struct loop *l, int buffer)
{
	l->used[buffer] = 0;
	l->users[buffer] = 1;
	io_uring_buf_ring_add(l->pool, l->memory + (size_t)buffer * BUFFER, BUFFER, buffer, BUFFERS - 1, 0);
	io_uring_buf_ring_advance(l->pool, 1);
}

static void drop(struct loop *l, int buffer)
{
	if (--l->users[buffer] == 0)
		give(l, buffer);
}

static void start_accept(struct loop *l)
{
	struct io_uring_sqe *s = sqe(l);
	io_uring_prep_multishot_accept_direct(s, l->listener, NULL, NULL, 0);
	io_uring_sqe_set_data64(s, ACCEPT);
	l->accepting = 1;
}

static void start_recv(struct loop *l, int file)
{
	struct io_uring_sqe *s = sqe(l);
	io_uring_prep_recv_multishot(s, file, NULL, 0, 0);
	s->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
	s->buf_group = 0;
	io_uring_sqe_set_data64(s, (unsigned long long)file << 2 | RECV);
	l->conns[file].receiving = 1;
}

static void start_send(struct loop *l, struct chunk *k)
{
	struct io_uring_sqe *s = sqe(l);
	io_uring_prep_send(s, k->file, k->p, k->n, MSG_WAITALL);
	s->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(s, (unsigned long long)(unsigned long)k | SEND);
}

// finish closes a connection of which nothing is under way.
static void finish(struct loop *l, int file)
{
	struct conn *c = &l->conns[file];
	if (c->receiving || c->first || c->stalled)
		return;
	free(c->part);
	memset(c, 0, sizeof *c);
	struct io_uring_sqe *s = sqe(l);
	io_uring_prep_close_direct(s, file);
	s->flags |= IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(s, NONE);
	if (!l->accepting)
		start_accept(l); // the table was full
}

// stop ends the receiving too.
static void stop(struct loop *l, int file)
{
	struct conn *c = &l->conns[file];
	c->ended = 1;
	if (!c->receiving)
		return finish(l, file);
	struct io_uring_sqe *s = sqe(l);
	io_uring_prep_shutdown(s, file, SHUT_RDWR);
	s->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(s, NONE);
}

static void put(struct loop *l, int file, const char *p, unsigned n, int buffer, char *owned)
{
	struct conn *c = &l->conns[file];
	struct chunk *k = l->spare;
	if (k)
		l->spare = k->next;
	else if (!(k = malloc(sizeof *k)))
		die("malloc");
	*k = (struct chunk){.p = p, .n = n, .file = file, .buffer = buffer, .owned = owned};
	if (buffer >= 0)
		l->users[buffer]++;
	if (c->first) {
		c->tail = c->tail->next = k;
		return;
	}
	c->first = c->tail = k;
	start_send(l, k);
}

static void sent(struct loop *l, struct chunk *k, int res)
{
	int file = k->file;
	struct conn *c = &l->conns[file];
	if (res > 0 && (unsigned)res < k->n) {
		k->p += res, k->n -= res;
		return start_send(l, k);
	}
	do { // of a connection that is gone, what else waits goes too
		c->first = k->next;
		if (k->buffer >= 0)
			drop(l, k->buffer);
		free(k->owned);
		k->next = l->spare;
		l->spare = k;
	} while (res <= 0 && (k = c->first));
	if (c->first)
		return start_send(l, c->first);
	if (c->ended == 2 || res <= 0)
		stop(l, file);
	else if (c->ended)
		finish(l, file);
}

// answer deals with what has arrived and returns how much of it is used up. It lies in a buffer, or in memory that is handed over.
static size_t answer(struct loop *l, int file, const char *p, size_t n, int buffer, char *owned)
{
	if (http) {
		size_t used = 0;
		int last = 0;
		while (!last && used < n) {
			int count = 0;
			size_t k;
			for (; count < ROW && !last && used < n && (k = request(p + used, n - used, &last)); used += k)
				count++;
			if (!count)
				break;
			if (last)
				l->conns[file].ended = 2; // close once all is sent
			if (count -= last)
				put(l, file, row->answers, count * ANSWER_SIZE, -1, NULL);
			if (last)
				put(l, file, row->last, LAST_SIZE, -1, NULL);
		}
		return used;
	}
	n = message ? n - n % message : n;
	if (n)
		put(l, file, p, n, buffer, owned);
	return n;
}

static void received(struct loop *l, int file, const char *p, size_t n, int buffer)
{
	struct conn *c = &l->conns[file];
	char *joined = NULL;
	if (c->ended)
		return;
	if (c->kept) {
		if (!(joined = realloc(c->part, c->kept + n)))
			die("realloc");
		memcpy(joined + c->kept, p, n);
		n += c->kept;
		p = joined;
		buffer = -1;
		c->part = NULL;
		c->kept = 0;
	}
	size_t used = answer(l, file, p, n, buffer, joined);
	if (used < n && !c->ended) {
		c->kept = n - used;
		if (!(c->part = malloc(c->kept)))
			die("malloc");
		memcpy(c->part, p + used, c->kept);
	}
	if (joined && (http || !used))
		free(joined); // nobody took it
}

static void on_recv(struct loop *l, int file, int res, unsigned flags)
{
	struct conn *c = &l->conns[file];
	if (flags & IORING_CQE_F_BUFFER) {
		int buffer = flags >> IORING_CQE_BUFFER_SHIFT;
		if (res > 0) {
			char *p = l->memory + (size_t)buffer * BUFFER + l->used[buffer];
			l->used[buffer] += res;
			received(l, file, p, res, buffer);
		}
		if (!(flags & BUF_MORE))
			drop(l, buffer);
	}
	if (flags & IORING_CQE_F_MORE)
		return;
	c->receiving = 0;
	if (res > 0 && c->ended == 0) {
		start_recv(l, file);
	} else if (res == -ENOBUFS && c->ended == 0) {
		c->stalled = 1; // begins anew at the end of the pass
		l->stalled[l->stalls++] = file;
	} else {
		if (!c->ended)
			c->ended = 1;
		finish(l, file);
	}
}

static void on_accept(struct loop *l, int res, unsigned flags)
{
	if (!(flags & IORING_CQE_F_MORE))
		l->accepting = 0;
	if (res >= 0)
		start_recv(l, res);
	if (!l->accepting && res != -ENFILE)
		start_accept(l);
}

static void resume(struct loop *l)
{
	int n = l->stalls;
	for (int i = 0; i < BUFFERS; i++)
		if (l->users[i] == 1 && l->used[i] < BUFFER)
			goto room;
	return;
room:
	l->stalls = 0;
	for (int i = 0; i < n; i++) {
		l->conns[l->stalled[i]].stalled = 0;
		if (l->conns[l->stalled[i]].ended)
			finish(l, l->stalled[i]);
		else
			start_recv(l, l->stalled[i]);
	}
}

static void prepare(struct loop *l)
{
	struct io_uring_params p = {.cq_entries = CQES, .flags = IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
	unsigned files = raise_files();
	if ((errno = -io_uring_queue_init_params(SQES, &l->ring, &p)) || (errno = -io_uring_register_files_sparse(&l->ring, files)))
		die("io_uring");
	io_uring_register_ring_fd(&l->ring); // saves the kernel a look-up
	l->conns = calloc(files, sizeof *l->conns);
	l->stalled = calloc(files, sizeof *l->stalled);
	if (!l->conns || !l->stalled || posix_memalign((void **)&l->memory, 4096, (size_t)BUFFERS * BUFFER) || posix_memalign((void **)&l->pool, 4096, BUFFERS * sizeof(struct io_uring_buf)))
		die("malloc");
	struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)l->pool, .ring_entries = BUFFERS, .bgid = 0};
	((__u16 *)&reg)[7] = PBUF_RING_INC; // the field that older headers call pad, and newer ones flags
	if ((errno = -io_uring_register_buf_ring(&l->ring, &reg, 0)))
		die("buffers that are filled bit by bit, of Linux 6.12");
	io_uring_buf_ring_init(l->pool);
	for (int i = 0; i < BUFFERS; i++)
		give(l, i);
}

static void *tcp_loop(void *socket)
{
	struct loop *l = calloc(1, sizeof *l);
	if (!l)
		die("calloc");
	l->listener = (int)(long)socket;
	prepare(l);
	start_accept(l);
	for (;;) {
		struct io_uring_cqe *cqe;
		unsigned head, n = 0;
		int err = spin ? io_uring_submit_and_get_events(&l->ring) : io_uring_submit_and_wait(&l->ring, 1);
		if (err < 0 && err != -EINTR) {
			errno = -err;
			die("io_uring_submit_and_wait");
		}
		if (http)
			refresh();
		io_uring_for_each_cqe(&l->ring, head, cqe) {
			unsigned long long data = cqe->user_data;
			n++;
			switch (data & 3) {
			case ACCEPT:
				on_accept(l, cqe->res, cqe->flags);
				break;
			case RECV:
				on_recv(l, data >> 2, cqe->res, cqe->flags);
				break;
			case SEND:
				sent(l, (struct chunk *)(unsigned long)(data & ~3ULL), cqe->res);
				break;
			}
		}
		io_uring_cq_advance(&l->ring, n);
		if (l->stalls)
			resume(l);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "check")) { // tell whether the system has all that is needed
		prepare(calloc(1, sizeof(struct loop)));
		return 0;
	}
	return run(argc, argv, tcp_loop);
}
