// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/internal/ws"
)

var deflated = &ws.Params{Client: ws.Direction{Bits: 15}, Server: ws.Direction{Bits: 15}}

// pack compresses p as a peer does.
func pack(p []byte) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 4)
	w.Write(p)
	w.Flush()
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
}

// Each limit, at its last good value and one beyond (class 26, 27).
func TestLimits(t *testing.T) {
	zeros := func(n int) string { return pack(make([]byte, n)) }
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, tt := range []struct {
		name   string
		limits *ws.Limits
		wire   []frame
		err    *ws.Error
		code   ws.Code
	}{
		{"message", &ws.Limits{Message: 10}, frames(fin(text, a(10))), nil, 0},
		{"message and one", &ws.Limits{Message: 10}, frames(fin(text, a(11))), ws.ErrMessageSize, 1009},
		{"fragments of a message", &ws.Limits{Message: 10}, pieces(text, a(10), 3), nil, 0},
		{"fragments of a message and one", &ws.Limits{Message: 10}, pieces(text, a(11), 3), ws.ErrMessageSize, 1009},
		{"message by message", &ws.Limits{Message: 10}, times(20, fin(text, a(10))), nil, 0},
		{"announced, not sent", &ws.Limits{Message: 10}, frames(fin(text, "").long(8, 1<<40)), ws.ErrMessageSize, 1009},
		{"frame", &ws.Limits{Frame: 5}, frames(fin(text, a(5))), nil, 0},
		{"frame and one", &ws.Limits{Frame: 5}, frames(fin(text, a(6))), ws.ErrFrameSize, 1009},
		{"frames", &ws.Limits{Frame: 5}, pieces(text, a(50), 5), nil, 0},
		{"frames and one", &ws.Limits{Frame: 5}, frames(part(text, a(5)), fin(cont, a(6))), ws.ErrFrameSize, 1009},
		{"frame does not bound pings", &ws.Limits{Frame: 5, Message: 5}, frames(fin(ping, a(125))), nil, 0},
		{"fragments", &ws.Limits{Fragments: 3}, pieces(text, a(3), 1), nil, 0},
		{"fragments and one", &ws.Limits{Fragments: 3}, pieces(text, a(4), 1), ws.ErrFragments, 1008},
		{"fragments of two messages", &ws.Limits{Fragments: 3}, append(pieces(text, a(3), 1), pieces(text, a(3), 1)...), nil, 0},
		{"empty fragments", &ws.Limits{Fragments: 3}, append(frames(part(text, "")), times(3, part(cont, ""))...), ws.ErrFragments, 1008},
		{"default fragments", nil, pieces(text, a(4096), 1), nil, 0},
		{"default fragments and one", nil, pieces(text, a(4097), 1), ws.ErrFragments, 1008},
		{"any number of fragments", &ws.Limits{Fragments: -1}, pieces(text, a(5000), 1), nil, 0},
		{"pings", &ws.Limits{Controls: 5}, times(5, fin(ping, "")), nil, 0},
		{"pings and one", &ws.Limits{Controls: 5}, times(6, fin(ping, "")), ws.ErrControls, 1008},
		{"pongs", &ws.Limits{Controls: 5}, append(times(3, fin(ping, "")), times(3, fin(pong, ""))...), ws.ErrControls, 1008},
		{"default pings", nil, times(100, fin(ping, "")), nil, 0},
		{"default pings and one", nil, times(101, fin(ping, "")), ws.ErrControls, 1008},
		{"any number of pings", &ws.Limits{ControlRate: -1}, times(1000, fin(ping, "")), nil, 0},
		{"inflated", &ws.Limits{Message: 1000}, frames(z(bin, zeros(1000))), nil, 0},
		{"inflated and one", &ws.Limits{Message: 1000}, frames(z(bin, zeros(1001))), ws.ErrMessageSize, 1009},
		{"bomb", nil, frames(z(bin, zeros(16<<20))), ws.ErrMessageSize, 1009},
		{"bomb in fragments", nil, append(frames(part(bin, "").rsv(0x40)), pieces(cont, zeros(10<<20), 700)...), ws.ErrMessageSize, 1009},
		{"as long as the default", nil, frames(z(bin, zeros(1<<20))), nil, 0},
		{"longer than the default", nil, frames(z(bin, zeros(1<<20+1))), ws.ErrMessageSize, 1009},
		{"ratio", &ws.Limits{Message: 16 << 20}, frames(z(bin, zeros(1<<20+1))), ws.ErrRatio, 1009},
		{"ratio allowed", &ws.Limits{Message: 16 << 20, Ratio: 1100}, frames(z(bin, zeros(4<<20))), nil, 0},
		{"any ratio", &ws.Limits{Message: 16 << 20, Ratio: -1}, frames(z(bin, zeros(4<<20))), nil, 0},
		{"honest ratio", &ws.Limits{Message: 16 << 20}, frames(z(bin, pack(corpus(1<<20+100000, 1)))), nil, 0},
		{"compressed, without a bound", &ws.Limits{Message: -1}, frames(fin(bin, "").rsv(0x40).long(8, 1<<20+1)), ws.ErrMessageSize, 1009},
		{"held, without a bound", &ws.Limits{Message: -1, Fragments: -1}, frames(part(bin, a(1<<20)), fin(cont, "b")), ws.ErrMessageSize, 1009},
	} {
		for _, stream := range []bool{false, true} {
			limits := ws.Limits{}
			if tt.limits != nil {
				limits = *tt.limits
			}
			limits.Now = func() time.Time { return time.Unix(1, 0) }
			r := ws.NewReader(ws.Server, &limits, deflated)
			r.Stream = stream
			want := tt.err
			if stream && strings.HasPrefix(tt.name, "held") {
				want = nil // nothing is held
			}
			var err error
			most := 0
			for p := encode(ws.Server, tt.wire); err == nil; {
				var ev ws.Event
				var n int
				ev, n, err = r.Next(p)
				most = max(most, r.Held())
				if p = p[n:]; ev.Kind == ws.NoEvent && err == nil {
					break
				}
			}
			var e *ws.Error
			switch {
			case want == nil && err != nil:
				t.Errorf("%s, stream %v: %v", tt.name, stream, err)
			case want != nil && (err != error(want) || !errors.As(err, &e) || e.Code != tt.code || !e.IsLimit()):
				t.Errorf("%s, stream %v: %v, want %v", tt.name, stream, err, want)
			}
			if bound := 8<<20 + 64<<10; most > bound {
				t.Errorf("%s, stream %v: %d bytes held", tt.name, stream, most)
			}
		}
	}
}

