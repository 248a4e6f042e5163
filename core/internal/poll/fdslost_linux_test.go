// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// When the process may not have the descriptors that a peer sends, the system drops them and delivers the data. Nobody could tell any more which descriptor
// belongs to what, so the stream ends.
func TestPassLost(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		in, out := pipe(r)
		fd := int(out.Fd())
		var limit syscall.Rlimit
		r.must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
		free, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		r.must(err)
		r.must(unix.Close(free))
		// From here on nothing can be opened: a poller may receive ahead, so this comes before the descriptors are sent.
		r.must(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(free), Max: limit.Max}))
		defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
		_, err = c.s.SendFD([]byte("x"), []int{fd, fd})
		r.must(err)
		s.s.Receive(true)
		r.until("end", func() bool { return len(s.ended) == 1 })
		r.must(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
		if !errors.Is(s.ended[0], syscall.EMFILE) || len(s.got)+len(s.fds) != 0 {
			r.Errorf("ended with %v, after %q and %d descriptors", s.ended[0], s.got, len(s.fds))
		}
		quiet(r)
		r.must(s.s.Close(false))
		closedEverywhere(r, in, out)
	})
}
