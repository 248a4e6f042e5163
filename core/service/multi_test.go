// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

var errBoom = errors.New("boom")

// A family is a Multi of three parts.
type family struct {
	clock   *protocoltest.Clock
	m       *service.Multi
	j       journal
	a, b, c *boundPart
}

func newFamily(t *testing.T, cfg service.MultiConfig) *family {
	handled(t)
	f := &family{clock: protocoltest.NewClock()}
	cfg.Logger = quiet
	f.m = service.NewMulti(f.clock, cfg)
	for i, p := range []**boundPart{&f.a, &f.b, &f.c} {
		name := string(rune('a' + i))
		*p = &boundPart{part: part{name: name, j: &f.j, loop: f.clock}}
		if err := f.m.Add(name, *p); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestMultiStartsInOrder(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.a.slowStart, f.b.slowStart = true, true
	bound := f.m.Bind()
	want(t, "Bind", bound, "ok")
	f.j.want(t, "bind a, bind b, bind c")
	d := f.m.Start()
	f.j.want(t, "start a")
	f.a.fire(f.a.starting, nil)
	f.j.want(t, "start b")
	if d.Called() {
		t.Error("started too early")
	}
	f.b.fire(f.b.starting, nil)
	f.j.want(t, "start c")
	want(t, "Start", d, "ok")
	want(t, "Stop", f.m.Stop(), "ok")
	f.j.want(t, "stop c, stop b, stop a")
}

func TestMultiStartsTogether(t *testing.T) {
	f := newFamily(t, service.MultiConfig{StartTogether: true})
	f.a.slowStart = true
	d := f.m.Start()
	f.j.want(t, "bind a, bind b, bind c, start a, start b, start c")
	if d.Called() {
		t.Error("started too early")
	}
	f.a.fire(f.a.starting, nil)
	want(t, "Start", d, "ok")
	f.m.Stop()
	f.j.take()

	f.b.startErr = errBoom
	want(t, "Start", f.m.Start(), "service b: boom")
	f.j.want(t, "bind a, bind b, bind c, start a, start b, stop c, stop a")
	f.a.fire(f.a.starting, nil) // too late
}

// Stop does not wait for one to stop the next, and fires when all are gone. A failure keeps nobody from stopping.
func TestMultiStopsInReverse(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Start()
	f.j.take()
	f.b.slowStop, f.c.slowStop = true, true
	f.a.stopErr = errBoom
	d := f.m.Stop()
	f.j.want(t, "stop c, stop b, stop a")
	f.b.fire(f.b.ending, nil)
	if d.Called() {
		t.Error("stopped too early")
	}
	f.c.fire(f.c.ending, errors.New("bang"))
	want(t, "Stop", d, "service a: boom\nservice c: bang")
}

func TestMultiStopsInOrder(t *testing.T) {
	f := newFamily(t, service.MultiConfig{StopInOrder: true})
	f.m.Start()
	f.j.take()
	f.c.slowStop = true
	f.b.stopErr = errBoom
	d := f.m.Stop()
	f.j.want(t, "stop c")
	f.c.fire(f.c.ending, nil)
	f.j.want(t, "stop b, stop a")
	want(t, "Stop", d, "service b: boom")
}

// A child that fails to start stops those before it, in reverse, and is named.
func TestMultiStartFails(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.c.startErr = errBoom
	f.b.slowStop = true
	d := f.m.Start()
	f.j.want(t, "bind a, bind b, bind c, start a, start b, start c, stop b")
	f.b.fire(f.b.ending, nil)
	f.j.want(t, "stop a")
	r, _ := d.Peek()
	if e, ok := errors.AsType[*service.ChildError](r.Err); !ok || e.Path != "c" || e.Err != errBoom {
		t.Errorf("got %#v", r.Err)
	}
	want(t, "Start", d, "service c: boom")
	want(t, "Stop", f.m.Stop(), "ok")
	f.j.want(t, "")
	f.c.startErr = nil
	d = f.m.Start()
	want(t, "second Start", d, "ok")
}

func TestMultiBindFails(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.b.bindErr = errBoom
	want(t, "Bind", f.m.Bind(), "service b: boom")
	f.j.want(t, "bind a, bind b, stop a")
	f.b.bindErr = nil
	want(t, "Start", f.m.Start(), "ok")
	f.j.want(t, "bind a, bind b, bind c, start a, start b, start c")
}

func TestMultiStopDuringStart(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.b.slowStart, f.b.slowStop = true, true
	started := f.m.Start()
	f.j.take()
	stopped := f.m.Stop()
	f.j.want(t, "stop c, stop b, stop a")
	if r, _ := started.Peek(); !errors.Is(r.Err, service.ErrStopped) {
		t.Errorf("Start: %v", r.Err)
	}
	want(t, "Start", started, "service: stopped")
	f.b.fire(f.b.starting, nil) // too late
	again := f.m.Start()
	f.j.want(t, "")
	f.b.slowStart = false
	f.b.fire(f.b.ending, nil)
	want(t, "Stop", stopped, "ok")
	want(t, "Start while it stopped", again, "ok")
	f.j.want(t, "bind a, bind b, bind c, start a, start b, start c")
}

// A Stop takes back a Start that waits for the Stop before it.
func TestMultiStopTakesStartBack(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Start()
	f.a.slowStop = true
	first := f.m.Stop()
	again, bound := f.m.Start(), f.m.Bind()
	second := f.m.Stop()
	want(t, "Start", again, "service: stopped")
	want(t, "Bind", bound, "service: stopped")
	f.j.take()
	f.a.fire(f.a.ending, nil)
	want(t, "Stop", first, "ok")
	want(t, "second Stop", second, "ok")
	f.j.want(t, "")
}

func TestMultiAddToRunning(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	d := &boundPart{part: part{name: "d", j: &f.j, loop: f.clock}}
	e := &boundPart{part: part{name: "e", j: &f.j, loop: f.clock, startErr: errBoom}}
	f.m.Bind()
	f.j.take()
	f.m.Add("d", d)
	f.j.want(t, "bind d")
	f.m.Start()
	f.j.want(t, "start a, start b, start c, start d")
	f.m.Add("e", e)
	f.j.want(t, "bind e, start e")
	equal(t, "health", fmt.Sprint(f.m.Health()), "service e: failed: boom")
	want(t, "StartChild", f.m.StartChild("e"), "service e: boom")
	e.startErr = nil
	want(t, "StartChild", f.m.StartChild("e"), "ok")
	equal(t, "health", f.m.Health(), nil)
	f.j.take()
	f.m.Stop()
	f.j.want(t, "stop e, stop d, stop c, stop b, stop a")
	want(t, "StartChild", f.m.StartChild("e"), "service: not running")
	want(t, "StartChild", f.m.StartChild("x"), `service: no such child: "x"`)
}

// One that is added while the others are started gets its turn.
func TestMultiAddDuringStart(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.b.slowStart = true
	d := f.m.Start()
	f.m.Add("d", &part{name: "d", j: &f.j, loop: f.clock})
	f.m.Remove("c")
	f.j.take()
	f.b.fire(f.b.starting, nil)
	f.j.want(t, "start d")
	want(t, "Start", d, "ok")
}

func TestMultiRemove(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Start()
	f.j.take()
	f.b.slowStop = true
	d := f.m.Remove("b")
	f.j.want(t, "stop b")
	if d.Called() {
		t.Error("removed too early")
	}
	if _, ok := f.m.Named("b"); ok {
		t.Error("still there")
	}
	f.b.fire(f.b.ending, nil)
	want(t, "Remove", d, "ok")
	want(t, "second Remove", f.m.Remove("b"), `service: no such child: "b"`)
	f.m.Stop()
	f.j.want(t, "stop c, stop a")
}

// Removing the child that is being started lets the others go on.
func TestMultiRemoveStarting(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.b.slowStart = true
	d := f.m.Start()
	f.j.take()
	want(t, "Remove", f.m.Remove("b"), "ok")
	f.j.want(t, "stop b, start c")
	want(t, "Start", d, "ok")
	f.b.fire(f.b.starting, nil)
}

func TestMultiNames(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	inner := service.NewMulti(f.clock, service.MultiConfig{})
	site := &part{name: "site", j: &f.j, loop: f.clock}
	inner.Add("site", site)
	inner.Add("", &part{j: &f.j, loop: f.clock})
	if err := f.m.Add("web", inner); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"a": service.ErrDuplicateName, "x/y": service.ErrBadName, "#1": service.ErrBadName} {
		if err := f.m.Add(name, site); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for path, want := range map[string]service.Service{"a": f.a, "web": inner, "web/site": site} {
		if s, ok := f.m.Named(path); !ok || s != want {
			t.Errorf("%q: %v, %v", path, s, ok)
		}
	}
	for _, path := range []string{"", "x", "web/x", "a/site", "web/site/x"} {
		if s, ok := f.m.Named(path); ok {
			t.Errorf("%q: %v", path, s)
		}
	}
	var names []string
	for name := range f.m.All() {
		names = append(names, name)
		f.m.Remove(name).Done(func(struct{}, error) {})
	}
	equal(t, "names", strings.Join(names, " "), "a b c web")
	for name := range inner.All() {
		names = append(names, name)
	}
	equal(t, "names", strings.Join(names, " "), "a b c web site #1")
	for range f.m.All() {
		t.Error("still there")
	}
}

func TestMultiErrorNamesThePath(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	inner := service.NewMulti(f.clock, service.MultiConfig{Logger: quiet})
	inner.Add("site", &part{name: "site", j: &f.j, loop: f.clock, startErr: errBoom})
	f.m.Add("web", inner)
	want(t, "Start", f.m.Start(), "service web/site: boom")
}

func TestMultiReloadAndDrain(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Add("d", &part{name: "d", j: &f.j, loop: f.clock})
	want(t, "Reload", f.m.Reload(), "ok")
	want(t, "Drain", f.m.Drain(), "ok")
	f.j.want(t, "")
	f.m.Start()
	f.j.take()
	f.a.reloadErr = errBoom
	want(t, "Reload", f.m.Reload(), "service a: boom")
	f.j.want(t, "reload a, reload b, reload c")

	f.b.slowDrain = true
	first, second := f.m.Drain(), f.m.Drain()
	f.j.want(t, "drain c, drain b, drain a")
	equal(t, "ready", fmt.Sprint(f.m.Ready()), "draining")
	if first.Called() || second.Called() {
		t.Error("drained too early")
	}
	f.b.fire(f.b.draining, nil)
	want(t, "Drain", first, "ok")
	want(t, "second Drain", second, "ok")
	want(t, "third Drain", f.m.Drain(), "ok")
	f.m.Stop()
	f.j.want(t, "stop d, stop c, stop b, stop a")
}

// A child that ends is stopped; with an error it is the end of the Multi as Ended tells, but the others go on.
func TestMultiChildEnds(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Start()
	f.j.take()
	ended := f.m.Ended()
	f.a.die(nil)
	f.j.want(t, "stop a")
	equal(t, "ready", f.m.Ready(), nil)
	if ended.Called() {
		t.Error("ended for one whose work is done")
	}
	f.c.die(errBoom)
	f.j.want(t, "stop c")
	want(t, "Ended", ended, "service c: boom")
	want(t, "Ended", f.m.Ended(), "service c: boom")
	equal(t, "health", fmt.Sprint(f.m.Health()), "service c: failed: boom")
	f.m.Stop()
	f.j.want(t, "stop b")
	f.m.Start()
	ended = f.m.Ended()
	f.m.Stop()
	want(t, "Ended after Stop", ended, "ok")
}

func TestMultiLogsStates(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	var b bytes.Buffer
	outer := service.NewMulti(f.clock, service.MultiConfig{Logger: textLog(&b, f.clock)})
	inner := service.NewMulti(f.clock, service.MultiConfig{})
	outer.Add("web", inner)
	p := &part{name: "p", j: &f.j, loop: f.clock}
	inner.Add("site", p)
	outer.Start()
	f.clock.Advance(second)
	ended := outer.Ended()
	p.die(errBoom)
	want(t, "Ended", ended, "service web/site: boom")
	equal(t, "health", fmt.Sprint(outer.Health()), "service web/site: failed: boom")
	outer.Stop()
	equal(t, "log", lines(&b), strings.TrimSpace(`
at=0s level=INFO msg="service: running" service=web/site
at=0s level=INFO msg="service: running" service=web
at=1s level=ERROR msg="service: failed" service=web/site error=boom
at=1s level=INFO msg="service: stopped" service=web`))
}

// A panic in a service is its failure.
type panicky struct{ part }

func (p *panicky) Start() signal { panic("oops") }

func TestMultiPanic(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	var b bytes.Buffer
	m := service.NewMulti(f.clock, service.MultiConfig{Logger: textLog(&b, f.clock)})
	m.Add("p", &panicky{})
	want(t, "Start", m.Start(), "service p: panic: oops")
	equal(t, "log", lines(&b), `at=0s level=ERROR msg="service: failed" service=p error="panic: oops" stack=true`)
}

// What fails to drain or to reload is logged with its path, and so is what fails to stop.
func TestMultiLogsFailures(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	var b bytes.Buffer
	var j journal
	p := &boundPart{part: part{name: "p", j: &j, loop: clock, stopErr: errors.New("bang")}, reloadErr: errBoom, slowDrain: true}
	m := service.NewMulti(clock, service.MultiConfig{Logger: textLog(&b, clock)})
	m.Add("p", p)
	m.Start()
	want(t, "Reload", m.Reload(), "service p: boom")
	p.reloadErr = nil
	want(t, "Reload", m.Reload(), "ok")
	d := m.Drain()
	p.fire(p.draining, errBoom)
	want(t, "Drain", d, "service p: boom")
	want(t, "Stop", m.Stop(), "service p: bang")
	equal(t, "log", lines(&b), strings.TrimSpace(`
at=0s level=INFO msg="service: running" service=p
at=0s level=ERROR msg="service: reload failed" service=p error=boom
at=0s level=INFO msg="service: reloaded" service=p
at=0s level=INFO msg="service: draining" service=p
at=0s level=ERROR msg="service: drain failed" service=p error=boom
at=0s level=ERROR msg="service: stopped" service=p error=bang`))
}
