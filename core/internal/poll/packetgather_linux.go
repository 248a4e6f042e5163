// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxGathered is the size of the largest datagram that is gathered with others: what one packet of an Ethernet holds. A longer one is sent at once, so
// that one that is too long is known at once.
const maxGathered = 1452

// packets is the memory that the datagram sockets of a loop share. What is sent is gathered for one socket at a time, until the upcalls of a socket end, another
// socket sends, the batch is full, or Poll begins or ends.
type packets struct {
	in    *sys.RecvBatch
	out   sys.SendBatch
	owner *packet // of what out holds
}

// gather keeps a datagram to send it with others. One that cannot be is to be sent now; those before it have been sent then.
func (s *packet) gather(b []byte, to protocol.Addr) (bool, error) {
	if len(b) > maxGathered || s.family == unix.AF_UNIX || !to.IsValid() && !s.connected {
		s.flush()
		return false, nil
	}
	q := s.p.packets
	if q.owner != s || !q.out.Fits(len(b)) {
		q.flush()
		q.owner = s
	}
	if !to.IsValid() {
		q.out.To().Clear()
	} else if err := s.fill(to, q.out.To()); err != nil {
		return false, err
	}
	q.out.Add(b)
	s.p.nudge()
	return true, nil
}

// flush sends what the socket has gathered.
func (s *packet) flush() {
	if q := s.p.packets; q.owner == s {
		q.flush()
	}
}

// flush sends what was gathered. What becomes of it is told later: the caller may be anywhere.
func (q *packets) flush() {
	if q == nil || q.owner == nil {
		return
	}
	s := q.owner
	q.owner = nil
	refused := false
	single := 0 // those before it did not leave as one message
	for i := 0; i < q.out.Len(); {
		n, errno := q.out.Send(s.fd, i, s.segments && i >= single)
		switch {
		case errno == 0:
			if i < single {
				s.segments = false // this socket or its device cannot
			}
		case n > 1 && (errno == syscall.EINVAL || errno == syscall.EIO || errno == syscall.EOPNOTSUPP || errno == syscall.EMSGSIZE):
			single = i + n // or nothing can be sent there
			continue
		case errno == syscall.ECONNREFUSED && s.connected:
			if !refused { // an earlier datagram was
				refused = true
				s.failLater(sysError("sendmmsg", errno))
				continue
			}
		default:
			if err := s.sent(errno, q.out.Size(i)); err != nil {
				s.failLater(err)
			}
		}
		refused = false
		i += n
	}
	q.out.Reset()
}

// receiveCall is the call that receives datagrams.
const receiveCall = "recvmmsg"
