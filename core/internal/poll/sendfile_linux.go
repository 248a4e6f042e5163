// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import "github.com/torsion-go/torsion/core/internal/sys"

// FileResident reports whether count bytes of a file from offset are most likely in memory.
func FileResident(file uintptr, offset int64, count int) bool {
	return sys.Resident(int(file), offset, count)
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

var _ FileSender = (*ringStream)(nil)
