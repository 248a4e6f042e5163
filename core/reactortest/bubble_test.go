// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// In a bubble the reactor, its timers and goroutines share one virtual time.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := reactortest.NewBubbleOf(reactor.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		start := time.Now()
		var woken, called time.Duration
		go func() {
			time.Sleep(2 * time.Hour)
			m.CallFromThread(func() { woken = m.Now().Sub(start) })
		}()
		m.CallLater(time.Hour, func() { called = m.Now().Sub(start) })
		for woken == 0 {
			if err := m.Iterate(-1); err != nil {
				t.Fatal(err)
			}
		}
		if called != time.Hour || woken != 2*time.Hour || m.Time() != time.Now() {
			t.Errorf("the timer came after %v, the goroutine after %v", called, woken)
		}
		var c *chat
		if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() *chat { c = &chat{}; return c }), reactor.ListenOptions{}); err != nil {
			t.Fatal(err)
		}
		p := m.Dial("127.0.0.1:80")
		m.CallLater(time.Hour, func() { p.Write([]byte("hi")) })
		m.Advance(2 * time.Hour)
		if got := string(p.Received()); got != "re: hi" || time.Since(start) != 4*time.Hour {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
	})
}
