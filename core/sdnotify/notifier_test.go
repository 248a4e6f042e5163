// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sdnotify_test

import (
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/sdnotify"
)

// A manager is the socket of a service manager.
type manager struct {
	*testing.T
	c *net.UnixConn
}

func newManager(t *testing.T, name string) *manager {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &manager{t, c}
}

// heard returns the next message.
func (m *manager) heard() string {
	m.Helper()
	if err := m.c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		m.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := m.c.Read(b)
	if err != nil {
		m.Fatal(err)
	}
	return string(b[:n])
}

// silent checks that there is no message: what was sent to a datagram socket of this machine is there when the sender's call has returned.
func (m *manager) silent() {
	m.Helper()
	if err := m.c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		m.Fatal(err)
	}
	rc, err := m.c.SyscallConn()
	if err != nil {
		m.Fatal(err)
	}
	if err := rc.Control(func(fd uintptr) {
		if n, _, err := unix.Recvfrom(int(fd), make([]byte, 10), unix.MSG_DONTWAIT|unix.MSG_PEEK); err == nil {
			m.Errorf("a message of %d bytes", n)
		}
	}); err != nil {
		m.Fatal(err)
	}
}

func env(vars ...string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		for _, v := range vars {
			if name, value, _ := strings.Cut(v, "="); name == key {
				return value, true
			}
		}
		return "", false
	}
}

func TestMessages(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	m := newManager(t, path)
	n := sdnotify.New(env("NOTIFY_SOCKET=" + path))
	if !n.Enabled() {
		t.Fatal("not enabled")
	}
	tests := []struct {
		send func() error
		want string
	}{
		{n.Ready, "READY=1"},
		{n.Stopping, "STOPPING=1"},
		{func() error { return n.Status("7 connections") }, "STATUS=7 connections"},
		{func() error { return n.MainPID(42) }, "MAINPID=42"},
		{func() error { return n.ExtendTimeout(1500 * time.Millisecond) }, "EXTEND_TIMEOUT_USEC=1500000"},
		{func() error { return n.ExtendTimeout(-1) }, "EXTEND_TIMEOUT_USEC=0"},
		{n.Watchdog, "WATCHDOG=1"},
		{func() error { return n.RemoveFDs("a") }, "FDSTOREREMOVE=1\nFDNAME=a"},
		{func() error { return n.Notify("READY=1", "STATUS=up") }, "READY=1\nSTATUS=up"},
	}
	for _, tt := range tests {
		if err := tt.send(); err != nil {
			t.Errorf("%s: %v", tt.want, err)
			continue
		}
		if got := m.heard(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The manager takes a reload for the one that it asked for when its time is not before that.
func TestReloadingTellsTheTime(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	m := newManager(t, path)
	n := sdnotify.New(env("NOTIFY_SOCKET=" + path))
	last := int64(0)
	for range 2 {
		if err := n.Reloading(); err != nil {
			t.Fatal(err)
		}
		first, second, _ := strings.Cut(m.heard(), "\n")
		value, ok := strings.CutPrefix(second, "MONOTONIC_USEC=")
		usec, err := strconv.ParseInt(value, 10, 64)
		if first != "RELOADING=1" || !ok || err != nil || usec <= 0 || usec < last {
			t.Errorf("got %q and %q after %d", first, second, last)
		}
		last = usec
	}
}

func TestStoreFDs(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	m := newManager(t, path)
	n := sdnotify.New(env("NOTIFY_SOCKET=" + path))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := n.StoreFDs("pipe", int(w.Fd())); err != nil {
		t.Fatal(err)
	}
	b, oob := make([]byte, 100), make([]byte, 100)
	k, oobn, _, _, err := m.c.ReadMsgUnix(b, oob)
	if err != nil || string(b[:k]) != "FDSTORE=1\nFDNAME=pipe" {
		t.Fatalf("%q, %v", b[:k], err)
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(msgs) != 1 {
		t.Fatalf("%d control messages, %v", len(msgs), err)
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("%v, %v", fds, err)
	}
	unix.CloseOnExec(fds[0])
	defer unix.Close(fds[0])
	if _, err := unix.Write(fds[0], []byte("x")); err != nil {
		t.Fatal(err)
	}
	if k, err := r.Read(b); k != 1 || err != nil {
		t.Errorf("the descriptor is another: %d, %v", k, err)
	}
	for _, name := range []string{"", "a:b", "a\nb"} {
		if n.StoreFDs(name) == nil {
			t.Errorf("a name was taken: %q", name)
		}
	}
}

func TestAbstractName(t *testing.T) {
	name := fmt.Sprintf("@torsion-sdnotify-%d", os.Getpid())
	m := newManager(t, name)
	if err := sdnotify.New(env("NOTIFY_SOCKET=" + name)).Ready(); err != nil {
		t.Fatal(err)
	}
	if got := m.heard(); got != "READY=1" {
		t.Errorf("got %q", got)
	}
}

func TestNobodyListens(t *testing.T) {
	for _, n := range []*sdnotify.Notifier{sdnotify.New(env()), sdnotify.New(env("NOTIFY_SOCKET=")), new(sdnotify.Notifier)} {
		if err := n.Ready(); n.Enabled() || err != nil {
			t.Errorf("without a manager: %v", err)
		}
		if err := n.Status("a\nb"); err != nil {
			t.Errorf("without a manager: %v", err)
		}
	}
	gone := filepath.Join(tempdir.Short(t), "gone")
	for _, name := range []string{gone, "vsock:2:1234", "relative"} {
		if err := sdnotify.New(env("NOTIFY_SOCKET=" + name)).Ready(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLineBreakIsRefused(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	m := newManager(t, path)
	if err := sdnotify.New(env("NOTIFY_SOCKET=" + path)).Status("fine\nMAINPID=1"); err == nil {
		t.Error("sent")
	}
	m.silent()
}

// A manager that does not read, which costs the program an error and no time.
func TestFullSocketDoesNotBlock(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	newManager(t, path)
	n := sdnotify.New(env("NOTIFY_SOCKET=" + path))
	for range math.MaxUint16 {
		if err := n.Ready(); err != nil {
			if !errorsIs(err, syscall.EAGAIN, syscall.ENOBUFS) {
				t.Errorf("another error: %v", err)
			}
			return
		}
	}
	t.Error("the socket never filled")
}
