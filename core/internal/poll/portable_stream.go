// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// The buffer of a portable stream grows while reads fill it.
const (
	minChunk = 4 << 10
	maxChunk = 64 << 10
	// maxSlices is the number of slices in one system call. Package net bounds it on POSIX systems, while Windows tries any number and has no memory for it.
	maxSlices = 1024
	// sparseReads is the number of reads in a row that used less than a quarter of the buffer.
	sparseReads = 16
)

// A portableStream has a reader goroutine all its life and a writer goroutine while a Send is outstanding. The reader does not read again before its
// chunk was delivered.
type portableStream struct {
	p    *portable
	h    StreamHandler
	conn net.Conn
	unix *net.UnixConn // conn, when it can pass descriptors
	wg   sync.WaitGroup
	next chan struct{} // room for one: permission to read again
	quit chan struct{} // closed by Close

	// The outcome of reading: the reader's from permission to post, else the loop's.
	buf []byte
	n   int
	fds []int
	err error

	// The outcome of sending: the writer's from Send to post, else the loop's.
	out  net.Buffers
	sent int
	fail error

	// The loop's.
	receiving bool
	pending   bool // an outcome of reading waits for receiving
	sparse    int  // reads in a row that used little of buf
	sending   bool
	closed    bool
}

func (p *portable) Attach(s Socket, h StreamHandler) (Stream, error) {
	if s.Conn == nil {
		return nil, errors.New("poll: not a socket of this kind of poller")
	}
	if p.closed {
		s.Conn.Close()
		return nil, net.ErrClosed
	}
	st := &portableStream{p: p, h: h, conn: s.Conn, next: make(chan struct{}, 1), quit: make(chan struct{}), buf: make([]byte, minChunk)}
	if u, ok := s.Conn.(*net.UnixConn); ok && passesFDs {
		st.unix = u
	}
	p.care[st] = struct{}{}
	st.wg.Add(1)
	// Close waits for it.
	go st.read()
	return st, nil
}

func (s *portableStream) read() {
	defer s.wg.Done()
	for {
		if s.unix != nil {
			s.n, s.fds, s.err = receiveFDs(s.unix, s.buf)
		} else {
			s.n, s.err = s.conn.Read(s.buf)
		}
		failed := s.err != nil
		s.p.post((*arrival)(s))
		if failed {
			return
		}
		select {
		case <-s.next:
		case <-s.quit:
			return
		}
	}
}

// An arrival is the task of a stream's reader.
type arrival portableStream

func (a *arrival) run() {
	s := (*portableStream)(a)
	s.pending = true
	s.deliver()
}

// deliver hands over what has arrived, as far as it is wanted. An error other than the end of stream is wanted always.
func (s *portableStream) deliver() {
	if s.closed {
		s.dropFDs()
		return
	}
	if !s.pending {
		return
	}
	for len(s.fds) > 0 && s.receiving {
		fd := s.fds[0]
		s.fds = s.fds[1:]
		s.p.upcalls++
		if s.h.ReceivedFD(fd); s.closed {
			return
		}
	}
	if n := s.n; n > 0 {
		if !s.receiving {
			return
		}
		s.n = 0
		s.p.upcalls++
		if s.h.Received(s.buf[:n:n]); s.closed {
			return
		}
		s.fitBuffer(n)
	}
	switch {
	case s.err == nil:
		s.pending = false
		s.next <- struct{}{}
	case s.receiving || s.err != io.EOF:
		s.pending = false
		s.p.upcalls++
		s.h.ReceiveEnded(common(s.err))
	}
}

// fitBuffer follows a read of n bytes. The reader has no permission to use the buffer meanwhile.
func (s *portableStream) fitBuffer(n int) {
	size := len(s.buf)
	switch {
	case n == size && n < maxChunk:
		size *= 2
	case n < size/4 && size > minChunk:
		if s.sparse++; s.sparse < sparseReads {
			return
		}
		size /= 2
	}
	if s.sparse = 0; size != len(s.buf) {
		s.buf = make([]byte, size)
	}
}

func (s *portableStream) dropFDs() {
	for _, fd := range s.fds {
		closePassed(fd)
	}
	s.fds = nil
}

