// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ticker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
)

// A fixture is a ticker with a window in memory: the test paints.
type fixture struct {
	*Ticker
	t             *testing.T
	peer          *protocoltest.StringTransport
	lines, status string
	sets          int
	stopped       bool
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, peer: protocoltest.NewStringTransport()}
	f.Ticker = New(Toolkit{
		SetLines:  func(text string) { f.lines = text; f.sets++ },
		SetStatus: func(text string) { f.status = text },
	})
	f.loop, f.now, f.stop, f.open = f.peer.Clock, f.peer.Clock.Now, func() { f.stopped = true }, true
	f.stats.since = f.now()
	f.peer.Connect(f.feed())
	return f
}

func (f *fixture) report() Report {
	f.t.Helper()
	var out bytes.Buffer
	f.print(&out)
	var r Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		f.t.Fatalf("%q: %v", out.String(), err)
	}
	return r
}

func TestLinesAreShownAtOnce(t *testing.T) {
	f := newFixture(t)
	f.peer.FeedString("one\ntwo\nthr")
	if want := "one\ntwo"; f.lines != want {
		t.Errorf("the list shows %q, want %q", f.lines, want)
	}
}

func TestTextsAreSetAPauseApart(t *testing.T) {
	f := newFixture(t)
	for i := range 100 {
		f.peer.FeedString(fmt.Sprintf("line %d\n", i))
	}
	if f.sets != 1 || f.lines != "line 0" {
		t.Fatalf("the list was set %d times, to %q: want once", f.sets, f.lines)
	}
	f.peer.Clock.Advance(pause)
	if got := strings.Split(f.lines, "\n"); f.sets != 2 || len(got) != Rows || got[Rows-1] != "line 99" {
		t.Errorf("after %d sets the list shows %q: want the newest %d after two", f.sets, got, Rows)
	}
	f.Painted()
	if r := f.report(); r.Lines != 100 || r.Shown != 100 {
		t.Errorf("got %+v, want 100 lines, all shown", r)
	}
	if n := len(f.peer.Clock.Calls()); n != 0 {
		t.Errorf("%d delayed calls are left, want none", n)
	}
}

func TestLatency(t *testing.T) {
	f := newFixture(t)
	clock := f.peer.Clock
	for _, ms := range []time.Duration{5, 4, 8} {
		f.peer.FeedString(fmt.Sprintf("%d tick\n", clock.Now().UnixNano()))
		clock.Advance(ms * time.Millisecond)
		f.Painted()
		f.Painted() // the window was uncovered
		f.Frame()
	}
	f.peer.FeedString("12 no stamp\n")
	f.Painted()
	clock.Advance(983 * time.Millisecond)
	if got, want := f.report(), (Report{Seconds: 1, Frames: 3, Lines: 4, Shown: 4, MedianMS: 5, WorstMS: 8}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := "4 lines/s  ·  3 frames/s  ·  latency 5.0 ms, at most 8.0 ms"; !strings.HasSuffix(f.status, want) {
		t.Errorf("status %q, want %q at the end", f.status, want)
	}
	clock.Advance(time.Second)
	if got, want := f.report(), (Report{Seconds: 1}); got != want {
		t.Errorf("the second report is %+v, want %+v", got, want)
	}
}

func TestSamplesAreBounded(t *testing.T) {
	f := newFixture(t)
	line := fmt.Sprintf("%d\n", f.now().UnixNano())
	for range 3 * maxSamples / 100 {
		f.peer.FeedString(strings.Repeat(line, 100))
	}
	if n := len(f.fresh.stamps); n > maxSamples {
		t.Errorf("%d time stamps are kept of lines that are not shown, at most %d should be", n, maxSamples)
	}
	f.peer.Clock.Advance(pause)
	f.Painted()
	f.Painted()
	if n := len(f.stats.latencies); n > maxSamples {
		t.Errorf("%d latencies are kept, at most %d should be", n, maxSamples)
	}
}

func TestQuitStops(t *testing.T) {
	f := newFixture(t)
	f.peer.FeedString("last\nquit\nnever shown\n")
	if !f.stopped || !f.peer.Disconnecting() || f.lines != "last" {
		t.Errorf("stopped %v, disconnecting %v, list %q", f.stopped, f.peer.Disconnecting(), f.lines)
	}
}

func TestNothingIsSetWithoutAWindow(t *testing.T) {
	f := newFixture(t)
	f.Closed()
	f.status = ""
	f.peer.FeedString("one\n")
	f.report()
	f.peer.Lose(io.EOF)
	if f.lines != "" || f.status != "" {
		t.Errorf("list %q and status %q were set after Closed", f.lines, f.status)
	}
}

func TestStatusTellsOfTheConnection(t *testing.T) {
	f := newFixture(t)
	if want := "connected to 192.168.1.1:54321"; f.status != want {
		t.Errorf("status %q, want %q", f.status, want)
	}
	f.peer.Lose(errors.New("gone"))
	if want := "disconnected: gone"; f.status != want {
		t.Errorf("status %q, want %q", f.status, want)
	}
}

func TestCut(t *testing.T) {
	long := strings.Repeat("é", Columns)
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"text\r", "text"}, {"a\xffb", "a\uFFFDb"}, {long, long}, {long + "x", long + "…"},
	} {
		if got := cut(tt.in); got != tt.want {
			t.Errorf("cut(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestStamp(t *testing.T) {
	for _, tt := range []struct {
		line string
		at   int64
		ok   bool
	}{
		{"1700000000000000000 tick", 1700000000000000000, true},
		{"1700000000000000000", 1700000000000000000, true},
		{"17 ticks", 0, false},
		{"", 0, false},
		{"-1700000000000000000", 0, false},
		{"170000000000000000x", 0, false},
		{"99999999999999999999", 0, false},
	} {
		if at, ok := stamp(tt.line); ok != tt.ok || ok && at != tt.at {
			t.Errorf("stamp(%q) = %d, %v; want %d, %v", tt.line, at, ok, tt.at, tt.ok)
		}
	}
}
