// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"io"
	"net"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// FileResident reports whether count bytes of a file from offset are most likely in memory.
func FileResident(file uintptr, offset int64, count int) bool {
	return sys.Resident(int(file), offset, count)
}

func (s *stream) SendFile(v [][]byte, file uintptr, offset int64, count int) (int, error) {
	n, short, err := s.sendFile(v, file, offset, count)
	if short && err == nil {
		err = s.wait()
	}
	return n, err
}

// sendFile sends without waiting; short tells that the socket took less than was offered.
func (s *stream) sendFile(v [][]byte, file uintptr, offset int64, count int) (n int, short bool, err error) {
	if s.fd < 0 {
		return 0, false, net.ErrClosed
	}
	if len(v) > 0 {
		size := 0
		for _, p := range v {
			size += len(p)
		}
		k, errno := s.p.msg.SendVectorMore(int(s.fd), v)
		if n = k; n < size {
			if errno != 0 && !wouldBlock(errno) {
				return n, false, sysError("send", errno)
			}
			return n, true, nil
		}
	}
	k, errno := sys.SendFile(int(s.fd), int(file), offset, count)
	n += k
	switch {
	case wouldBlock(errno):
		return n, true, nil
	case errno != 0:
		return n, false, sysError("sendfile", errno)
	case k == 0:
		return n, false, io.EOF
	}
	return n, k < count, nil
}

// SendFile sends by the system's call, which is as fast as an operation of the ring: that would be carried out by a thread of the system's, with a pipe in
// between. Only the waiting is the ring's.
func (s *ringStream) SendFile(v [][]byte, file uintptr, offset int64, count int) (int, error) {
	n, short, err := s.sendFile(v, file, offset, count)
	if short && err == nil {
		s.full = true
		s.note()
	}
	return n, err
}

// drained handles the completion of the poll for room in the socket.
func (s *ringStream) drained() {
	if !s.awaiting {
		return
	}
	s.awaiting = false
	s.u.upcalls++
	s.h.Sent(0, nil)
}

var (
	_ FileSender = (*stream)(nil)
	_ FileSender = (*ringStream)(nil)
)
