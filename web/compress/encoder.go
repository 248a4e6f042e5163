// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress

import (
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/torsion-go/torsion/web"
)

const (
	window     = 1 << 18 // bytes that zstd and brotli look back
	windowBits = 18
)

// A writer is what the three codings have in common.
type writer interface {
	io.Writer
	Flush() error
	Close() error
	Reset(io.Writer)
}

// A pool recycles the writers of one coding.
type pool struct {
	c       *Resource
	writers sync.Pool
}

// newPool returns the pool of the named coding at the level that the configuration says.
func newPool(c *Resource, name string) (*pool, error) {
	var make func() (writer, error)
	level := func(l, fallback, most int) (int, error) {
		if l < 0 || l > most {
			return 0, fmt.Errorf("%s has no level %d", name, l)
		}
		if l == 0 {
			l = fallback
		}
		return l, nil
	}
	var l int
	var err error
	switch name {
	case "gzip":
		l, err = level(c.config.GzipLevel, 5, 9)
		make = func() (writer, error) { return gzip.NewWriterLevel(nil, l) }
	case "zstd":
		l, err = level(c.config.ZstdLevel, 3, 22)
		make = func() (writer, error) {
			// Concurrency 1 means that everything happens in the goroutine of the caller.
			return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(l)), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
				zstd.WithWindowSize(window), zstd.WithZeroFrames(true))
		}
	case "br":
		l, err = level(c.config.BrotliLevel, 4, 11)
		make = func() (writer, error) {
			return brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: l, LGWin: windowBits}), nil
		}
	default:
		err = fmt.Errorf("there is no coding %q", name)
	}
	if err != nil {
		return nil, err
	}
	p := &pool{c: c}
	p.writers.New = func() any {
		w, err := make()
		if err != nil {
			panic("compress: " + err.Error()) // the options are constant
		}
		return w
	}
	return p, nil
}

// An encoder codes one response. It takes a writer when it has something to code.
type encoder struct {
	pool *pool
	w    writer
	out  output
}

// output collects what a writer writes.
type output struct{ b []byte }

// Write appends p.
func (o *output) Write(p []byte) (int, error) {
	o.b = append(o.b, p...)
	return len(p), nil
}

func (e *encoder) open(dst []byte) {
	e.out.b = dst
	if e.w == nil {
		e.w = e.pool.writers.Get().(writer)
		e.w.Reset(&e.out)
	}
}

// taken returns what was written. Writing to memory does not fail.
func (e *encoder) taken() []byte {
	b := e.out.b
	e.out.b = nil
	return b
}

// Encode compresses p.
func (e *encoder) Encode(dst, p []byte) []byte {
	e.open(dst)
	e.w.Write(p)
	return e.taken()
}

// Flush appends what is held back.
func (e *encoder) Flush(dst []byte) []byte {
	e.open(dst)
	e.w.Flush()
	return e.taken()
}

// Close ends the body and gives the writer back.
func (e *encoder) Close(dst []byte) []byte {
	e.open(dst)
	e.w.Close()
	e.Discard()
	return e.taken()
}

// Discard gives the writer back.
func (e *encoder) Discard() {
	if e.w != nil {
		e.pool.writers.Put(e.w)
		e.w = nil
	}
	e.pool.c.inUse.Add(-1)
}

var _ web.Encoder = (*encoder)(nil)
