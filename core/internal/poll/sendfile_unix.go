// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux

package poll

import (
	"io"
	"net"

	"github.com/torsion-go/torsion/core/internal/sys"
)

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

var _ FileSender = (*stream)(nil)
