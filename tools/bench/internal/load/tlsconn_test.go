// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadInterrupted sends signals, as the Go runtime does, to a thread that waits in a read with a timeout.
func TestReadInterrupted(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	if err := unix.SetsockoptTimeval(fds[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 30}); err != nil {
		t.Fatal(err)
	}
	thread, result := make(chan int, 1), make(chan error, 1)
	go func() { // ends with the read
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		_, err := (&rawConn{fd: fds[0], waiting: true}).Read(make([]byte, 1))
		result <- err
	}()
	id := <-thread
	for range 2000 {
		if err := unix.Tgkill(os.Getpid(), id, unix.SIGURG); err != nil {
			break // the thread is gone: the read has ended
		}
		runtime.Gosched()
	}
	if _, err := unix.Write(fds[1], []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Errorf("the read ended with %v", err)
	}
}
