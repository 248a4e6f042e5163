// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux && libkqueue

package libkqueue

/*
#cgo pkg-config: libkqueue
#include <errno.h>
#include <sys/event.h>
#include <time.h>

// one_call keeps errno with the call that it is of.
static int one_call(int kq, const struct kevent *c, int nc, struct kevent *e, int ne, const struct timespec *t, int *err) {
	int n = kevent(kq, c, nc, e, ne, t);
	*err = n < 0 ? errno : 0;
	return n;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/kqueue"
)

type queue struct{ fd C.int }

// Open opens a kqueue of the library's.
func Open() (kqueue.Queue, error) {
	fd, err := C.kqueue()
	if fd < 0 {
		return nil, os.NewSyscallError("kqueue", err)
	}
	return queue{fd}, nil
}

func (q queue) Kevent(changes, events []kqueue.Event, timeout time.Duration) (int, error) {
	in := make([]C.struct_kevent, len(changes))
	for i, c := range changes {
		in[i] = C.struct_kevent{ident: C.uintptr_t(c.Ident), filter: C.short(c.Filter), flags: C.ushort(c.Flags), fflags: C.uint(c.Fflags), data: C.intptr_t(c.Data)}
	}
	out := make([]C.struct_kevent, len(events))
	var limit *C.struct_timespec
	if timeout >= 0 {
		limit = &C.struct_timespec{tv_sec: C.time_t(timeout / time.Second), tv_nsec: C.long(timeout % time.Second)}
	}
	var errno C.int
	n := C.one_call(q.fd, unsafe.SliceData(in), C.int(len(in)), unsafe.SliceData(out), C.int(len(out)), limit, &errno)
	if n < 0 {
		return 0, os.NewSyscallError("kevent", syscall.Errno(errno))
	}
	for i, e := range out[:n] {
		events[i] = kqueue.Event{Ident: uint64(e.ident), Filter: int16(e.filter), Flags: uint16(e.flags), Fflags: uint32(e.fflags), Data: int64(e.data)}
	}
	return int(n), nil
}

// Await fails: unlike a system's, the queue of this library cannot be polled.
func (q queue) Await(time.Duration) error {
	return fmt.Errorf("libkqueue: await: %w", errors.ErrUnsupported)
}

func (q queue) Close() error { return os.NewSyscallError("close", unix.Close(int(q.fd))) }
