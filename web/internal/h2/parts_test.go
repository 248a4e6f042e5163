// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestBudgetComesBack(t *testing.T) {
	b := newBudget(3, 2, start)
	for i := range 3 {
		if !b.spend(start) {
			t.Fatalf("spent after %d", i)
		}
	}
	if b.spend(start.Add(400 * time.Millisecond)) {
		t.Error("there is more than the size")
	}
	if at := start.Add(time.Second); fmt.Sprint(b.spend(at), b.spend(at), b.spend(at)) != "true true false" {
		t.Error("not 2 after a second")
	}
	b.earn(5)
	if b.left != 3 {
		t.Errorf("%d left, want the size", b.left)
	}
}

func TestReceiveWindowIsOpenedByHalves(t *testing.T) {
	w := newReceiveWindow(100, 100)
	if !w.take(100) {
		t.Fatal("the window is smaller than its size")
	}
	if n := w.consumed(49, start, 0); n != 0 {
		t.Errorf("opened by %d after 49", n)
	}
	if n := w.consumed(1, start, 0); n != 50 {
		t.Errorf("opened by %d after 50", n)
	}
	if !w.take(50) || w.take(1) {
		t.Error("not open by what was told")
	}
}

// The window doubles while it is emptied within two round trips, up to its bound.
func TestReceiveWindowGrows(t *testing.T) {
	w, now := newReceiveWindow(100, 350), start
	var told []string
	for range 6 {
		w.take(w.size / 2)
		told = append(told, fmt.Sprint(w.consumed(w.size/2, now, 100*time.Millisecond)))
		now = now.Add(50 * time.Millisecond)
	}
	// 50; 50+100 to be 200; 100+150 to be 350, the bound; then halves.
	if got := strings.Join(told, " "); got != "50 150 250 175 175 175" {
		t.Errorf("told %s", got)
	}
	if w.left > w.size {
		t.Errorf("the peer may send %d with a window of %d", w.left, w.size)
	}
	slow := newReceiveWindow(100, 350)
	for range 4 {
		slow.take(50)
		if n := slow.consumed(50, now, 100*time.Millisecond); n != 50 {
			t.Errorf("a slow stream's window was opened by %d", n)
		}
		now = now.Add(time.Second)
	}
}

func decodeBlock(t *testing.T, d *hpack.Decoder, b []byte) string {
	t.Helper()
	fields, err := d.DecodeFull(b)
	if err != nil {
		t.Fatalf("block %x: %v", b, err)
	}
	var s strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&s, "%s=%s;", f.Name, f.Value)
	}
	return s.String()
}

func TestEncoder(t *testing.T) {
	e, d := newEncoder(), hpack.NewDecoder(4096, nil)
	long := strings.Repeat("v", 300)
	encode := func() string {
		e.Begin()
		e.Status(200)
		e.Field("server", "x")
		e.Field("etag", `"1"`)
		e.Field("set-cookie", long)
		e.Field("age", "7")
		e.Int("content-length", 1234)
		e.Int("x-count", -5)
		return decodeBlock(t, d, e.Block())
	}
	want := `:status=200;server=x;etag="1";set-cookie=` + long + ";age=7;content-length=1234;x-count=-5;"
	for i := range 3 {
		if got := encode(); got != want {
			t.Fatalf("block %d: got %q", i, got)
		}
	}
	changed := e.Changed()
	if encode(); e.Changed() != changed {
		t.Error("a block of known fields changes the table")
	}
	// A new size of the table leads the next block, whatever that begins with.
	for _, size := range []uint32{0, 1 << 20, 100} {
		e.resize(min(size, 4096))
		if e.Changed() == changed {
			t.Error("blocks of the time before the new size would be used again")
		}
		if got := encode(); got != want {
			t.Fatalf("after a new size: got %q", got)
		}
		changed = e.Changed()
	}
	e.Begin()
	e.Status(404)
	if got := decodeBlock(t, d, e.Block()); got != ":status=404;" {
		t.Errorf("got %q", got)
	}
}

func TestLowerName(t *testing.T) {
	for in, want := range map[string]string{"Content-Type": "content-type", "x-a": "x-a", "X-Foo": "x-foo", "ETag": "etag", "": ""} {
		if got := LowerName(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func TestCodeNames(t *testing.T) {
	if got := broken(EnhanceYourCalm, "stop").Error() + ", " + Code(99).String() + ", " + HTTP11Required.String(); got !=
		"http2: stop (ENHANCE_YOUR_CALM), error 99, HTTP_1_1_REQUIRED" {
		t.Error(got)
	}
}
