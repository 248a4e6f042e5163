// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "testing"

// A response that is complete before its request ends once, with one END_STREAM, however late the rest of the request comes.
func TestEarlyResponseEndsOnce(t *testing.T) {
	h, c := newTeller(), newClient()
	c.headers(1, false, ":method", "POST", ":path", "/", ":scheme", "http", ":authority", "a")
	if _, err := h.feed(c.out); err != nil {
		t.Fatal(err)
	}
	s := h.c.Streams()[0]
	h.answer(s)
	h.c.Pump(1 << 20)
	end := AppendData(nil, 1, nil, true)
	if rest, err := h.feed(end); err != nil || len(rest) > 0 {
		t.Fatal(rest, err)
	}
	ends := 0
	for b := h.c.Out; len(b) > 0; {
		f := ParseHeader(b)
		if f.Stream == 1 && f.Flags.Has(FlagEndStream) && (f.Type == TypeData || f.Type == TypeHeaders) {
			ends++
		}
		b = b[HeaderLen+f.Length:]
	}
	if ends != 1 || len(h.c.Streams()) != 0 {
		t.Errorf("%d ends, %d streams are left", ends, len(h.c.Streams()))
	}
}