// Memory follows what was received, not what was announced.
func TestAnnounced(t *testing.T) {
	r := ws.NewReader(ws.Server, &ws.Limits{Message: 1 << 40}, nil)
	p := encode(ws.Server, frames(fin(bin, "").long(8, 1<<39)))
	if _, _, err := r.Next(p); err != nil || r.Held() != 0 {
		t.Errorf("%v, %d bytes", err, r.Held())
	}
	if _, _, err := r.Next(make([]byte, 5000)); err != nil || r.Held() > 1<<16 {
		t.Errorf("%v, %d bytes", err, r.Held())
	}
	if !r.Partial() {
		t.Error("not partial")
	}
	if r.Release(); r.Held() != 0 || r.Partial() {
		t.Errorf("%d bytes held by the dead", r.Held())
	}
	if ev, n, err := r.Next([]byte("rubbish")); ev.Kind != ws.NoEvent || n != 7 || err != nil {
		t.Errorf("%+v, %d, %v", ev, n, err)
	}
}

// So many control frames at once, and so many a second.
func TestControlRate(t *testing.T) {
	now := time.Unix(1000, 0)
	r := ws.NewReader(ws.Client, &ws.Limits{Controls: 5, ControlRate: 2, Now: func() time.Time { return now }}, nil)
	spend := func() (n int) {
		for n < 20 {
			if _, _, err := r.Next([]byte{0x89, 0}); err != nil {
				return n
			}
			n++
			if n == 5 {
				return n
			}
		}
		return n
	}
	if n := spend(); n != 5 {
		t.Fatalf("%d at once", n)
	}
	now = now.Add(time.Second)
	for i := range 2 {
		if _, _, err := r.Next([]byte{0x8a, 0}); err != nil {
			t.Fatalf("%d after a second: %v", i, err)
		}
	}
	now = now.Add(time.Hour) // no more than five are saved up
	if n := spend(); n != 5 {
		t.Fatalf("%d after an hour", n)
	}
	if _, _, err := r.Next([]byte{0x8a, 0}); err != error(ws.ErrControls) {
		t.Error(err)
	}
}

// A message that is read in pieces is inflated in pieces: what is held is its compressed form and a piece.
func TestInflatedPieces(t *testing.T) {
	msg := corpus(1<<20+200000, 3)
	r := ws.NewReader(ws.Client, &ws.Limits{Message: 4 << 20, Ratio: -1}, deflated)
	r.Stream = true
	packed := pack(msg)
	p := encode(ws.Client, frames(z(text, packed), fin(text, "ok")))
	var got []byte
	most, count := 0, 0
	for {
		ev, n, err := r.Next(p)
		if err != nil {
			t.Fatal(err)
		}
		if p = p[n:]; ev.Kind == ws.NoEvent {
			break
		}
		got = append(got, ev.Data...)
		most = max(most, r.Held())
		count++
	}
	if string(got) != string(msg)+"ok" || count < 19 || r.Partial() || r.Held() != 0 {
		t.Errorf("%d bytes in %d pieces; partial %v, %d bytes held", len(got), count, r.Partial(), r.Held())
	}
	if most > 2*len(packed)+64<<10 {
		t.Errorf("%d bytes held for %d", most, len(packed))
	}
	r.Next(encode(ws.Client, frames(z(text, packed))))
	if r.Release(); r.Held() != 0 { // in the middle
		t.Errorf("%d bytes held", r.Held())
	}
}
