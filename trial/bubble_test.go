// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

func TestBubble(t *testing.T) {
	trial.Bubble(t, func(tc *trial.Case) {
		start := time.Now()
		r := tc.Reactor()
		// A goroutine that sleeps, and a timer of the loop, in one time.
		d := deferred.FromFunc(context.Background(), r, func(context.Context) (time.Duration, error) {
			time.Sleep(time.Hour)
			return time.Since(start), nil
		})
		var at time.Duration
		r.CallLater(30*time.Minute, func() { at = r.Now().Sub(start) })
		if got := trial.Must(tc, d); got != time.Hour || at != 30*time.Minute {
			tc.Errorf("the goroutine slept for %v, the timer for %v", got, at)
		}
		tc.Memory().Advance(time.Hour)
		if got := time.Since(start); got != 2*time.Hour {
			tc.Errorf("%v have passed", got)
		}
	})
}

// Connections in a bubble.
func TestBubbleNetwork(t *testing.T) {
	trial.Bubble(t, func(tc *trial.Case) {
		m := tc.Memory()
		port, err := m.ListenTCP("127.0.0.1:80", echoFactory(), reactor.ListenOptions{})
		if err != nil {
			tc.Fatal(err)
		}
		trial.CleanupD(tc, port.StopListening)
		p := m.Dial("127.0.0.1:80")
		m.CallLater(time.Hour, func() { p.Write([]byte("hello")) })
		tc.Until(func() bool { return string(p.Received()) == "hello" })
		p.Close()
	})
}

func init() {
	samples["bubble_late"] = func(t *testing.T) {
		trial.Bubble(t, func(tc *trial.Case) { trial.Await(tc, deferred.New[int](tc.Reactor())) })
	}
	samples["bubble_deferred"] = func(t *testing.T) {
		trial.Bubble(t, func(tc *trial.Case) { deferred.Fail[int](io.EOF) })
	}
	samples["bubble_leak"] = func(t *testing.T) {
		trial.Bubble(t, func(tc *trial.Case) { tc.Reactor().CallLater(time.Hour, func() {}) })
	}
}

func TestBubbleFails(t *testing.T) {
	for _, env := range []string{"", marker.ForceGC + "=1"} {
		expectBubbles(t, env)
	}
}

func expectBubbles(t *testing.T, env string) {
	t.Helper()
	expect(t, "bubble_", []expectation{
		{name: "bubble_late", status: "FAIL", outcome: "error", says: []string{"still running at 3600000 secs"}},
		{name: "bubble_leak", status: "FAIL", outcome: "error", says: []string{"Reactor was unclean.", "bubble_test.go:"}},
		{name: "bubble_deferred", status: "FAIL", outcome: "error", says: []string{"unhandled error in Deferred: EOF"}},
	}, env)
}

// A fuzz target has its Case.
func FuzzEcho(f *testing.F) {
	f.Add("hello")
	f.Fuzz(func(t *testing.T, text string) {
		trial.Run(t, func(tc *trial.Case) {
			m := tc.Memory()
			if _, err := m.ListenTCP("127.0.0.1:80", echoFactory(), reactor.ListenOptions{}); err != nil {
				tc.Fatal(err)
			}
			p := m.Dial("127.0.0.1:80")
			p.Write([]byte(text))
			m.Settle()
			if got := string(p.Received()); got != text {
				tc.Errorf("%q came back as %q", text, got)
			}
			p.Close()
			for _, i := range m.Items() {
				i.End()
			}
		})
	})
}

// So has a benchmark.
func BenchmarkEcho(b *testing.B) {
	trial.Run(b, func(tc *trial.Case) {
		m := tc.Memory()
		port, err := m.ListenTCP("127.0.0.1:80", echoFactory(), reactor.ListenOptions{})
		if err != nil {
			tc.Fatal(err)
		}
		trial.CleanupD(tc, port.StopListening)
		p := m.Dial("127.0.0.1:80")
		for range b.N {
			p.Write([]byte("x"))
			m.Settle()
			p.Received()
		}
		p.Close()
	})
}

// Its parts have Cases of their own.
func BenchmarkParts(b *testing.B) {
	trial.Run(b, func(tc *trial.Case) {
		tc.Run("timers", func(tc *trial.Case) {
			m := tc.Memory()
			for range tc.TB.(*testing.B).N {
				m.CallLater(0, func() {})
				m.Settle()
			}
		})
	})
}
