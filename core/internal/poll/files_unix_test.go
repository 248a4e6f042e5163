// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// fewFiles names the variable that tells a child process to run a test with few descriptors.
const fewFiles = "POLL_TEST_FEW_FILES"

// A server that runs out of descriptors says so once, lives on, and accepts again when it has some.
func TestAcceptNoFiles(t *testing.T) {
	if os.Getenv(fewFiles) == "" {
		// The limit holds for a whole process: not for the one that runs the other tests.
		cmd := exec.Command(os.Args[0], "-test.run=^TestAcceptNoFiles$", "-test.v")
		cmd.Env = append(os.Environ(), fewFiles+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	each(t, func(r *rig) {
		runtime.LockOSThread() // io_uring needs a new ring, and descriptors for it, on another one
		defer runtime.UnlockOSThread()
		const clients, spare = 15, 5
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		a.l.Pause()
		var ends []*end
		for range clients {
			d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
			r.until("connection in the backlog", func() bool { return d.done })
			r.must(d.err)
			e := r.attach(d.s)
			e.s.Receive(true)
			ends = append(ends, e)
		}
		defer limitFiles(r, spare)()
		a.l.Resume()
		r.until("error", func() bool { return len(a.errs) == 1 })
		if !errors.Is(a.errs[0], syscall.EMFILE) || !a.retries[0] {
			r.Errorf("got %v, retry %v", a.errs, a.retries)
		}
		refused := func() (n int) {
			for _, e := range ends {
				n += len(e.ended)
			}
			return n
		}
		if r.p.Name() != "portable" { // which lets them wait
			r.until("the end of the connections that nobody will serve", func() bool { return refused() == clients-len(a.accepted) })
		}
		// Still nothing to be had: the listener tries again, but says nothing more.
		accepted := len(a.accepted)
		for end := time.Now().Add(350 * time.Millisecond); time.Now().Before(end); {
			_, err := r.p.Poll(time.Until(end))
			r.must(err)
		}
		if len(a.errs) != 1 || len(a.accepted) != accepted {
			r.Errorf("%d errors, %d accepted", len(a.errs), len(a.accepted)-accepted)
		}
		a.onAccept = func(s poll.Socket) { poll.CloseSocket(s) }
		for _, s := range a.accepted {
			poll.CloseSocket(s)
		}
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r.until("outcome", func() bool { return d.done })
		r.must(d.err)
		e := r.attach(d.s)
		e.s.Receive(true)
		r.until("service", func() bool { return len(a.accepted) > accepted && len(e.ended) == 1 })
		if len(a.errs) != 1 {
			r.Error(a.errs)
		}
	})
}

// limitFiles leaves n descriptors to be opened. The function that it returns takes the limit back.
func limitFiles(r *rig, n int) func() {
	r.Helper()
	var old unix.Rlimit
	r.must(unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
	f, err := os.Open(os.DevNull)
	r.must(err)
	low := old
	set(&low.Cur, int(f.Fd())+n)
	f.Close()
	r.must(unix.Setrlimit(unix.RLIMIT_NOFILE, &low))
	return func() { r.must(unix.Setrlimit(unix.RLIMIT_NOFILE, &old)) }
}

// set assigns to a number whose type depends on the system.
func set[T int64 | uint64](p *T, v int) { *p = T(v) }
