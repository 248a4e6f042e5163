// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/client"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// A rig is an Agent whose servers the test plays.
type rig struct {
	*client.Agent
	t      testing.TB
	clock  *protocoltest.Clock
	hold   bool    // attempts to connect stay open
	fail   []error // of the next attempts
	dialed []string
	tries  []*deferred.Deferred[protocol.Protocol]
	waits  []protocol.Factory // those of tries
	gaveUp int
	conns  []*protocoltest.StringTransport
}

func newRig(t testing.TB, cfg client.Config) *rig {
	t.Helper()
	g := &rig{t: t, clock: protocoltest.NewClock()}
	cfg.Endpoint = func(loop protocol.Loop, u *url.URL) (endpoint.Client, error) {
		return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] { return g.connect(u, f) }), nil
	}
	a, err := client.New(g.clock, cfg)
	if err != nil {
		t.Fatal(err)
	}
	g.Agent = a
	return g
}

func (g *rig) connect(u *url.URL, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	g.dialed = append(g.dialed, u.Host)
	if len(g.fail) > 0 {
		err := g.fail[0]
		g.fail = g.fail[1:]
		return deferred.FailOn[protocol.Protocol](g.clock, err)
	}
	d := deferred.NewCancellable(g.clock, func(*deferred.Deferred[protocol.Protocol]) { g.gaveUp++ })
	if g.hold {
		g.tries, g.waits = append(g.tries, d), append(g.waits, f)
		return d
	}
	g.made(f, d)
	return d
}

// accept makes the connection of an attempt that is held.
func (g *rig) accept(try int) *protocoltest.StringTransport {
	return g.made(g.waits[try], g.tries[try])
}

func (g *rig) made(f protocol.Factory, d *deferred.Deferred[protocol.Protocol]) *protocoltest.StringTransport {
	p, err := f.BuildProtocol(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	tr := protocoltest.NewStringTransport()
	tr.Clock = g.clock
	g.conns = append(g.conns, tr)
	tr.Connect(p)
	d.Callback(p)
	return tr
}

// A result is what came of a request.
type result struct {
	d    *deferred.Deferred[*client.Response]
	body *deferred.Deferred[[]byte]
	res  *client.Response
	got  string
	err  error
	over int
}

// send sends r and reads the body; with lazy set it leaves that to the test.
func (g *rig) send(r *client.Request, lazy bool) *result {
	g.t.Helper()
	if r.URL == nil {
		r.URL = parse(g.t, "http://a/")
	}
	x := new(result)
	x.d = g.Do(r)
	x.d.Done(func(res *client.Response, err error) {
		if x.res = res; err != nil {
			x.err, x.over = err, x.over+1
		} else if !lazy {
			x.read(0)
		}
	})
	return x
}

func (x *result) read(limit int64) {
	x.body = x.res.ReadBody(limit)
	x.body.Done(func(b []byte, err error) { x.got, x.err, x.over = string(b), err, x.over+1 })
}

func (g *rig) get(where string) *result {
	return g.send(&client.Request{URL: parse(g.t, where)}, false)
}

func (g *rig) settle() { settle(g.clock) }

// phase returns the phase of the error, which must be an *Error and hold no other.
func (x *result) phase() string {
	e, isError := x.err.(*client.Error)
	switch {
	case x.err == nil:
		return "none"
	case !isError:
		return fmt.Sprintf("no *Error but %T: %v", x.err, x.err)
	}
	if inner, again := errors.AsType[*client.Error](e.Err); again {
		return "twice: " + inner.Error()
	}
	return e.Phase.String()
}

// A source is a Body that the test writes.
type source struct {
	length   int64
	c        protocol.Consumer
	d        *deferred.Deferred[struct{}]
	told     []string
	cancels  int
	register bool
	rewinds  int
}

func (s *source) Length() int64 { return s.length }

func (s *source) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	s.c = c
	s.d = deferred.NewCancellable(c.(interface{ Loop() protocol.Loop }).Loop(), func(*deferred.Deferred[struct{}]) { s.cancels++ })
	if s.register {
		c.RegisterProducer(s, protocol.PushProducer)
	}
	return s.d
}

func (s *source) Pause()     { s.told = append(s.told, "pause") }
func (s *source) Resume()    { s.told = append(s.told, "resume") }
func (s *source) Stop(error) { s.told = append(s.told, "stop") }

// A rewindable is a source that can be sent again.
type rewindable struct{ *source }

func (r rewindable) Rewind() (client.Body, error) {
	r.rewinds++
	return r, nil
}
