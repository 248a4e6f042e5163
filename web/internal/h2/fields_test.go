// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"bytes"
	"testing"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// lister is a Handler that notes the requests and answers none.
type lister struct {
	teller
	heads    []h1.Head
	refusals int
}

func (l *lister) Request(_ *Stream, h *h1.Head, refusal *h1.Error) {
	if refusal != nil {
		l.refusals++
		return
	}
	head := *h
	head.Fields = h1.Lines(bytes.Clone([]byte(h.Fields)))
	l.heads = append(l.heads, head)
}

// blockOf has a connection read one field block, cut in two, and returns what came of it.
func blockOf(block []byte, end bool, cut int) (*lister, error) {
	l := new(lister)
	limits := testLimits
	limits.Resets = 1
	l.c = NewConn(l, &limits, start)
	in := AppendSettings([]byte(Preface))
	h := Header{Type: TypeHeaders, Stream: 1, Length: cut}
	if end {
		h.Flags = FlagEndStream
	}
	in = append(AppendHeader(in, h), block[:cut]...)
	in = append(AppendHeader(in, Header{Type: TypeContinuation, Flags: FlagEndHeaders, Stream: 1, Length: len(block) - cut}), block[cut:]...)
	_, err := l.feed(in)
	return l, err
}

// Whatever a field block decodes to, a request that is taken is one of HTTP/1 too: the same when its lines are read again (class 25). Where the block is cut changes nothing.
func FuzzFields(f *testing.F) {
	c := newClient()
	for _, pairs := range [][]string{
		plainGet,
		append([]string{"content-length", "5", "cookie", "a=1", "cookie", "b=2", "te", "trailers", "expect", "100-continue", "priority", "u=1, i"}, plainGet...),
		{":method", "CONNECT", ":authority", "a.example:443"},
		{":method", "OPTIONS", ":scheme", "https", ":path", "*", "host", "a", "x", "a\r\nb: c"},
	} {
		f.Add(bytes.Clone(c.fields(pairs...)), true, uint16(7))
	}
	f.Fuzz(func(t *testing.T, block []byte, end bool, at uint16) {
		if len(block) > MinFrameSize {
			return
		}
		l, err := blockOf(block, end, 0)
		split, err2 := blockOf(block, end, int(at)%(len(block)+1))
		if (err == nil) != (err2 == nil) || len(l.heads) != len(split.heads) || l.refusals != split.refusals || len(l.refused) != len(split.refused) {
			t.Fatalf("whole: %v, %d requests; cut: %v, %d", err, len(l.heads), err2, len(split.heads))
		}
		for _, head := range l.heads {
			limits := h1.Limits{}.WithDefaults()
			p := h1.Parser{Limits: &limits}
			in := []byte(head.Method + " " + head.Target + " HTTP/1.1\r\n" + string(head.Fields) + "\r\n")
			var again h1.Head
			n, err := p.Parse(in, &again)
			if err != nil || n != len(in) {
				t.Fatalf("%q as HTTP/1: %d of %d bytes, %v", in, n, len(in), err)
			}
			if again.Method != head.Method || again.Target != head.Target || again.Host != head.Host || max(again.Length, 0) != max(head.Length, 0) {
				t.Fatalf("%q is\n%+v, and as HTTP/1\n%+v", in, head, again)
			}
		}
	})
}
