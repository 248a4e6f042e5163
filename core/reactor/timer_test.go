// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A plainTimer is what a delayed call should be, in the slow and obvious way.
type plainTimer struct {
	id     int
	due    time.Time
	seq    int
	active bool
}

// TestTimersAgainstModel does random things to many delayed calls and to a sorted list.
func TestTimersAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := reactortest.NewMemory(t)
		var got, want []int
		var calls []protocol.DelayedCall
		var model []*plainTimer
		seq := 0
		arm := func(p *plainTimer, due time.Time) {
			seq++
			p.due, p.seq, p.active = due, seq, true
		}
		for range 2000 {
			d := time.Duration(rng.IntN(50)) * time.Millisecond
			i := 0
			if len(calls) > 0 {
				i = rng.IntN(len(calls))
			}
			switch op := rng.IntN(10); {
			case op < 3 || len(calls) == 0:
				p := &plainTimer{id: len(calls)}
				arm(p, m.Time().Add(d))
				model = append(model, p)
				calls = append(calls, m.CallLater(d, func() { got = append(got, p.id) }))
			case op < 5:
				if (calls[i].Reset(d) == nil) != model[i].active {
					t.Fatalf("seed %d: Reset of a call that is active %v", seed, model[i].active)
				}
				if model[i].active {
					arm(model[i], m.Time().Add(d))
				}
			case op < 6:
				if (calls[i].Delay(-d/2) == nil) != model[i].active {
					t.Fatalf("seed %d: Delay of a call that is active %v", seed, model[i].active)
				}
				if due := model[i].due.Add(-d / 2); model[i].active && due.After(m.Time()) {
					arm(model[i], due)
				} else if model[i].active {
					arm(model[i], m.Time())
				}
			case op < 7:
				calls[i].Rearm(d)
				arm(model[i], m.Time().Add(d))
			case op < 9:
				if (calls[i].Cancel() == nil) != model[i].active {
					t.Fatalf("seed %d: Cancel of a call that is active %v", seed, model[i].active)
				}
				model[i].active = false
			default:
				m.Advance(d)
				var due []*plainTimer
				for _, p := range model {
					if p.active && !p.due.After(m.Time()) {
						due = append(due, p)
					}
				}
				slices.SortFunc(due, func(a, b *plainTimer) int {
					return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.seq, b.seq))
				})
				for _, p := range due {
					p.active = false
					want = append(want, p.id)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: got %v, want %v", seed, got, want)
				}
			}
			if calls[i].Active() != model[i].active || calls[i].Active() && !calls[i].Time().Equal(model[i].due) {
				t.Fatalf("seed %d: call %d is active %v at %v, want %+v", seed, i, calls[i].Active(), calls[i].Time(), model[i])
			}
		}
		pending := 0
		for _, p := range model {
			if p.active {
				pending++
			}
		}
		if n := len(m.DelayedCalls()); n != pending {
			t.Errorf("seed %d: %d calls pending, want %d", seed, n, pending)
		}
	}
}

func TestTimerLimits(t *testing.T) {
	m := reactortest.NewMemory(t)
	ran := 0
	m.CallLater(math.MinInt64, func() { ran++ })
	far := m.CallLater(math.MaxInt64, func() { t.Error("ran") })
	far.Reset(math.MaxInt64)
	far.Delay(math.MaxInt64)
	m.Advance(1000 * time.Hour)
	if ran != 1 || !far.Active() {
		t.Errorf("ran %d times, far is active %v", ran, far.Active())
	}
	if err := far.Delay(math.MinInt64); err != nil {
		t.Error(err)
	}
	if due := far.Time(); due.Before(m.Time()) {
		t.Errorf("due %v before now", due)
	}
	far.Cancel()
}

// TestCancelledTimersAreCompacted holds that calls which are cancelled long before their time do not pile up.
func TestCancelledTimersAreCompacted(t *testing.T) {
	m := reactortest.NewMemory(t)
	kept := m.CallLater(time.Hour, func() {})
	for range 200_000 {
		c := m.CallLater(time.Hour, func() {})
		if err := c.Cancel(); err != nil {
			t.Fatal(err)
		}
	}
	if n := reactor.TimerNodes(m.Loops()[0]); n > 200 {
		t.Errorf("%d nodes for one call", n)
	}
	for i := range 200_000 {
		kept.Reset(time.Duration(200_000-i) * time.Millisecond) // always earlier
	}
	if n := reactor.TimerNodes(m.Loops()[0]); n > 200 {
		t.Errorf("%d nodes for one call", n)
	}
}

func TestDebugShowsWhereACallWasMade(t *testing.T) {
	var text strings.Builder
	m, err := reactortest.NewMemoryOf(reactor.Config{Debug: true, Logger: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	scheduleAPanic(m.Loop)
	m.Advance(time.Second)
	for _, want := range []string{"scheduled=", "scheduleAPanic", "stack="} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log lacks %q: %s", want, text.String())
		}
	}
}

func scheduleAPanic(l *reactor.Loop) {
	l.CallLater(time.Second, func() { panic("boo") })
}

func ExampleLoop_CallLater() {
	m, err := reactortest.NewMemoryOf(reactor.Config{})
	if err != nil {
		panic(err)
	}
	defer m.Close()
	timeout := m.CallLater(time.Minute, func() { fmt.Println("nothing heard for a minute") })
	m.Advance(50 * time.Second)
	timeout.Reset(time.Minute) // something was heard
	m.Advance(50 * time.Second)
	fmt.Println(timeout.Active())
	m.Advance(10 * time.Second)
	// Output:
	// true
	// nothing heard for a minute
}
