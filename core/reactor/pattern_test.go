// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

const (
	patternPeriod = 65521 // a prime: no buffer's size divides it
	maxPiece      = 4 << 20
	headerMagic   = 0x7051a7e5
	headerSize    = 8
)

// pattern is noise that repeats after patternPeriod bytes, long enough to be cut anywhere in the first period.
var pattern = sync.OnceValue(func() []byte {
	b := make([]byte, patternPeriod+maxPiece)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range patternPeriod {
		b[i] = byte(rng.Uint32())
	}
	for i := patternPeriod; i < len(b); i += copy(b[i:], b[:patternPeriod]) {
	}
	return b
})

// A source makes the bytes of one direction of a connection: a header with a number of its own, then the pattern from where that number says.
type source struct {
	number uint32
	offset int // bytes made so far, the header included
	sent   atomic.Int64
}

// sources holds those whose headers nobody has read yet.
var sources sync.Map // of *source, by number

var lastSource atomic.Uint32

func newSource() *source {
	s := &source{number: lastSource.Add(1)}
	sources.Store(s.number, s)
	return s
}

// next returns the next n bytes, at most maxPiece, which are not to be changed.
func (s *source) next(n int) []byte {
	if s.offset == 0 {
		return s.header(n)
	}
	at := (int(s.number) + s.offset) % patternPeriod
	return pattern()[at : at+n]
}

func (s *source) header(n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, headerMagic)
	b = binary.BigEndian.AppendUint32(b, s.number)
	at := (int(s.number) + headerSize) % patternPeriod
	return append(b, pattern()[at:at+n]...)
}

// made counts what was written of next.
func (s *source) made(n int) {
	s.offset += n
	s.sent.Store(int64(s.offset))
}

// A sink checks the bytes of one direction.
type sink struct {
	head   []byte  // as long as it is not complete
	of     *source // whose bytes these are; nil when its end has come before the header was read
	number uint32
	offset int
}

// check reports the first byte that is not the next one.
func (s *sink) check(b []byte) error {
	if n := min(headerSize-len(s.head), len(b)); n > 0 {
		s.head = append(s.head, b[:n]...)
		b = b[n:]
		s.offset += n
		if len(s.head) < headerSize {
			return nil
		}
		if magic := binary.BigEndian.Uint32(s.head); magic != headerMagic {
			return fmt.Errorf("the stream begins with %x", s.head)
		}
		s.number = binary.BigEndian.Uint32(s.head[4:])
		if of, ok := sources.LoadAndDelete(s.number); ok {
			s.of = of.(*source)
		}
	}
	for len(b) > 0 {
		n := min(len(b), maxPiece)
		at := (int(s.number) + s.offset) % patternPeriod
		if want := pattern()[at : at+n]; !bytes.Equal(b[:n], want) {
			i := 0
			for b[i] == want[i] {
				i++
			}
			return fmt.Errorf("stream %d: byte %d is %#x, not %#x", s.number, s.offset+i, b[i], want[i])
		}
		s.offset += n
		b = b[n:]
	}
	return nil
}

// end reports what is missing when the peer has ended its stream in an orderly way.
func (s *sink) end() error {
	if s.of != nil && int64(s.offset) != s.of.sent.Load() {
		return fmt.Errorf("stream %d ended after %d bytes of %d", s.number, s.offset, s.of.sent.Load())
	}
	return nil
}
