// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestConfig(t *testing.T) {
	for _, cfg := range []reactor.Config{{Loops: -2}, {MaxBuffered: -1}, {MaxConnections: -1}, {ThreadPool: -1}, {SpinWait: -1}} {
		if r, err := reactor.New(cfg); err == nil {
			r.Close()
			t.Errorf("%+v was taken", cfg)
		}
	}
}

// TestChoice holds the order in which a poller is chosen, and that a wrong name is answered with those that work.
func TestChoice(t *testing.T) {
	all := reactor.Pollers()
	last := all[len(all)-1]
	for _, tt := range []struct{ cfg, env, want string }{
		{"", "", all[0]},
		{"", last, last},
		{all[0], last, all[0]},
		{"abacus", last, ""},
		{"", "abacus", ""},
	} {
		t.Setenv(reactor.EnvPoller, tt.env)
		r, err := reactor.New(reactor.Config{Poller: tt.cfg})
		if tt.want == "" {
			for _, name := range append(all, "abacus") {
				if err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("config %q, environment %q: %v lacks %q", tt.cfg, tt.env, err, name)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("config %q, environment %q: %v", tt.cfg, tt.env, err)
			continue
		}
		if got := r.PollerName(); got != tt.want {
			t.Errorf("config %q, environment %q: %s, want %s", tt.cfg, tt.env, got, tt.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPollerStatus holds that it agrees with Pollers, and names one default, which works.
func TestPollerStatus(t *testing.T) {
	var working []string
	for _, p := range reactor.PollerStatus() {
		if p.Why == "" {
			working = append(working, p.Name)
		}
		if p.Default != (p.Name == reactor.Pollers()[0]) {
			t.Errorf("%+v", p)
		}
	}
	if !slices.Equal(working, reactor.Pollers()) {
		t.Errorf("%q work, Pollers says %q", working, reactor.Pollers())
	}
}

// TestStandIn holds that a poller that stands in for the one asked for says so, in the log only.
func TestStandIn(t *testing.T) {
	name, takeBack := poll.Lend(poll.Source{Open: func() (poll.Poller, error) { return poll.New("") }, Now: time.Now, Refused: "io_uring: forbidden"})
	defer takeBack()
	var log strings.Builder
	r, err := reactor.New(reactor.Config{Poller: name, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if text := log.String(); !strings.Contains(text, "level=DEBUG") || !strings.Contains(text, "io_uring: forbidden") {
		t.Errorf("logged %q", text)
	}
}

// TestGoroutineIdentity holds what stands in for the thread's number where a system tells none.
func TestGoroutineIdentity(t *testing.T) {
	here, there := reactor.Goroutine(), make(chan uint64)
	go func() { there <- reactor.Goroutine() }()
	if other := <-there; here == 0 || other == 0 || here == other || here != reactor.Goroutine() {
		t.Errorf("goroutines %d and %d", here, other)
	}
}
