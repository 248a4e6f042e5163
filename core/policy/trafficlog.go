// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// Defaults of [TrafficLog].
const (
	DefaultMaxPiece  = 64 << 10
	DefaultMaxQueued = 4 << 20
)

// A TrafficLog writes what is said on each connection to a file of its own, PREFIX-1, PREFIX-2 and so on: a line beginning with C for what the client sent, S for
// what the server sent, and * for the rest, with the seconds since the beginning. The files are written by a goroutine, which Close ends; a slow disk never
// holds up a loop: what does not fit into the queue is left out, and a line tells how much; a connection of which nothing fitted has no file. The files are readable by their owner only; what they hold may be
// passwords. Its fields are immutable after start; its methods are safe from any goroutine. Twisted: TrafficLoggingFactory.
type TrafficLog struct {
	// Prefix begins the names of the files, folder included.
	Prefix string
	// MaxPiece bounds what is written of each piece, in bytes; the line tells how many there were. 0 means DefaultMaxPiece. Twisted: lengthLimit.
	MaxPiece int
	// Hex writes the bytes in hexadecimal digits instead of as a quoted string.
	Hex bool
	// Client swaps C and S: the factory is a client's.
	Client bool
	// MaxQueued bounds what waits to be written, of all files. 0 means DefaultMaxQueued.
	MaxQueued int
	// Logger hears of files that cannot be written, once each. nil means slog.Default().
	Logger *slog.Logger

	mu     sync.Mutex
	more   sync.Cond
	queue  []trafficLine // guarded by mu
	queued int           // guarded by mu: bytes in queue
	number int           // guarded by mu: of the last connection
	closed bool          // guarded by mu
	ended  chan struct{} // guarded by mu; nil while there is no goroutine
}

// A trafficLine is something to do for the goroutine.
type trafficLine struct {
	c    *traffic
	text []byte
	last bool
}

// Wrap is a [Middleware].
func (l *TrafficLog) Wrap(f protocol.Factory) protocol.Factory {
	return Wrap(func(net.Addr) Hook { return &traffic{l: l} })(f)
}

// Close writes what waits, closes the files, and returns when that is done. What happens on connections afterwards is not logged. It blocks: not on a loop.
func (l *TrafficLog) Close() error {
	l.mu.Lock()
	l.closed = true
	ended := l.ended
	if ended != nil {
		l.more.Signal()
	}
	l.mu.Unlock()
	if ended != nil {
		<-ended
	}
	return nil
}

// begin numbers a connection.
func (l *TrafficLog) begin() (number int, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, true
	}
	if l.ended == nil {
		l.ended = make(chan struct{})
		l.more.L = &l.mu
		go l.write(l.ended) // Close waits for it
	}
	l.number++
	return l.number, false
}

// put queues a line. It reports whether there was room, which there always is for what ends a file.
func (l *TrafficLog) put(line trafficLine, ends bool) bool {
	limit := l.MaxQueued
	if limit <= 0 {
		limit = DefaultMaxQueued
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.queued+len(line.text) > limit && !ends {
		return false
	}
	l.queue = append(l.queue, line)
	l.queued += len(line.text)
	l.more.Signal()
	return true
}

// write is the goroutine.
func (l *TrafficLog) write(ended chan struct{}) {
	defer close(ended)
	open := map[*traffic]io.WriteCloser{}
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.more.Wait()
		}
		lines := l.queue
		l.queue, l.queued = nil, 0
		l.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		for _, line := range lines {
			l.writeLine(open, line)
		}
	}
}

func (l *TrafficLog) writeLine(open map[*traffic]io.WriteCloser, line trafficLine) {
	f, ok := open[line.c]
	if !ok {
		f = discard{}
		file, err := os.OpenFile(l.Prefix+"-"+strconv.Itoa(line.c.number), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err == nil {
			f = file
		} else {
			l.complain(err)
		}
		open[line.c] = f
	}
	if _, err := f.Write(line.text); err != nil {
		l.complain(err)
		f.Close()
		open[line.c] = discard{}
	}
	if line.last {
		if err := open[line.c].Close(); err != nil {
			l.complain(err)
		}
		delete(open, line.c)
	}
}

func (l *TrafficLog) complain(err error) {
	log := l.Logger
	if log == nil {
		log = slog.Default()
	}
	log.Error("policy: traffic log: what follows of this connection is not written", "error", err)
}

// A discard takes the place of a file that cannot be written.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// A traffic is the Hook of one connection. Loop only.
type traffic struct {
	l      *TrafficLog
	number int
	filed  bool // a line was queued: there is a file, or will be
	begun  time.Time
	lost   int // bytes of lines that were left out since the last one
}

func (c *traffic) Made(t protocol.Transport) error {
	number, closed := c.l.begin()
	if closed {
		return nil
	}
	c.number, c.begun = number, t.Loop().Now()
	c.line(t, '*', fmt.Sprintf("connection of %s with %s, %s", t.LocalAddr(), t.RemoteAddr(), c.begun.UTC().Format(time.RFC3339)), false)
	return nil
}

func (c *traffic) Received(t protocol.Transport, p []byte) { c.data(t, 'C', 'S', p) }
func (c *traffic) Sent(t protocol.Transport, p []byte)     { c.data(t, 'S', 'C', p) }

func (c *traffic) data(t protocol.Transport, of, client byte, p []byte) {
	if c.number == 0 {
		return
	}
	if c.l.Client {
		of = client
	}
	limit := c.l.MaxPiece
	if limit <= 0 {
		limit = DefaultMaxPiece
	}
	text := ""
	if c.l.Hex {
		text = hex.EncodeToString(p[:min(len(p), limit)])
		if len(p) > limit {
			text += fmt.Sprintf(" (%d bytes)", len(p))
		}
	} else {
		text = quoted(p, limit)
	}
	c.line(t, of, text, false)
}

func (c *traffic) Lost(t protocol.Transport, reason error) {
	if c.number != 0 {
		c.line(t, '*', "connection lost: "+strconv.Quote(reason.Error()), true)
	}
}

func (c *traffic) line(t protocol.Transport, of byte, text string, last bool) {
	var b []byte
	at := t.Loop().Now().Sub(c.begun).Seconds()
	if c.lost > 0 {
		b = fmt.Appendf(b, "* %.6f %d bytes of this log were left out: the disk is too slow\n", at, c.lost)
	}
	b = fmt.Appendf(b, "%c %.6f %s\n", of, at, text)
	if c.l.put(trafficLine{c, b, last}, last && c.filed) {
		c.filed, c.lost = true, 0
	} else {
		c.lost += len(text)
	}
}

// quoted returns p as a quoted string, cut to max bytes.
func quoted(p []byte, max int) string {
	if len(p) <= max {
		return strconv.Quote(string(p))
	}
	return fmt.Sprintf("%q (%d bytes)", p[:max], len(p))
}
