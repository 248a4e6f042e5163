// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fanout_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/fanout"
)

// A reader is a client, and its Member.
type reader struct {
	*fanout.Member[string]
	got    []string
	room   int            // entries that it takes
	took   func(e string) // nil for nothing
	late   int
	closed int
	calls  int // of Take
}

func (r *reader) Take(list []string) int {
	r.calls++
	n := min(len(list), r.room)
	for _, e := range list[:n] {
		r.room--
		r.got = append(r.got, e)
		if r.took != nil {
			r.took(e)
		}
	}
	return n
}

func (r *reader) Late() {
	r.late++
	r.Leave()
}

func (r *reader) Close() {
	r.closed++
	r.Leave()
}

// more makes room and returns what has come with it.
func (r *reader) more(n int) string {
	r.room += n
	r.Pump()
	return r.list()
}

func (r *reader) list() string {
	s := strings.Join(r.got, " ")
	r.got = nil
	return s
}

var usual = fanout.Config{Entries: 5, Bytes: 100, Backlog: 3, Clients: 3}

func admit(t *testing.T, l *fanout.Log[string], loop protocol.Loop, seek func(uint64, func(int) string, int) uint64) *reader {
	t.Helper()
	m, err := l.Admit(loop, seek)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{Member: m, room: 1000}
}

func join(t *testing.T, l *fanout.Log[string], loop protocol.Loop) *reader {
	t.Helper()
	r := admit(t, l, loop, nil)
	if err := r.Start(r); err != nil {
		t.Fatal(err)
	}
	return r
}

