// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Probe tells why rings do not work here: nil when they do. It opens a ring of that size, for which the locked memory has to suffice, asks which of the operations
// ops there are, and receives over it. Safe from any goroutine.
func Probe(entries, completions int, ops ...Op) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := New(entries, completions)
	if err != nil {
		return explain(err)
	}
	defer r.Close()
	if err := r.supports(ops); err != nil {
		return err
	}
	b, err := r.NewBuffers(Pool{Size: os.Getpagesize(), Min: 1, Max: 1})
	if err != nil {
		return explain(err)
	}
	defer func() {
		r.Close() // first: it knows the memory
		b.Free()
	}()
	if err := r.Enable(); err != nil {
		return explain(err)
	}
	return r.tryReceive(b)
}

// explain adds to an error what it means mostly.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%w: the system has none, or a filter (seccomp) hides it", err)
	case errors.Is(err, unix.EPERM) && disabled():
		return fmt.Errorf("%w: the setting kernel.io_uring_disabled forbids it", err)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: a filter (seccomp) or another policy forbids it", err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: it needs Linux 6.1 or later", err)
	case errors.Is(err, unix.ENOMEM):
		return fmt.Errorf("%w: the limit on locked memory (ulimit -l) is too low", err)
	}
	return err
}

func disabled() bool {
	setting, err := os.ReadFile("/proc/sys/kernel/io_uring_disabled")
	return err == nil && strings.TrimSpace(string(setting)) != "0"
}

func (r *Ring) supports(ops []Op) error {
	var p probe
	if err := r.register(registerProbe, unsafe.Pointer(&p), uintptr(len(p.ops))); err != nil {
		return explain(os.NewSyscallError("io_uring_register", err))
	}
	known := p.ops[:min(int(p.len), len(p.ops))]
	if i := slices.IndexFunc(ops, func(op Op) bool { return int(op) >= len(known) || known[op].flags&opSupported == 0 }); i >= 0 {
		return fmt.Errorf("io_uring has no operation %d here", ops[i])
	}
	return nil
}

// tryReceive receives one byte by an operation that goes on afterwards.
func (r *Ring) tryReceive(b *Buffers) error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	if _, err := unix.Write(fds[1], []byte{42}); err != nil {
		return os.NewSyscallError("write", err)
	}
	e := r.Next()
	e.Op, e.Flags, e.Ioprio, e.FD = OpRecv, BufferSelect, RecvMultishot, int32(fds[0])
	if errno := r.EnterWait(time.Second); errno != 0 && errno != syscall.EINTR {
		return explain(os.NewSyscallError("io_uring_enter", errno))
	}
	c, ok := r.Completion()
	if !ok || c.Flags&CQEBuffer == 0 || c.Flags&CQEMore == 0 || c.Res != 1 || b.Take(&c)[0] != 42 {
		return explain(os.NewSyscallError("io_uring_enter", unix.EINVAL)) // it takes the operation for the one-time one
	}
	return nil
}
