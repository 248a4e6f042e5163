// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys_test

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/internal/sys"
)

func TestThreadID(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	id, ok := sys.ThreadID()
	if !ok {
		t.Skip("the system does not tell")
	}
	if again, _ := sys.ThreadID(); again != id {
		t.Errorf("one thread is %d and %d", id, again)
	}
	other := make(chan uint64)
	go func() { // the receive below waits for it
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		id, _ := sys.ThreadID()
		other <- id
	}()
	if n := <-other; n == id {
		t.Errorf("two threads are %d", id)
	}
	if n := testing.AllocsPerRun(100, func() { sys.ThreadID() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMaxFiles(t *testing.T) {
	if n := sys.MaxFiles(); n < 16 {
		t.Errorf("got %d", n)
	}
}

func TestClassifyAccept(t *testing.T) {
	for err, want := range map[error]sys.AcceptClass{
		syscall.EMFILE:                          sys.AcceptNoFiles,
		os.NewSyscallError("x", syscall.ENFILE): sys.AcceptNoFiles,
		syscall.ENOBUFS:                         sys.AcceptNoMemory,
		os.NewSyscallError("x", syscall.ENOMEM): sys.AcceptNoMemory,
		syscall.ECONNABORTED:                    sys.AcceptAborted,
		syscall.EPROTO:                          sys.AcceptAborted,
		syscall.EPERM:                           sys.AcceptSkip,
		syscall.EBADF:                           sys.AcceptFatal,
		syscall.EINVAL:                          sys.AcceptFatal,
		errors.New("something else"):            sys.AcceptFatal,
	} {
		if got := sys.ClassifyAccept(err); got != want {
			t.Errorf("%v: got %d, want %d", err, got, want)
		}
	}
}

func TestZones(t *testing.T) {
	for _, tt := range []struct {
		zone string
		want uint32
	}{{"", 0}, {"77777", 77777}, {"no-such-interface", 0}, {"-1", 0}} {
		if got := sys.ZoneIndex(tt.zone); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.zone, got, tt.want)
		}
	}
	if got := sys.ZoneName(77777); got != "77777" {
		t.Errorf("got %q", got)
	}
	if got := sys.ZoneName(0); got != "" {
		t.Errorf("got %q", got)
	}
	name := sys.ZoneName(1)
	if got := sys.ZoneIndex(name); got != 1 {
		t.Errorf("interface 1 is %q is %d", name, got)
	}
}