func publish(t *testing.T, l *fanout.Log[string], list ...string) {
	t.Helper()
	for _, e := range list {
		if err := l.Publish(func(uint64) (string, int, error) { return e, len(e), nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func is(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestPublish(t *testing.T) {
	l, one, two := fanout.New[string](usual), protocoltest.NewClock(), protocoltest.NewClock()
	publish(t, l, "before")
	a, b := join(t, l, one), join(t, l, two)
	publish(t, l, "1", "2")
	is(t, "a", a.list(), "1 2")
	is(t, "b", b.list(), "1 2")
	a.Leave()
	a.Leave()
	publish(t, l, "3")
	is(t, "a, which has left", a.more(1), "")
	is(t, "b", b.list(), "3")
	if got := l.Stats(); got != (fanout.Stats{Clients: 1, Published: 4}) {
		t.Errorf("%+v", got)
	}
	c := admit(t, l, one, nil)
	c.Leave()
	if err := c.Start(c); err != nil {
		t.Error(err)
	}
	publish(t, l, "4")
	is(t, "c, which left before it began", c.list(), "")
}

// Entries have numbers, from 0, and one that is refused takes none.
func TestNumbers(t *testing.T) {
	l := fanout.New[string](usual)
	refused := errors.New("refused")
	var numbers []uint64
	for _, tt := range []struct {
		size int
		err  error
		want error
	}{{1, nil, nil}, {1, refused, refused}, {101, nil, fanout.ErrTooLarge}, {100, nil, nil}, {1, nil, nil}} {
		err := l.Publish(func(n uint64) (string, int, error) {
			numbers = append(numbers, n)
			return "", tt.size, tt.err
		})
		if err != tt.want {
			t.Errorf("%v, want %v", err, tt.want)
		}
	}
	if want := []uint64{0, 1, 1, 1, 2}; !slices.Equal(numbers, want) {
		t.Errorf("%d, want %d", numbers, want)
	}
}

// A slow client costs its place, until the log has gone on without it (class 12).
func TestSlow(t *testing.T) {
	for _, drop := range []bool{false, true} {
		config := usual
		config.Drop = drop
		l, clock := fanout.New[string](config), protocoltest.NewClock()
		slow, quick := join(t, l, clock), join(t, l, clock)
		slow.room = 1
		publish(t, l, "1", "2", "3", "4")
		is(t, "slow", slow.list(), "1")
		if slow.late > 0 || l.Stats().Dropped > 0 {
			t.Fatalf("%+v", l.Stats())
		}
		is(t, "with more room", slow.more(1), "2")
		publish(t, l, "5", "6")
		is(t, "quick", quick.list(), "1 2 3 4 5 6")
		s := l.Stats()
		if !drop {
			if slow.late != 1 || s != (fanout.Stats{Clients: 1, Published: 6, Late: 1}) {
				t.Errorf("%+v", s)
			}
			continue
		}
		if is(t, "what is left", slow.more(9), "4 5 6"); l.Stats() != (fanout.Stats{Clients: 2, Published: 6, Dropped: 1}) {
			t.Errorf("%+v", l.Stats())
		}
	}
}

// What is too old is gone by number or by size, whatever Backlog says.
func TestForgets(t *testing.T) {
	big := strings.Repeat("x", 60)
	for _, list := range [][]string{{"1", "2", "3", "4", "5", "6", "7"}, {"1", big, big}} {
		l := fanout.New[string](fanout.Config{Entries: 6, Bytes: 100, Backlog: 100, Clients: 1})
		publish(t, l, list...)
		var kept []string
		admit(t, l, protocoltest.NewClock(), func(first uint64, entry func(int) string, n int) uint64 {
			for i := range n {
				kept = append(kept, entry(i))
			}
			if first+uint64(n) != uint64(len(list)) {
				t.Errorf("from %d on: %q", first, kept)
			}
			return 0
		})
		if want := list[len(list)-len(kept):]; !slices.Equal(kept, want) || len(kept) == len(list) || len(kept) == 0 {
			t.Errorf("%.200q is kept", kept)
		}
	}
}

func TestSeek(t *testing.T) {
	l, clock := fanout.New[string](usual), protocoltest.NewClock()
	publish(t, l, "1", "2", "3", "4", "5", "6")
	for from, want := range map[uint64]string{0: "4 5 6", 4: "5 6", 6: ""} { // no further back than Backlog
		r := admit(t, l, clock, func(first uint64, entry func(int) string, n int) uint64 {
			if first != 1 || n != 5 || entry(0) != "2" {
				t.Errorf("%d entries from %d on", n, first)
			}
			return from
		})
		if err := r.Start(r); err != nil {
			t.Fatal(err)
		}
		is(t, fmt.Sprint("from ", from), r.list(), want)
		if r.late > 0 {
			t.Error("too late")
		}
	}
}

// A client that publishes from Take gets that after what it has, and so does everybody.
func TestWithin(t *testing.T) {
	l, clock := fanout.New[string](usual), protocoltest.NewClock()
	a, b := join(t, l, clock), join(t, l, clock)
	a.took = func(e string) {
		if e == "1" {
			publish(t, l, "3")
		}
		a.Pump()
	}
	b.took = func(e string) {
		if e == "2" {
			b.Leave()
		}
	}
	b.room = 0
	publish(t, l, "1", "2")
	is(t, "a", a.list(), "1 3 2")
	is(t, "b, up to where it leaves", b.more(1)+" "+b.more(1)+" "+b.more(1), "1 3 2")
	publish(t, l, "4")
	is(t, "b", b.more(1), "")
}

func TestLimits(t *testing.T) {
	l, clock := fanout.New[string](usual), protocoltest.NewClock()
	a, b, late := join(t, l, clock), join(t, l, clock), admit(t, l, clock, nil)
	if _, err := l.Admit(clock, nil); err != fanout.ErrFull || l.Stats().Refused != 1 {
		t.Errorf("%v, %+v", err, l.Stats())
	}
	a.Leave()
	a = join(t, l, clock) // there is room again
	l.Close()
	clock.Settle()
	if err := late.Start(late); err != fanout.ErrClosed || late.closed != 0 {
		t.Error(err)
	}
	if a.closed != 1 || b.closed != 1 || l.Stats().Clients != 0 {
		t.Errorf("%+v", l.Stats())
	}
	if _, err := l.Admit(clock, nil); err != fanout.ErrClosed {
		t.Error(err)
	}
	if err := l.Publish(func(uint64) (string, int, error) { return "", 0, nil }); err != fanout.ErrClosed {
		t.Error(err)
	}
}

// elsewhere is a loop whose goroutine is another one.
type elsewhere struct {
	*protocoltest.Clock
	posted int
	mu     sync.Mutex
}

func (*elsewhere) OnLoop() bool { return false }

func (e *elsewhere) CallFromThread(f func()) {
	e.mu.Lock()
	e.posted++
	e.mu.Unlock()
	e.Clock.CallFromThread(f)
}

// A loop is woken once for whatever is published until it gets round to it, and hands a batch to a client at once.
func TestWakes(t *testing.T) {
	config := usual
	config.Entries, config.Backlog, config.Bytes = 200, 200, 10000
	l, loop := fanout.New[string](config), &elsewhere{Clock: protocoltest.NewClock()}
	r := join(t, l, loop)
	for round := range 2 {
		var publishers sync.WaitGroup
		for p := range 5 {
			publishers.Go(func() {
				for i := range 20 {
					l.Publish(func(uint64) (string, int, error) { return fmt.Sprint(p, i), 4, nil })
				}
			})
		}
		publishers.Wait()
		is(t, "before the loop runs", r.list(), "")
		loop.Settle()
		if len(r.got) != 100 || loop.posted != round+1 || r.calls != 2*(round+1) {
			t.Errorf("%d entries in %d calls, woken %d times", len(r.got), r.calls, loop.posted)
		}
		next := make([]int, 5)
		for _, e := range r.got {
			var p, i int
			fmt.Sscan(e, &p, &i)
			if i != next[p] {
				t.Errorf("%d of publisher %d, want %d", i, p, next[p])
			}
			next[p] = i + 1
		}
		r.got = nil
	}
}

// crowd returns n clients of that loop.
func crowd(t *testing.T, l *fanout.Log[string], loop protocol.Loop, n int) []*reader {
	t.Helper()
	list := make([]*reader, n)
	for i := range list {
		list[i] = join(t, l, loop)
		list[i].room = 100000
	}
	return list
}

// had returns how many clients have got something, and fails if anyone has anything but want.
func had(t *testing.T, list []*reader, want string) (n int) {
	t.Helper()
	for i, r := range list {
		if got := strings.Join(r.got, " "); got != "" {
			n++
			if got != want {
				t.Fatalf("client %d got %q, want %q", i, got, want)
			}
		}
	}
	return n
}

var many = fanout.Config{Entries: 16, Bytes: 1000, Backlog: 8, Clients: 1000}

// A loop with many clients serves some in a turn, whether the publisher is on it or not, and does other work between (class 12).
func TestTurns(t *testing.T) {
	for _, there := range []bool{false, true} {
		l, clock := fanout.New[string](many), protocoltest.NewClock()
		var loop protocol.Loop = clock
		if there {
			loop = &elsewhere{Clock: clock}
		}
		list := crowd(t, l, loop, 1000)
		publish(t, l, "1")
		for turns := 1; ; turns++ {
			other := -1
			clock.CallFromThread(func() { other = had(t, list, "1") })
			before := had(t, list, "1")
			clock.Turn()
			after := had(t, list, "1")
			if after-before > 128 || other < before {
				t.Fatalf("%d, then %d other work, then %d", before, other, after)
			}
			if after == len(list) {
				if turns < 7 {
					t.Errorf("%d turns", turns)
				}
				break
			}
		}
		if clock.Settle(); had(t, list, "1") != len(list) {
			t.Error("again")
		}
	}
}

// What is published meanwhile comes behind, those who wait for longest come first, and clients come and go.
func TestTurnsOverlap(t *testing.T) {
	l, clock := fanout.New[string](many), protocoltest.NewClock()
	list := crowd(t, l, clock, 500)
	publish(t, l, "1")
	clock.Turn()
	served := had(t, list, "1")
	publish(t, l, "2")
	clock.Turn()
	for i, r := range list[served : served+128] {
		is(t, fmt.Sprint("client ", served+i), strings.Join(r.got, " "), "1 2")
	}
	late := join(t, l, clock)
	for _, r := range list[:10] {
		is(t, "one that goes", r.list(), "1")
		r.Leave()
	}
	list = append(list[:20:20], list[30:]...)[10:]
	clock.Settle()
	if n := had(t, list, "1 2"); n != len(list) {
		t.Errorf("%d of %d", n, len(list))
	}
	is(t, "one that came", late.list(), "")
}

// Clients that take everything miss nothing only because it is not their turn yet: not by number, nor by size.
func TestTurnsPressed(t *testing.T) {
	for name, tt := range map[string]struct {
		size   int
		config func(*fanout.Config)
	}{
		"number":    {1, func(*fanout.Config) {}},
		"dropping":  {1, func(c *fanout.Config) { c.Drop = true }},
		"no more":   {1, func(c *fanout.Config) { c.Entries, c.Backlog = 1, 1 }},
		"size":      {300, func(*fanout.Config) {}},
		"whole log": {1000, func(*fanout.Config) {}},
	} {
		config := many
		tt.config(&config)
		l, clock := fanout.New[string](config), protocoltest.NewClock()
		list := crowd(t, l, clock, 300)
		var all []string
		for i := range 50 {
			e := fmt.Sprintf("%*d", tt.size, i)
			all = append(all, e)
			publish(t, l, e)
		}
		clock.Settle()
		if n := had(t, list, strings.Join(all, " ")); n != len(list) {
			t.Errorf("%s: %d of %d", name, n, len(list))
		}
		if s := l.Stats(); s.Late+s.Dropped > 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// Publishers elsewhere who are half the backlog ahead leave the loop no turns.
func TestTurnsLag(t *testing.T) {
	for _, tt := range []struct{ entries, size, want int }{{3, 1, 128}, {4, 1, 300}, {1, 900, 128}, {2, 250, 300}} {
		l, loop := fanout.New[string](many), &elsewhere{Clock: protocoltest.NewClock()}
		list := crowd(t, l, loop, 300)
		e := strings.Repeat("x", tt.size)
		for range tt.entries {
			publish(t, l, e)
		}
		loop.Turn()
		if n := had(t, list, strings.Repeat(" "+e, tt.entries)[1:]); n != tt.want {
			t.Errorf("%+v: %d", tt, n)
		}
	}
}

// A client may be served before its turn, and then not again.
func TestCatchUp(t *testing.T) {
	l, clock := fanout.New[string](many), protocoltest.NewClock()
	admit(t, l, clock, nil).CatchUp() // not started
	list := crowd(t, l, clock, 300)
	publish(t, l, "1")
	last := list[299]
	is(t, "before", strings.Join(last.got, " "), "")
	last.CatchUp()
	last.CatchUp()
	is(t, "after", strings.Join(last.got, " "), "1")
	calls := last.calls
	clock.Settle()
	if had(t, list, "1") != len(list) || last.calls != calls {
		t.Error(last.calls)
	}
	last.Leave()
	publish(t, l, "2")
	last.CatchUp()
	is(t, "one that has left", last.list(), "1")
}

// What was published before Close is delivered, and clients are closed in turns.
func TestTurnsClose(t *testing.T) {
	l, clock := fanout.New[string](many), protocoltest.NewClock()
	list := crowd(t, l, clock, 300)
	publish(t, l, "1")
	l.Close()
	l.Close()
	clock.Turn()
	if n := l.Stats().Clients; n < 300-2*128 || n == 300 {
		t.Errorf("%d are left", n)
	}
	clock.Settle()
	for _, r := range list {
		if r.closed != 1 {
			t.Fatalf("closed %d times", r.closed)
		}
	}
	if had(t, list, "1") != len(list) || l.Stats().Clients != 0 {
		t.Errorf("%+v", l.Stats())
	}
}
