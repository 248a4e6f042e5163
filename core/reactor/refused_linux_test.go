// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/reactor"
)

// refusal is the variable that makes TestRefusedChild refuse something to its process.
const refusal = "TORSION_TEST_REFUSAL"

// TestRefused holds that where the system refuses io_uring, to a whole process, a reactor that asks for it runs over epoll, and the reason is told.
func TestRefused(t *testing.T) {
	if !slices.Contains(reactor.Pollers(), "io_uring") {
		t.Skip("it does not work here anyway")
	}
	for _, tt := range []struct{ what, why string }{
		{"seccomp " + fmt.Sprint(unix.SYS_IO_URING_SETUP), "io_uring_setup: operation not permitted: a filter"},
		{"seccomp " + fmt.Sprint(unix.SYS_IO_URING_ENTER), "io_uring_enter: operation not permitted: a filter"},
		{"seccomp " + fmt.Sprint(unix.SYS_IO_URING_REGISTER), "io_uring_register: operation not permitted: a filter"},
		{"memory 65536", "the limit on locked memory"},
		{"memory 400000", ""}, // there is room for one loop, not for all
	} {
		t.Run(tt.what, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestRefusedChild$", "-test.v")
			cmd.Env = append(os.Environ(), refusal+"="+tt.what)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if strings.HasPrefix(tt.what, "memory") && strings.Contains(string(out), "locked memory is not bounded") {
				t.Skip("the system does not count it")
			}
			if !strings.Contains(string(out), "ran over ") || tt.why != "" && (!strings.Contains(string(out), "ran over epoll") ||
				strings.Count(string(out), tt.why) != 2) { // by PollerStatus, and in the log
				t.Errorf("printed\n%s", out)
			}
		})
	}
}

func TestRefusedChild(t *testing.T) {
	var kind string
	var n uint64
	if _, err := fmt.Sscan(os.Getenv(refusal), &kind, &n); err != nil {
		t.Skip("not asked")
	}
	if kind == "seccomp" {
		deny(t, uint32(n))
	} else {
		if os.Geteuid() == 0 { // to whom the limit does not apply
			if err := syscall.Setuid(65534); err != nil {
				t.Skip(err)
			}
		}
		if err := syscall.Setrlimit(unix.RLIMIT_MEMLOCK, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			t.Fatal(err)
		}
		if !countsRings() {
			fmt.Println("locked memory is not bounded")
		}
	}
	for _, p := range reactor.PollerStatus() {
		fmt.Println(p.Name, p.Default, p.Why)
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r, err := reactor.New(reactor.Config{Poller: "io_uring", Loops: 8, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	var left atomic.Int32
	left.Store(int32(len(r.Loops())))
	for _, l := range r.Loops() {
		l.CallFromThread(func() {
			if left.Add(-1) == 0 {
				_ = r.Stop()
			}
		})
	}
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ran over", r.PollerName())
}

// countsRings reports whether the system counts the memory of rings as locked: not before Linux 6.14.
func countsRings() bool {
	p := make([]uint32, 30)
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 32768, uintptr(unsafe.Pointer(&p[0])), 0)
	if errno == 0 {
		unix.Close(int(fd))
	}
	return errno == unix.ENOMEM
}

// deny refuses a system call to all threads of this process.
func deny(t *testing.T, call uint32) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		t.Skip(errno)
	}
}
