// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

const ample = time.Hour // far more than any pump takes

func TestPump(t *testing.T) {
	for _, tt := range []struct {
		name  string
		start func(r *reactor.Reactor, step func())
	}{
		{"posted", func(r *reactor.Reactor, step func()) { r.CallFromThread(step) }},
		{"delayed", func(r *reactor.Reactor, step func()) { r.CallLater(0, step) }},
		{"on another loop", func(r *reactor.Reactor, step func()) { r.Loops()[1].CallFromThread(step) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := reactortest.NewMemoryOf(reactor.Config{Loops: 2, Logger: quietLog})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			steps, last := 0, 0
			var step func()
			step = func() {
				if steps++; steps < last {
					tt.start(m.Reactor, step)
				}
			}
			last = 10
			tt.start(m.Reactor, step)
			for want := 1; want <= 3; want++ {
				if more, err := m.Pump(0); !more || err != nil || steps != want {
					t.Fatalf("Pump(0): %t, %v after %d steps, want true after %d", more, err, steps, want)
				}
			}
			if more, err := m.Pump(ample); more || err != nil || steps != last {
				t.Errorf("Pump: %t, %v after %d steps, want false after all %d", more, err, steps, last)
			}
			m.CallLater(time.Minute, func() { steps++ })
			if more, err := m.Pump(ample); more || err != nil || steps != last {
				t.Errorf("with nothing to do: %t, %v after %d steps", more, err, steps-last)
			}
		})
	}
}

// A whole conversation fits into one slice.
func TestPumpConversation(t *testing.T) {
	m := reactortest.NewMemory(t)
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	if _, err := peer.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if more, err := m.Pump(ample); more || err != nil || string(peer.Received()) != "hello" {
		t.Errorf("Pump: %t, %v", more, err)
	}
}

func TestPumpEnds(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	r.CallLater(0, func() {
		if _, err := r.Pump(0); err != reactor.ErrAlreadyRunning {
			t.Errorf("Pump in Pump: %v", err)
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := r.StartRunning(); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Pump(time.Millisecond)
	}
	if err != reactor.ErrNotRunning {
		t.Errorf("after the end: %v", err)
	}
}
