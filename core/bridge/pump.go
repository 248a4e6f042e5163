// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"io"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

const pumpBuffer = 32 << 10 // bytes read at once

// A pump has the two goroutines of an attached connection. One reads, and waits for the loop to take what it has read before it reads on; the other writes
// what the loop has queued. Both end after stop, when the stream fails, and when the loop ends, which they notice at the latest when their blocking call returns; the
// stream is closed then.
type pump struct {
	conn io.ReadWriteCloser
	loop protocol.Loop
	ack  chan struct{} // one: there is one read to acknowledge
	kick chan struct{} // one: further kicks say nothing new
	quit chan struct{}

	mu    sync.Mutex
	out   []byte
	ended bool // the stream is to be ended when out is written
}

func (p *pump) start(c *attached) {
	p.conn, p.loop = c.conn, c.loop
	p.ack = make(chan struct{}, 1)
	p.kick = make(chan struct{}, 1)
	p.quit = make(chan struct{})
	// Both belong to the connection, whose end makes Read and Write fail and closes quit.
	go p.read(c)
	go p.drain(c)
}

func (p *pump) acknowledge() { p.ack <- struct{}{} }

// stop ends the goroutines. Close has one of its own, since it may block: that of tls.Conn sends an alert.
func (p *pump) stop() {
	close(p.quit)
	go p.conn.Close()
}

func (p *pump) write(v [][]byte) {
	p.mu.Lock()
	for _, b := range v {
		p.out = append(p.out, b...)
	}
	p.mu.Unlock()
	p.wake()
}

func (p *pump) closeWrite() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.wake()
}

func (p *pump) wake() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

func (p *pump) read(c *attached) {
	buf := make([]byte, pumpBuffer)
	n := 0
	deliver := func() { c.received(buf[:n]) } // until it is acknowledged, n stays as it is
	for {
		var err error
		n, err = p.conn.Read(buf)
		if n > 0 {
			p.loop.CallFromThread(deliver)
			select {
			case <-p.ack:
			case <-p.quit:
				return
			case <-p.loop.Done():
				p.conn.Close()
				return
			}
		}
		if err != nil {
			p.loop.CallFromThread(func() { c.ended(err) })
			return
		}
	}
}

func (p *pump) drain(c *attached) {
	var spare []byte
	for {
		select {
		case <-p.kick:
		case <-p.quit:
			return
		case <-p.loop.Done():
			p.conn.Close()
			return
		}
		p.mu.Lock()
		b, ended := p.out, p.ended
		p.out, p.ended = spare[:0], false
		p.mu.Unlock()
		var err error
		if len(b) > 0 {
			_, err = p.conn.Write(b)
		}
		if ended && err == nil {
			err = endStream(p.conn)
		}
		p.loop.CallFromThread(func() { c.written(len(b), ended, err) })
		if err != nil {
			return
		}
		if spare = b; cap(spare) > 2*protocol.HighWater {
			spare = nil
		}
	}
}

// endStream ends the sending direction. A stream that cannot do that alone goes on: its peer learns of the end when the connection is closed.
func endStream(conn io.ReadWriteCloser) error {
	if h, ok := conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return nil
}
