// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io"
	"net"

	"golang.org/x/sys/windows"
)

// iocpRead bounds, in bytes, what one stream is read of in one pass, so that a fast peer does not starve the others. It is passed by one buffer at most.
const iocpRead = 1 << 20

// An iocpStream is a stream socket under the poller. A receive of no bytes is under way until something can be received, whether that is wanted or not, so that a
// reset is noticed.
type iocpStream struct {
	p    *iocp
	h    StreamHandler
	fd   windows.Handle
	wait *op // for something to receive; under way if flying
	send *op // nil if nothing is being sent
	out  *iocpSend

	tcp       bool
	quick     bool // what ends at once queues no completion
	receiving bool
	readable  bool // there may be something to receive
	queued    bool // in the poller's ready
	ended     bool // ReceiveEnded was reported
	failed    bool // with an error
	watched   bool // by an abortWatch, or was
	closed    bool
}

func (p *iocp) Attach(s Socket, h StreamHandler) (Stream, error) {
	if s.Conn != nil {
		s.Conn.Close()
		return nil, errors.New("poll: not a socket of this kind of poller")
	}
	st := &iocpStream{p: p, h: h, fd: windows.Handle(s.FD)}
	err := net.ErrClosed
	if !p.gone {
		err = st.open(s)
	}
	if err != nil {
		_ = closeFD(s.FD)
		return nil, err
	}
	st.wait = p.ops.get(st)
	p.care[st] = struct{}{}
	st.expect()
	return st, nil
}

// open makes the socket ready for the poller.
func (s *iocpStream) open(sock Socket) error {
	local := sock.Local
	if !local.IsValid() {
		var err error
		if local, err = s.p.name(getsockname, s.fd, true); err != nil {
			return err
		}
	}
	if err := s.p.rebind(s.fd); err != nil {
		return err
	}
	modes := uint8(windows.FILE_SKIP_SET_EVENT_ON_HANDLE)
	if s.tcp = local.Network() == "tcp"; s.tcp && quickSuccess() {
		modes |= windows.FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
	}
	err := windows.SetFileCompletionNotificationModes(s.fd, modes)
	s.quick = err == nil && modes&windows.FILE_SKIP_COMPLETION_PORT_ON_SUCCESS != 0
	return nonblocking(s.fd)
}

// expect has the system tell when there is something to receive.
func (s *iocpStream) expect() {
	if s.closed || s.ended || s.wait.flying {
		return
	}
	var none windows.WSABuf
	var n, flags uint32
	err := windows.WSARecv(s.fd, &none, 1, &n, &flags, s.wait.start(), nil)
	flying, err := s.p.ops.started(s.wait, s.quick, err)
	switch {
	case err != nil:
		err = sysError("WSARecv", err)
		s.p.later(func() { s.end(err) })
	case !flying:
		s.readable = true
		if s.receiving {
			s.p.again(s)
		} else {
			s.watchAbort()
		}
	}
}

func (s *iocpStream) completed(o *op) {
	if o == s.send {
		s.sent(o)
		return
	}
	if err := o.err(s.fd, "WSARecv"); err != nil {
		s.end(err)
		return
	}
	s.readable = true
	s.receive()
}

// receive delivers what there is, if it is wanted.
func (s *iocpStream) receive() {
	for total := 0; s.readable && s.receiving && !s.ended && !s.closed; {
		if total >= iocpRead {
			s.p.again(s)
			return
		}
		buf := s.p.buf
		b := windows.WSABuf{Len: uint32(len(buf)), Buf: &buf[0]}
		var n, flags uint32
		err := windows.WSARecv(s.fd, &b, 1, &n, &flags, nil, nil)
		switch {
		case err == windows.WSAEWOULDBLOCK:
			n, err = 0, nil
		case err != nil:
			s.end(sysError("WSARecv", err))
			return
		case n == 0:
			s.end(io.EOF)
			return
		}
		if total += int(n); int(n) < len(buf) {
			s.readable = false
		}
		if n > 0 {
			s.p.upcalls++
			s.h.Received(buf[:n:n])
		}
	}
	switch {
	case !s.readable:
		s.expect()
	case !s.receiving && !s.ended:
		s.watchAbort()
	}
}

// end reports that nothing more will be received.
func (s *iocpStream) end(err error) {
	if s.closed || s.ended {
		return
	}
	s.ended, s.failed = true, err != io.EOF
	if !s.failed {
		s.watchAbort()
	}
	s.p.upcalls++
	s.h.ReceiveEnded(err)
}

func (s *iocpStream) Receive(on bool) {
	s.receiving = on
	if on && s.readable && !s.ended && !s.closed {
		s.p.again(s)
	}
}

func (s *iocpStream) CloseWrite() error {
	if s.closed {
		return net.ErrClosed
	}
	return sysError("shutdown", windows.Shutdown(s.fd, sdSend))
}

// Close closes. In order the peer is sent the end of the stream before: closing a socket on which a receive is under way may reset it.
func (s *iocpStream) Close(abort bool) error {
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	delete(s.p.care, s)
	s.unsend()
	switch {
	case s.tcp && abort:
		_ = windows.SetsockoptLinger(s.fd, windows.SOL_SOCKET, windows.SO_LINGER, &windows.Linger{Onoff: 1})
	case s.tcp:
		_ = windows.Shutdown(s.fd, sdSend)
	}
	s.p.ops.drop(s.wait)
	return sysError("closesocket", windows.Closesocket(s.fd))
}

func (s *iocpStream) shut() { s.Close(false) }

func (s *iocpStream) Control(f func(fd uintptr)) error {
	if s.closed {
		return net.ErrClosed
	}
	f(uintptr(s.fd))
	return nil
}

var (
	_ Stream       = (*iocpStream)(nil)
	_ DirectSender = (*iocpStream)(nil)
	_ completer    = (*iocpStream)(nil)
)
