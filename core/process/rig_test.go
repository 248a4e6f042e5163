// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestMain plays the children of some tests, too.
func TestMain(m *testing.M) {
	if part := os.Getenv("PROCESS_TEST_PART"); part != "" {
		play(part)
		return
	}
	leaktest.Main(m)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run starts a reactor, and stop stops it.
func run(t *testing.T, poller string, log *slog.Logger) (r *reactor.Reactor, stop func()) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Poller: poller, Logger: log, ShutdownGrace: -1})
	check(t, err)
	ended, started := make(chan error, 1), make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop
	<-started
	stopped := false
	return r, func() {
		if stopped {
			return
		}
		stopped = true
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// overEach runs f over each poller.
func overEach(t *testing.T, f func(t *testing.T, r *reactor.Reactor)) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			r, stop := run(t, name, slog.New(slog.DiscardHandler))
			defer stop()
			f(t, r)
		})
	}
}

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// on runs f on the loop and waits for what it returns.
func on[T any](t *testing.T, r *reactor.Reactor, f func() *deferred.Deferred[T]) (T, error) {
	t.Helper()
	return deferred.BlockingCallFromThread(patience(t), r, f)
}

// A record is a protocol that remembers everything.
type record struct {
	r      *reactor.Reactor
	made   func(t *process.Transport)
	data   func(t *process.Transport, fd int, all string)
	events []string
	got    map[int]*bytes.Buffer
	exit   error
	reason error
	ended  chan struct{}
}

func newRecord(r *reactor.Reactor) *record {
	return &record{r: r, got: map[int]*bytes.Buffer{}, ended: make(chan struct{})}
}

func (p *record) ConnectionMade(t *process.Transport) {
	p.events = append(p.events, "made")
	if p.made != nil {
		p.made(t)
	}
}

func (p *record) ChildDataReceived(t *process.Transport, fd int, b []byte) {
	if p.got[fd] == nil {
		p.got[fd] = new(bytes.Buffer)
	}
	p.got[fd].Write(b)
	if p.data != nil {
		p.data(t, fd, p.got[fd].String())
	}
}

func (p *record) ChildConnectionLost(_ *process.Transport, fd int, reason error) {
	p.events = append(p.events, fmt.Sprint("closed", fd))
}

func (p *record) ProcessExited(t *process.Transport, reason error) {
	p.events = append(p.events, "exited")
	p.exit = reason
}

func (p *record) ProcessEnded(_ *process.Transport, reason error) {
	p.events = append(p.events, "ended")
	p.reason = reason
	close(p.ended)
}

func (p *record) wait(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-patience(t).Done():
		t.Fatalf("the child did not end: %v", p.events)
	}
}

func (p *record) out(fd int) string {
	if p.got[fd] == nil {
		return ""
	}
	return p.got[fd].String()
}

// count tells how often an event came.
func (p *record) count(event string) int {
	return strings.Count(" "+strings.Join(p.events, " ")+" ", " "+event+" ")
}

// spawn starts a child for p and waits until it runs.
func (p *record) spawn(t *testing.T, cfg process.Config) *process.Transport {
	t.Helper()
	tr, err := on(t, p.r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(p.r, cfg, p) })
	check(t, err)
	return tr
}

// sh is a shell with a script.
func sh(script string) process.Config { return process.Config{Args: []string{"sh", "-c", script}} }

// call runs f on the loop and waits.
func (p *record) call(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	p.r.CallFromThread(func() { defer close(done); f() })
	select {
	case <-done:
	case <-patience(t).Done():
		t.Fatal("the loop is stuck")
	}
}
