// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Reader returns a Body of what r gives, read by a goroutine in pieces of 64 KiB, as fast as the server takes them. length is that of it, or -1 if it is not known. If r is an
// io.Closer it is closed at the end, however that comes, while Read waits if need be. Twisted: FileBodyProducer.
func Reader(r io.Reader, length int64) Body {
	b := &readerBody{length: max(length, -1), open: func() (io.Reader, error) { return r, nil }}
	b.unread, _ = r.(io.Closer)
	return b
}

// File returns a Body of the file with that name, a regular one, as it is when it is sent: one that is shorter or longer than now fails the request. It is opened and read by a
// goroutine, in blocks of 64 KiB, and closed however the request ends. It can be sent again. Twisted: FileBodyProducer.
func File(name string) (Rewinder, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "send", Path: name, Err: errors.New("not a regular file")}
	}
	return &fileBody{readerBody{length: info.Size(), open: func() (io.Reader, error) { return os.Open(name) }}}, nil
}

type fileBody struct{ readerBody }

func (b *fileBody) Rewind() (Body, error) { return b, nil }

type readerBody struct {
	length int64
	open   func() (io.Reader, error) // may block
	unread io.Closer                 // what open returns, until Start; nil if there is nothing to close
}

// Discard closes what was not asked for, and will not be.
func (b *readerBody) Discard() {
	if c := b.unread; c != nil {
		b.unread = nil
		go c.Close() // which may take its time
	}
}

func (b *readerBody) Length() int64 { return b.length }

// A looper is a consumer that knows its loop, as transports do.
type looper interface{ Loop() protocol.Loop }

var errNoLoop = errors.New("this body needs a consumer with a method Loop, as that of an Agent or a Transport")

func (b *readerBody) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	l, ok := c.(looper)
	if !ok {
		return deferred.Fail[struct{}](errNoLoop)
	}
	b.unread = nil
	p := &pump{c: c, loop: l.Loop(), more: make(chan struct{}, 1), gone: make(chan struct{})}
	p.d = deferred.NewCancellable(p.loop, func(*deferred.Deferred[struct{}]) { p.stop() })
	c.RegisterProducer(p, protocol.PushProducer)
	if !p.over {
		go p.run(b.open)
	}
	return p.d
}

// A pump brings what a goroutine reads to a consumer on the loop, one piece at a time.
type pump struct {
	c    protocol.Consumer
	loop protocol.Loop
	d    *deferred.Deferred[struct{}]
	more chan struct{} // the goroutine may go on
	gone chan struct{} // nothing more is wanted

	paused, waits, over bool // loop only

	mu     sync.Mutex
	r      io.Closer // guarded by mu
	closed bool      // guarded by mu
}

func (p *pump) Pause() { p.paused = true }

func (p *pump) Resume() {
	if p.paused = false; p.waits {
		p.waits = false
		p.more <- struct{}{}
	}
}

func (p *pump) Stop(reason error) {
	if !p.over {
		p.stop()
		p.d.Errback(reason)
	}
}

// stop ends the reading from the loop. A Read that waits is ended by Close, which may take its time.
func (p *pump) stop() {
	if !p.over {
		p.over = true
		close(p.gone)
		go p.close()
	}
}

// close closes what is read, once; what is opened later is closed at once.
func (p *pump) close() {
	p.mu.Lock()
	r := p.r
	p.r, p.closed = nil, true
	p.mu.Unlock()
	if r != nil {
		r.Close()
	}
}

// run is the goroutine.
func (p *pump) run(open func() (io.Reader, error)) {
	defer p.close()
	r, err := open()
	if err != nil {
		p.loop.CallFromThread(func() { p.end(err) })
		return
	}
	if c, ok := r.(io.Closer); ok {
		p.mu.Lock()
		closed := p.closed
		if !closed {
			p.r = c
		}
		p.mu.Unlock()
		if closed {
			c.Close()
			return
		}
	}
	buf := make([]byte, piece)
	for {
		n, err := r.Read(buf)
		p.loop.CallFromThread(func() { p.take(buf[:n], err) })
		if err != nil {
			return
		}
		select {
		case <-p.more:
		case <-p.gone:
			return
		case <-p.loop.Done():
			return
		}
	}
}

// take writes a piece.
func (p *pump) take(b []byte, err error) {
	if p.over {
		return
	}
	if len(b) > 0 {
		if _, werr := p.c.Write(b); werr != nil {
			err = werr
		}
	}
	switch {
	case p.over:
	case err != nil:
		p.end(err)
	case p.paused:
		p.waits = true
	default:
		p.more <- struct{}{}
	}
}

func (p *pump) end(err error) {
	if p.over {
		return
	}
	p.over = true
	close(p.gone)
	p.c.UnregisterProducer()
	if err == io.EOF {
		p.d.Callback(struct{}{})
	} else {
		p.d.Errback(err)
	}
}
