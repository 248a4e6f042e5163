// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package procmon_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/procmon"
	"github.com/torsion-go/torsion/core/reactor"
)

// A program that is killed comes back, and Stop ends it.
func TestReal(t *testing.T) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
			r, err := reactor.New(reactor.Config{Poller: name, Logger: quiet, ShutdownGrace: -1})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- r.Run(context.Background()) }() // ends by Stop
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			m := procmon.New(r, procmon.Options{Threshold: time.Nanosecond, Logger: quiet})
			pid := func() int {
				n, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[int] { return deferred.SucceedOn(r.Loop, m.PID("sleep")) })
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			r.CallFromThread(func() {
				if err := m.Add("sleep", process.Config{Args: []string{"sleep", "1000"}}); err != nil {
					t.Error(err)
				}
				m.Start()
			})
			first, second := 0, 0
			for first == 0 {
				first = pid()
			}
			if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			for second == 0 || second == first {
				second = pid()
			}
			if _, err := deferred.BlockingCallFromThread(ctx, r, m.Stop); err != nil {
				t.Error(err)
			}
			if err := syscall.Kill(second, 0); err != syscall.ESRCH {
				t.Errorf("the program is still there: %v", err)
			}
			r.Stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// A program is kept running until the monitor stops.
func ExampleMonitor() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	m := procmon.New(r, procmon.Options{Threshold: time.Nanosecond, Logger: slog.New(slog.DiscardHandler)})
	if err := m.Add("true", process.Config{Path: "true"}); err != nil {
		panic(err)
	}
	r.CallWhenRunning(func() {
		m.Start()
		fmt.Println(m.Names())
		m.Stop().Done(func(struct{}, error) { r.Stop() })
	})
	r.Run(context.Background())
	// Output: [true]
}
