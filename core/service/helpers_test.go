// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

type signal = *deferred.Deferred[struct{}]

// outcome tells what is known about d: "pending", "ok" or the error. It takes the result.
func outcome(d signal) string {
	r, ok := d.Peek()
	d.Done(func(struct{}, error) {})
	switch {
	case !ok:
		return "pending"
	case r.Err != nil:
		return r.Err.Error()
	}
	return "ok"
}

func want(t testing.TB, what string, d signal, result string) {
	t.Helper()
	if got := outcome(d); got != result {
		t.Errorf("%s: got %q, want %q", what, got, result)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// handled fails the test if a Deferred that fires in it keeps an error.
func handled(t *testing.T) {
	stop := deferred.TrackUnhandled()
	t.Cleanup(func() {
		for _, u := range stop() {
			t.Errorf("nobody handled: %v", u)
		}
	})
}

// A journal notes what happens, in order.
type journal []string

func (j *journal) note(format string, args ...any) { *j = append(*j, fmt.Sprintf(format, args...)) }

// take returns what was noted since, on one line.
func (j *journal) take() string {
	s := strings.Join(*j, ", ")
	*j = nil
	return s
}

func (j *journal) want(t testing.TB, want string) {
	t.Helper()
	if got := j.take(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A part is a service in the test's hands: it notes its calls, and each fires when the test says so, or at once.
type part struct {
	name             string
	j                *journal
	loop             protocol.Loop
	slowStart        bool
	slowStop         bool
	startErr         error
	stopErr          error
	starting, ending signal
	ended            []signal
}

func (p *part) Start() signal {
	p.j.note("start %s", p.name)
	p.starting = deferred.New[struct{}](p.loop)
	if !p.slowStart {
		p.fire(p.starting, p.startErr)
	}
	return p.starting
}

func (p *part) Stop() signal {
	p.j.note("stop %s", p.name)
	p.ending = deferred.New[struct{}](p.loop)
	if !p.slowStop {
		p.fire(p.ending, p.stopErr)
	}
	return p.ending
}

func (p *part) Ended() signal {
	d := deferred.New[struct{}](p.loop)
	p.ended = append(p.ended, d)
	return d
}

// die makes the service end by itself.
func (p *part) die(err error) {
	all := p.ended
	p.ended = nil
	for _, d := range all {
		p.fire(d, err)
	}
}

func (p *part) fire(d signal, err error) {
	if err != nil {
		d.Errback(err)
		return
	}
	d.Callback(struct{}{})
}

// A boundPart is a part with everything that a service can have.
type boundPart struct {
	part
	slowBind  bool
	slowDrain bool
	bindErr   error
	reloadErr error
	health    error
	ready     error
	binding   signal
	draining  signal
}

func (p *boundPart) Bind() signal {
	p.j.note("bind %s", p.name)
	p.binding = deferred.New[struct{}](p.loop)
	if !p.slowBind {
		p.fire(p.binding, p.bindErr)
	}
	return p.binding
}

func (p *boundPart) Reload() signal {
	p.j.note("reload %s", p.name)
	d := deferred.New[struct{}](p.loop)
	p.fire(d, p.reloadErr)
	return d
}

func (p *boundPart) Drain() signal {
	p.j.note("drain %s", p.name)
	p.draining = deferred.New[struct{}](p.loop)
	if !p.slowDrain {
		p.fire(p.draining, nil)
	}
	return p.draining
}

func (p *boundPart) Health() error { return p.health }
func (p *boundPart) Ready() error  { return p.ready }

var (
	_ service.Ender   = (*part)(nil)
	_ service.Checker = (*boundPart)(nil)
	_ service.Readier = (*boundPart)(nil)
)

var quiet = slog.New(slog.DiscardHandler)

// textLog returns a logger that writes lines as "LEVEL message key=value", with the time of clock in front and stacks reduced to the word.
func textLog(w io.Writer, clock protocol.Clock) *slog.Logger {
	return slog.New(&clockHandler{clock: clock, Handler: slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "stack" {
			return slog.Bool("stack", strings.Contains(a.Value.String(), ".go:"))
		}
		if a.Key == slog.TimeKey {
			return slog.String("at", a.Value.Time().Sub(protocoltest.Epoch).String())
		}
		return a
	}})})
}

// A clockHandler gives records the time of a clock.
type clockHandler struct {
	slog.Handler
	clock protocol.Clock
}

func (h *clockHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = h.clock.Now()
	return h.Handler.Handle(ctx, r)
}

func (h *clockHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &clockHandler{h.Handler.WithAttrs(attrs), h.clock}
}

func lines(b *bytes.Buffer) string { return strings.TrimSpace(b.String()) }

const second = time.Second
