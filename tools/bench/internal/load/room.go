// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Room is connections to a WebSocket server that sends each message to all of them. They are quiet, and answer Pings, until one of them, here or in another process, says something.
// What is said is numbered from 1 on: see Say. Its methods are for one goroutine.
type Room struct {
	loop   *loop
	conns  []seat
	masker *masker
	buf    []byte
	round  int // the message that is awaited, or came last
	text   string
	came   int           // connections that have it
	last   time.Duration // when the last one got it
}

// A seat is one connection.
type seat struct {
	stream
	frames frameReader
	round  int  // the last message that is complete
	at     int  // bytes of the next one
	pong   bool // it has come
}

// RoomSize is the length of the messages in bytes.
const RoomSize = 100

// roomMessage returns a message by its number.
func roomMessage(round int) string {
	text := fmt.Sprintf("message %08d ", round)
	return text + strings.Repeat("x", RoomSize-len(text))
}

// OpenRoom returns a Room without connections.
func OpenRoom(cfg Config) (*Room, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return nil, err
	}
	return &Room{loop: l, masker: newMasker(125), buf: make([]byte, 4096)}, nil
}

// Grow opens more connections until there are n. Each has had a Pong when it returns, so that the server has let it in.
func (r *Room) Grow(n int) error {
	from := len(r.conns)
	if n <= from {
		return nil
	}
	r.conns = append(r.conns, make([]seat, n-from)...)
	begin := func(i int) error { return r.conns[i].shake(r.loop.cfg, i) }
	end := func(i int) error {
		s := &r.conns[i]
		s.round = r.round
		if err := s.shaken(r.buf); err != nil {
			return err
		}
		if err := epollAdd(r.loop.ep, s.fd, i, unix.EPOLLIN); err != nil {
			return err
		}
		return r.send(s, opPing, nil)
	}
	if err := together(from, n, begin, end); err != nil {
		return err
	}
	late := r.loop.now() + r.loop.cfg.patience()
	for i := from; i < n; i++ {
		for !r.conns[i].pong {
			if err := r.Pump(); err != nil {
				return err
			}
			if r.loop.now() > late {
				return fmt.Errorf("connection %d of %d has no Pong: %w", i+1, n, errLate)
			}
		}
	}
	return nil
}

func (r *Room) send(s *seat, op byte, p []byte) error {
	frame := r.masker.frame(op, p)
	n, err := s.write(frame)
	if err != nil || n != len(frame) {
		return fmt.Errorf("sent %d of %d bytes: %w", n, len(frame), err)
	}
	return nil
}

// Say sends message number round over the first connection, and returns when that was, by the system's monotonic clock.
func (r *Room) Say(round int) (time.Duration, error) {
	now, err := monotonic()
	if err != nil {
		return 0, err
	}
	return now, r.send(&r.conns[0], opText, []byte(roomMessage(round)))
}

// Have reports whether all connections have message number round, and when the last one got it, by the system's monotonic clock.
func (r *Room) Have(round int) (at time.Duration, ok bool) {
	return r.last, r.round == round && r.came == len(r.conns)
}

// Conns is how many connections there are.
func (r *Room) Conns() int { return len(r.conns) }

// Pump waits a moment for something to come and takes it.
func (r *Room) Pump() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n, err := r.loop.wait()
	if err != nil {
		return err
	}
	for i := range n {
		if err := r.event(int(r.loop.events[i].Fd)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Room) event(id int) error {
	s := &r.conns[id]
	n, err := s.read(r.buf)
	if err != nil {
		return err
	}
	for p := r.buf[:n]; len(p) > 0; { // what has not been read yet is told again
		op, part, last, rest, err := s.frames.next(p)
		if err != nil {
			return err
		}
		p = rest
		switch op {
		case 0:
		case opPong:
			s.pong = true
		case opPing: // RFC 6455 wants its payload sent back; no server here sends one
			if len(part) > 0 {
				return errFrame
			}
			if last {
				err = r.send(s, opPong, nil)
			}
		case opText:
			err = r.received(s, part, last)
		default:
			err = errFrame
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// received takes a part of a message.
func (r *Room) received(s *seat, part []byte, last bool) error {
	if s.round+1 > r.round {
		if r.came < len(r.conns) && r.round > 0 {
			return errSurplus // the one before has not come everywhere
		}
		r.round, r.came = s.round+1, 0
		r.text = roomMessage(r.round)
	}
	if s.at+len(part) > len(r.text) || string(part) != r.text[s.at:s.at+len(part)] {
		return errWrong
	}
	if s.at += len(part); !last {
		return nil
	}
	if s.at < len(r.text) {
		return errWrong
	}
	s.at = 0
	s.round++
	r.came++
	if r.came < len(r.conns) {
		return nil
	}
	var err error
	r.last, err = monotonic()
	return err
}

// Close closes all connections.
func (r *Room) Close() {
	for i := range r.conns {
		r.conns[i].stream.close()
	}
	unix.Close(r.loop.ep)
}

// monotonic reads the clock that all processes share.
func monotonic() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}
