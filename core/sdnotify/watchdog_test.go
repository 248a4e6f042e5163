// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sdnotify_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/sdnotify"
)

func errorsIs(err error, wanted ...error) bool {
	for _, e := range wanted {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func TestWatchdog(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "notify")
	m := newManager(t, path)
	clock := protocoltest.NewClock()
	n := sdnotify.New(env("NOTIFY_SOCKET="+path, "WATCHDOG_USEC=4000000", fmt.Sprintf("WATCHDOG_PID=%d", os.Getpid())))
	stop := n.StartWatchdog(clock)
	beat := func() {
		t.Helper()
		if got := m.heard(); got != "WATCHDOG=1" {
			t.Errorf("got %q", got)
		}
		m.silent()
	}
	beat() // at once
	for range 3 {
		clock.Advance(2*time.Second - 1)
		m.silent()
		clock.Advance(1)
		beat()
	}
	m.silent() // the loop is stuck: its clock stands still, and so does the watchdog
	stop()
	clock.Advance(time.Minute)
	m.silent()
	stop()
}

func TestWatchdogInterval(t *testing.T) {
	me, other := fmt.Sprintf("WATCHDOG_PID=%d", os.Getpid()), fmt.Sprintf("WATCHDOG_PID=%d", os.Getpid()+1)
	tests := []struct {
		name string
		vars []string
		want time.Duration
	}{
		{"asked", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=20000000", me}, 20 * time.Second},
		{"no process named", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=1000"}, time.Millisecond},
		{"another process", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=1000", other}, 0},
		{"not asked", []string{"NOTIFY_SOCKET=/x"}, 0},
		{"no socket", []string{"WATCHDOG_USEC=1000"}, 0},
		{"no number", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=1s"}, 0},
		{"negative", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=-5"}, 0},
		{"too large", []string{"NOTIFY_SOCKET=/x", "WATCHDOG_USEC=9223372036854775807"}, 0},
	}
	for _, tt := range tests {
		n := sdnotify.New(env(tt.vars...))
		if got := n.WatchdogInterval(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		if tt.want == 0 {
			clock := protocoltest.NewClock()
			n.StartWatchdog(clock)()
			if len(clock.Calls()) != 0 {
				t.Errorf("%s: there are calls", tt.name)
			}
		}
	}
}