func (s *portableStream) Receive(on bool) {
	s.receiving = on
	if on && s.pending {
		s.p.post(taskFunc(s.deliver))
	}
}

func (s *portableStream) Send(v [][]byte) (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	s.out = s.out[:0]
	for _, p := range v {
		if len(p) > 0 {
			s.out = append(s.out, p)
		}
	}
	if len(s.out) == 0 {
		return 0, nil
	}
	s.sending = true
	s.wg.Add(1)
	// Close waits for it.
	go s.write(s.out)
	return 0, nil
}

func (s *portableStream) write(out net.Buffers) {
	defer s.wg.Done()
	var total int64
	var err error
	for len(out) > 0 && err == nil {
		part := out[:min(len(out), maxSlices)]
		out = out[len(part):]
		var n int64
		n, err = part.WriteTo(s.conn)
		total += n
	}
	s.sent, s.fail = int(total), err
	s.p.post((*departure)(s))
}

// A departure is the task of a stream's writer.
type departure portableStream

func (d *departure) run() {
	s := (*portableStream)(d)
	clear(s.out)
	if s.closed || !s.sending {
		return
	}
	s.sending = false
	n, err := s.sent, s.fail
	s.sent, s.fail = 0, nil
	s.p.upcalls++
	s.h.Sent(n, common(err))
}

func (s *portableStream) SendFD(p []byte, fds []int) (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	if s.unix == nil {
		return 0, ErrUnsupported
	}
	n, again, err := sendFDs(s.unix, p, fds)
	if !again {
		return n, err
	}
	s.sending = true
	s.wg.Add(1)
	// Close waits for it.
	go func() {
		defer s.wg.Done()
		s.sent, s.fail = 0, awaitWritable(s.unix)
		s.p.post((*departure)(s))
	}()
	return 0, nil
}

func (s *portableStream) CloseWrite() error {
	if s.closed {
		return net.ErrClosed
	}
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return ErrUnsupported
}

func (s *portableStream) Close(abort bool) error {
	if s.closed {
		return net.ErrClosed
	}
	if tcp, ok := s.conn.(*net.TCPConn); ok && abort {
		_ = tcp.SetLinger(0)
	}
	s.closed = true
	delete(s.p.care, s)
	close(s.quit)
	err := s.conn.Close()
	s.wg.Wait()
	s.dropFDs()
	return err
}

func (s *portableStream) shut() { s.Close(false) }

func (s *portableStream) Control(f func(fd uintptr)) error {
	if s.closed {
		return net.ErrClosed
	}
	return control(s.conn, f)
}

// tcp returns the connection for its options.
func (s *portableStream) tcp() (*net.TCPConn, error) {
	if s.closed {
		return nil, net.ErrClosed
	}
	if c, ok := s.conn.(*net.TCPConn); ok {
		return c, nil
	}
	return nil, ErrUnsupported
}

func (s *portableStream) SetNoDelay(on bool) error {
	c, err := s.tcp()
	if err != nil {
		return err
	}
	return c.SetNoDelay(on)
}

func (s *portableStream) NoDelay() (bool, error) {
	c, err := s.tcp()
	if err != nil {
		return false, err
	}
	return noDelay(c)
}

func (s *portableStream) SetKeepAlive(idle time.Duration) error {
	c, err := s.tcp()
	if err != nil {
		return err
	}
	return setKeepAlive(c, idle)
}

func (s *portableStream) KeepAlive() (bool, error) {
	c, err := s.tcp()
	if err != nil {
		return false, err
	}
	return keepAlive(c)
}

// setKeepAlive sets the idle time and leaves the other times alone.
func setKeepAlive(c *net.TCPConn, idle time.Duration) error {
	if idle == 0 {
		return c.SetKeepAlive(false)
	}
	err := c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: min(idle, sys.MaxKeepAlive), Interval: -1, Count: -1})
	if errors.Is(err, syscall.ENOPROTOOPT) { // OpenBSD, where the idle time is the system's
		return ErrUnsupported
	}
	return err
}

var _ Stream = (*portableStream)(nil)
