// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// h2sink returns a connection to a client that takes everything, and a function that sends the next request on it: a small one, all of it in the table.
func h2sink() (*sink, func()) {
	s, p := newSinkOf(web.Get(plain))
	c := h2peerOn(nil, nil, nil, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 1 << 20})
	c.window(0, 1<<30)
	send := func(in []byte) { p.DataReceived(s, in) }
	fields := []string{"user-agent", "test", "accept", "*/*"}
	c.get(1, "/", fields...) // fills the tables of both sides
	c.get(3, "/", fields...)
	send(c.out)
	id, in := uint32(5), make([]byte, 0, 200)
	c.out = nil
	c.get(id, "/", fields...)
	block := append([]byte(nil), c.block.Bytes()...)
	return s, func() {
		in = h2.AppendHeaders(in[:0], id, block, true, h2.MinFrameSize)
		id += 2
		send(in)
	}
}

func TestAllocH2Hello(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, next := h2sink()
	before := s.calls
	if n := testing.AllocsPerRun(200, next); n > 2 {
		t.Errorf("%v allocations for a request, want 2: the Request with its stream and the text of its header", n)
	}
	if s.calls-before < 200 {
		t.Errorf("%d answers", s.calls-before)
	}
}

func BenchmarkH2Hello(b *testing.B) {
	_, next := h2sink()
	b.ReportAllocs()
	for b.Loop() {
		next()
	}
}
