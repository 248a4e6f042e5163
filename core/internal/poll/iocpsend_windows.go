// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// An iocpSend is what is lent to a send under way.
type iocpSend struct {
	lent [][]byte
	pin  runtime.Pinner
}

// maxSendNow bounds what SendNow gives to the system: that takes whatever one call offers once there is any room, and copies it.
const maxSendNow = 256 << 10

// vector puts what is behind the first skip bytes of v, at most limit bytes of it, into p.bufs, and returns how many slices and bytes that is.
func (p *iocp) vector(v [][]byte, skip, limit int) (bufs uint32, size int) {
	for _, b := range v {
		k := min(skip, len(b))
		skip -= k
		b = b[k:]
		if b = b[:min(len(b), limit-size)]; len(b) == 0 {
			continue
		}
		p.bufs[bufs] = windows.WSABuf{Len: uint32(len(b)), Buf: &b[0]}
		size += len(b)
		if bufs++; bufs == maxBufs || size == limit {
			break
		}
	}
	return bufs, size
}

// maxSend bounds what one call sends, in bytes.
const maxSend = 1 << 30

// Send gives v to the system. What that takes at once has left when Send returns.
func (s *iocpStream) Send(v [][]byte) (n int, err error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	var o *op
	for {
		bufs, _ := s.p.vector(v, n, maxSend)
		if bufs == 0 {
			break
		}
		if o == nil {
			o = s.p.ops.get(s)
		}
		var k uint32
		err = windows.WSASend(s.fd, &s.p.bufs[0], bufs, &k, 0, o.start(), nil)
		var flying bool
		if flying, err = s.p.ops.started(o, s.quick, err); flying {
			s.lend(o, v, bufs)
			clear(s.p.bufs[:bufs])
			return n, nil
		}
		clear(s.p.bufs[:bufs])
		if err != nil {
			break
		}
		n += int(k)
	}
	if o != nil {
		s.p.ops.put(o)
	}
	return n, sysError("WSASend", err)
}

// lend keeps v, of which the first slices in p.bufs are being sent.
func (s *iocpStream) lend(o *op, v [][]byte, bufs uint32) {
	s.send, s.out = o, &iocpSend{lent: v}
	for i := range bufs {
		s.out.pin.Pin(unsafe.Pointer(s.p.bufs[i].Buf))
	}
}

// sent handles the end of a send.
func (s *iocpStream) sent(o *op) {
	err := o.err(s.fd, "WSASend")
	n := int(o.size)
	if s.returned(); s.closed {
		return
	}
	s.p.upcalls++
	s.h.Sent(n, err)
}

// returned takes back what was lent.
func (s *iocpStream) returned() {
	s.out.pin.Unpin()
	s.p.ops.put(s.send)
	s.send, s.out = nil, nil
}

// unsend cancels a send for a stream that is closed, and waits until the system does not use the memory any more.
func (s *iocpStream) unsend() {
	if s.send == nil {
		return
	}
	if o := s.send; !o.landed {
		_ = windows.CancelIoEx(s.fd, &o.ov) // it fails when the send has ended by itself
	}
	s.p.await(s.send)
}

// SendNow sends without waiting. See DirectSender.
func (s *iocpStream) SendNow(v [][]byte) (n int, err error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	for n < maxSendNow {
		bufs, size := s.p.vector(v, n, maxSendNow-n)
		if bufs == 0 {
			break
		}
		var k uint32
		err := windows.WSASend(s.fd, &s.p.bufs[0], bufs, &k, 0, nil, nil)
		clear(s.p.bufs[:bufs])
		if err != nil && err != windows.WSAEWOULDBLOCK {
			return n, sysError("WSASend", err)
		}
		if n += int(k); err != nil || int(k) < size {
			break
		}
	}
	return n, nil
}

// SendFD: descriptors cannot be passed here.
func (s *iocpStream) SendFD([]byte, []int) (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	return 0, ErrUnsupported
}
