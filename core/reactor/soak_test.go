// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
)

var (
	soakTime   = flag.Duration("soak", 0, "how long TestSoak runs; 0 skips it")
	soakPoller = flag.String("poller", "", "the poller of TestSoak; all, one after another, when it is empty")
	soakSeed   = flag.Uint64("seed", 0, "the seed of TestSoak; 0 takes one from the clock")
	soakWidth  = flag.Int64("width", 64, "how many connections TestSoak has at a time")
)

// TestSoak runs a storm for as long as it is told, over TCP and UNIX sockets between reactors of one loop and of four, with datagrams beside, and then proves
// that nothing is left of it:
//
//	go test ./core/reactor -run Soak -v -timeout 0 -soak 10m -poller epoll
func TestSoak(t *testing.T) {
	if *soakTime == 0 {
		t.Skip("no -soak")
	}
	pollers := []string{*soakPoller}
	if *soakPoller == "" {
		pollers = reactor.Pollers()
	}
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for _, poller := range pollers {
		t.Run(poller, func(t *testing.T) {
			leaktest.Check(t)
			soak(t, poller, seed)
		})
	}
}

func soak(t *testing.T, poller string, seed uint64) {
	descriptors, goroutines := countDescriptors(), runtime.NumGoroutine()
	fmt.Printf("soak: %s for %v, seed %d\n", poller, *soakTime, seed)
	start := time.Now()
	var reactors []*reactor.Reactor
	var loops []*reactor.Loop
	ended := make(chan error)
	for _, n := range []int{1, 4} {
		r, err := reactor.New(reactor.Config{Poller: poller, Loops: n, MaxBuffered: 2 << 20, Logger: quietLog})
		if err != nil {
			t.Fatal(err)
		}
		reactors, loops = append(reactors, r), append(loops, r.Loops()...)
		go func() { ended <- r.Run(context.Background()) }() // ends with the test
	}
	s := newStorm(t, seed)
	s.reactors = reactors
	s.limit, s.large = 400, true
	for _, r := range reactors {
		s.listen(r, "tcp", reactor.ListenOptions{Backlog: 100, Accept: reactor.AcceptPerLoop})
		s.listen(r, "tcp", reactor.ListenOptions{Backlog: 100})
		s.listen(r, "unix", reactor.ListenOptions{Backlog: 100})
	}
	over, quiet := make(chan struct{}), make(chan struct{}, gossips)
	for i := range gossips {
		l := loops[i%len(loops)]
		l.CallFromThread(func() { startGossip(s, l, i, over, func() { quiet <- struct{}{} }) })
	}
	for report := start.Add(30 * time.Second); time.Since(start) < *soakTime && !t.Failed(); {
		s.connect(loops[s.rng.IntN(len(loops))])
		s.wait(*soakWidth - 1)
		if time.Now().After(report) {
			report = report.Add(30 * time.Second)
			s.report(start)
		}
	}
	s.wait(0)
	close(over)
	for range gossips {
		<-quiet
	}
	for _, r := range reactors {
		settle(r)
		for i, l := range r.Loops() {
			done := make(chan struct{})
			l.CallFromThread(func() {
				if own, pollers := reactor.BuffersInUse(l); own != 0 || pollers != 0 {
					t.Errorf("loop %d of %d has %d chunks and outboxes and %d of its poller's buffers in use (seed %d)", i, len(r.Loops()), own, pollers, seed)
				}
				close(done)
			})
			<-done
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	s.report(start)
	sources.Clear()
	s.null.Close()
	fmt.Printf("soak: %d descriptors before, %d after; %d goroutines before, %d after\n", descriptors, countDescriptors(), goroutines, runtime.NumGoroutine())
	if n := countDescriptors(); n != descriptors {
		t.Errorf("%d descriptors before, %d after (seed %d)", descriptors, n, seed)
	}
}

// report writes a line of progress.
func (s *storm) report(start time.Time) {
	fmt.Printf("soak: %v: %d connections made, %d MiB checked, %d descriptors passed, %d datagrams checked\n",
		time.Since(start).Round(time.Second), s.connections.Load(), s.bytes.Load()>>20, s.descriptors.Load(), s.datagrams.Load())
}

// countDescriptors returns how many the process has open; 0 where that cannot be told.
func countDescriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
