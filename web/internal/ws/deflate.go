// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"sync"

	"github.com/klauspost/compress/flate"
)

// maxSendWindow bounds what a [Writer] remembers of what it has sent, where it may refer to that: compressors are shared, so each message begins with reading the window in.
const maxSendWindow = 8 << 10

// A deflater compresses one message. They are pooled.
type deflater struct{ out []byte }

func (z *deflater) Write(p []byte) (int, error) {
	z.out = append(z.out, p...)
	return len(p), nil
}

var (
	deflaters = sync.Pool{New: func() any { return new(deflater) }}
	levels    [10]sync.Pool // of *flate.Writer
	windows   [16]sync.Pool // by the window's bits
)

// compress leaves p in z.out, compressed as by a flush: it ends with 00 00 ff ff. p is preceded by dict, and refers back by at most 1<<bits bytes.
func (z *deflater) compress(level int, bits uint8, dict, p []byte) {
	z.out = z.out[:0]
	// The compressors with state make little of less than 128 bytes, dict or not.
	if (level == 0 || len(p) < 128) && (bits == 15 || len(dict)+len(p) <= 1<<bits) {
		flate.StatelessDeflate(z, p, false, dict) // never fails, since Write does not
		return
	}
	pool := &levels[level]
	if bits < 15 {
		pool = &windows[bits]
	}
	w, _ := pool.Get().(*flate.Writer)
	switch {
	case w != nil:
	case bits < 15:
		w, _ = flate.NewWriterWindow(z, 1<<bits)
	default:
		w, _ = flate.NewWriter(z, level)
	}
	w.ResetDict(z, dict)
	w.Write(p)
	w.Flush()
	w.ResetDict(nil, nil)
	pool.Put(w)
}

func (z *deflater) put() {
	if cap(z.out) <= largeBuffer {
		deflaters.Put(z)
	}
}
