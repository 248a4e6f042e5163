// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys_test

import (
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
)

func TestThreadIDMain(t *testing.T) {
	// The thread of a process that has one thread would have its number; here it is at least one of its threads.
	id, ok := sys.ThreadID()
	if !ok || id == 0 {
		t.Errorf("got %d, %v", id, ok)
	}
	if id > 1<<22 { // the system's greatest
		t.Errorf("%d is no thread of Linux", id)
	}
}

func TestMaxFilesLinux(t *testing.T) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	if got := sys.MaxFiles(); uint64(got) != r.Cur {
		t.Errorf("got %d, want %d", got, r.Cur)
	}
}

func TestSockaddrIP(t *testing.T) {
	var a sys.Sockaddr
	if a.Family() != unix.AF_UNSPEC || a.Path() != nil {
		t.Error("the zero Sockaddr is not empty")
	}
	for _, tt := range []struct {
		family   int
		in, want string // want "" is refusal
		zone     uint32
	}{
		{unix.AF_INET, "127.0.0.1:258", "127.0.0.1:258", 0},
		{unix.AF_INET, "[::ffff:1.2.3.4]:65535", "1.2.3.4:65535", 0},
		{unix.AF_INET, "[::1]:1", "", 0},
		{unix.AF_INET6, "[2001:db8::1]:1", "[2001:db8::1]:1", 0},
		{unix.AF_INET6, "[fe80::1]:1", "[fe80::1]:1", 3},
		{unix.AF_INET6, "1.2.3.4:5", "1.2.3.4:5", 0},
		{unix.AF_UNIX, "1.2.3.4:5", "", 0},
	} {
		ok := a.SetAddrPort(tt.family, netip.MustParseAddrPort(tt.in), tt.zone)
		if ok != (tt.want != "") {
			t.Errorf("%s: %v", tt.in, ok)
		}
		if !ok {
			continue
		}
		got, zone := a.AddrPort()
		if got.String() != tt.want || zone != tt.zone || a.Family() != tt.family {
			t.Errorf("%s: got %v, zone %d, family %d", tt.in, got, zone, a.Family())
		}
	}
	if a.SetAddrPort(unix.AF_INET6, netip.AddrPort{}, 0) {
		t.Error("the invalid address was taken")
	}
}

func TestSockaddrPath(t *testing.T) {
	var a sys.Sockaddr
	for path, ok := range map[string]bool{
		"":                                true,
		"/tmp/x":                          true,
		"\x00abstract":                    true,
		"\x00with\x00nul":                 true,
		strings.Repeat("x", 107):          true,
		strings.Repeat("x", 108):          false,
		"\x00" + strings.Repeat("x", 107): true,
		"\x00" + strings.Repeat("x", 108): false,
	} {
		if got := a.SetPath(path); got != ok {
			t.Errorf("%q: %v", path, got)
		} else if got && string(a.Path()) != path {
			t.Errorf("%q: got %q", path, a.Path())
		}
	}
	if ap, _ := a.AddrPort(); ap.IsValid() {
		t.Error("a path has an IP address")
	}
}

// Vectors of any shape arrive joined, with more slices than one call takes.
func TestSendVector(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	var m sys.Message
	for _, slices := range []int{0, 1, 2, 1023, 1024, 1025, 3000} {
		var v [][]byte
		var want []byte
		for i := range slices {
			p := []byte(strings.Repeat(string(rune('a'+i%26)), i%3))
			v, want = append(v, p), append(want, p...)
		}
		n, errno := m.SendVector(fds[0], v)
		if n != len(want) || errno != 0 {
			t.Fatalf("%d slices: %d of %d left, %v", slices, n, len(want), errno)
		}
		got, buf := []byte(nil), make([]byte, 8192)
		for len(got) < len(want) {
			n, errno := sys.Recv(fds[1], buf)
			if errno != 0 {
				t.Fatal(errno)
			}
			got = append(got, buf[:n]...)
		}
		if string(got) != string(want) {
			t.Errorf("%d slices: the bytes changed", slices)
		}
	}
	if _, errno := sys.Recv(fds[1], make([]byte, 1)); errno != unix.EAGAIN {
		t.Errorf("more than was sent: %v", errno)
	}
}

// As many descriptors as the system passes at once arrive in order, one more is refused.
func TestDescriptors(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	var m sys.Message
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, n := range []int{0, 1, 2, 3, 253} {
		send := make([]int, n)
		for i := range send {
			send[i] = int(null.Fd())
		}
		if k, errno := m.SendFDs(fds[0], []byte("xy"), send); k != 2 || errno != 0 {
			t.Fatalf("%d descriptors: %d, %v", n, k, errno)
		}
		buf := make([]byte, 10)
		k, got, errno := m.RecvFDs(fds[1], buf)
		if k != 2 || len(got) != n || errno != 0 {
			t.Errorf("%d descriptors: got %d and %d bytes, %v", n, len(got), k, errno)
		}
		for _, fd := range got {
			if err := unix.Close(fd); err != nil {
				t.Error(err)
			}
		}
	}
	if _, errno := m.SendFDs(fds[0], []byte("x"), make([]int, 254)); errno == 0 {
		t.Error("254 descriptors were taken")
	}
	if _, errno := m.SendFDs(fds[0], nil, nil); errno == 0 {
		t.Error("no byte to ride on, and no error")
	}
}
