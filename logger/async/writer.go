// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package async

import (
	"io"
	"sync"
)

// A Writer is an io.Writer that queues what is written for another. It is safe from any goroutine.
type Writer struct {
	*queue[*[]byte]
	w     io.Writer
	chunk []byte // of the goroutine
}

// maxChunk is how much of what queued up is written at once, in octets.
const maxChunk = 64 << 10

// NewWriter returns a Writer in front of w. A nil config means the zero Config.
func NewWriter(w io.Writer, config *Config) *Writer {
	a := &Writer{w: w}
	a.queue = newQueue(config, a.writeAll)
	return a
}

// copies are what queued writes are kept in.
var copies = sync.Pool{New: func() any { return new([]byte) }}

// Write queues a copy of p, or drops and counts it if there is no room. It never fails.
func (a *Writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.room(len(p), false) {
		b := copies.Get().(*[]byte)
		*b = append((*b)[:0], p...)
		a.push(b, len(p))
	}
	return len(p), nil
}

// writeAll writes the entries together, none in two pieces.
func (a *Writer) writeAll(batch []entry[*[]byte]) error {
	var failed error
	write := func() {
		if len(a.chunk) > 0 {
			if _, err := a.w.Write(a.chunk); err != nil {
				failed = err
			}
		}
		a.chunk = a.chunk[:0]
	}
	a.chunk = a.chunk[:0]
	for _, e := range batch {
		if e.lost > 0 {
			a.chunk = append(a.chunk, a.config.Lost(e.lost)...)
		}
		if e.size == 0 {
			continue
		}
		if len(a.chunk)+e.size > maxChunk {
			write()
		}
		a.chunk = append(a.chunk, *e.v...)
		if cap(*e.v) <= 4096 { // longer ones are rare, and would stay
			copies.Put(e.v)
		}
	}
	write()
	if cap(a.chunk) > 2*maxChunk {
		a.chunk = nil
	}
	return failed
}
