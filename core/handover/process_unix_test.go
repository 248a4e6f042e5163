// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package handover

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A successor whose predecessor dies before it has read the will is still meant.
func TestOrphaned(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fd := int(w.Fd())
	id, err := pipeID(fd)
	if err != nil {
		t.Fatal(err)
	}
	mine := &will{Predecessor: 1, Ready: fd, Pipe: id}
	if orphaned(mine) {
		t.Error("the predecessor is there")
	}
	r.Close()
	if !orphaned(mine) {
		t.Error("the predecessor has gone")
	}
	for _, other := range []*will{{Ready: fd}, {Ready: fd, Pipe: "1:1"}, {Ready: 0, Pipe: id}, {Ready: maxFD, Pipe: id}} {
		if orphaned(other) {
			t.Errorf("%+v is another's", other)
		}
	}
}

// The successor's own children are not told that the manager watches them, nor get its descriptors.
func TestGrandchildren(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd, err := unix.Dup(int(w.Fd())) // as it is after exec
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("WATCHDOG_USEC", "5")
	t.Setenv("WATCHDOG_PID", "1")
	i, err := (&will{Predecessor: 7, Ready: fd}).accept()
	if err != nil {
		t.Fatal(err)
	}
	if pid := os.Getenv("WATCHDOG_PID"); pid != strconv.Itoa(os.Getpid()) {
		t.Errorf("WATCHDOG_PID is %q", pid)
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("the pipe goes to children: %x, %v", flags, err)
	}
	if err := i.Ready(nil); err != nil {
		t.Error(err)
	}
}

// A daemon may have closed its standard input.
func TestSpawnWithoutStandardInput(t *testing.T) {
	p, err := spawn(os.Args[0], []string{os.Args[0], "-test.run=^$"}, os.Environ(), []int{maxFD, maxFD, maxFD})
	if err != nil {
		t.Fatal(err)
	}
	if state, err := p.Wait(); err != nil || !state.Success() {
		t.Error(state, err)
	}
	if _, err := spawn(os.Args[0], []string{os.Args[0]}, nil, []int{0, 1, 2, maxFD}); err != syscall.EBADF {
		t.Errorf("a socket that is not open: %v", err)
	}
}
