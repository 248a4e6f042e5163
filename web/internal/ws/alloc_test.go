// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// The state of a connection that is quiet. Whoever adds a field multiplies by 100,000.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(ws.Reader{}); n > 136 {
		t.Errorf("a Reader has %d bytes", n)
	}
	if n := unsafe.Sizeof(ws.Writer{}); n > 24 {
		t.Errorf("a Writer has %d bytes", n)
	}
}

// A connection that has exchanged messages of all kinds and is quiet holds nothing.
func TestQuiet(t *testing.T) {
	w := ws.NewWriter(ws.Client, &ws.Compression{}, deflated)
	r := ws.NewReader(ws.Server, nil, deflated)
	var wire []byte
	for _, n := range []int{10, 1000, 5000, 100000} {
		p := corpus(n, 1)
		wire = w.AppendMessage(wire, ws.Text, p)
		wire = w.AppendFragment(wire, ws.Binary, p, false)
		wire = w.AppendPing(wire, nil)
		wire = w.AppendFragment(wire, ws.Binary, p, true)
	}
	if got := run(t, &r, wire, randomly); strings.Count(got, ";") != 11 {
		t.Error(got)
	}
	if r.Held() != 0 || w.Held() != 0 || r.Partial() {
		t.Errorf("%d and %d bytes held", r.Held(), w.Held())
	}
}

// Messages cost no memory: small and large, whole and cut, at both ends, compressed too.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("pools are emptied at random under the race detector")
	}
	for _, tt := range []struct {
		name     string
		params   *ws.Params
		compress *ws.Compression
		size     int
		cut      int // 0: not cut
	}{
		{"small", nil, nil, 32, 0},
		{"2000 bytes", nil, nil, 2000, 0},
		{"70000 bytes", nil, nil, 70000, 0},
		{"small, cut", nil, nil, 100, 50},
		{"header cut", nil, nil, 100, 1},
		{"50000 bytes, cut", nil, nil, 50000, 20000},
		{"compressed", deflated, &ws.Compression{Threshold: 1}, 1000, 0},
		{"compressed, level 1", deflated, &ws.Compression{Threshold: 1, Level: 1}, 1000, 0},
		{"compressed, cut", deflated, &ws.Compression{Threshold: 1}, 30000, 1000},
	} {
		for _, role := range []ws.Role{ws.Server, ws.Client} {
			w, r := ws.NewWriter(role, tt.compress, tt.params), ws.NewReader(1-role, nil, tt.params)
			msg := corpus(tt.size, 1)
			var out []byte
			n := testing.AllocsPerRun(200, func() {
				out = w.AppendMessage(out[:0], ws.Text, msg)
				events := 0
				for p, first := out, true; len(p) > 0; {
					piece := p
					if tt.cut > 0 && first {
						piece, first = p[:tt.cut], false
					}
					p = p[len(piece):]
					for {
						ev, n, err := r.Next(piece)
						if err != nil {
							t.Fatal(err)
						}
						if ev.Kind == ws.NoEvent {
							break
						}
						piece = piece[n:]
						events++
					}
				}
				if events != 1 {
					t.Fatalf("%d events", events)
				}
			})
			if n >= 1 {
				t.Errorf("%s, %v sends: %v allocations", tt.name, role, n)
			}
		}
	}
}
