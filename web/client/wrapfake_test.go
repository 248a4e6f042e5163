// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// A fakeDoer answers by a function: with a response, an error, or, if it returns neither, when the test fires its Deferred.
type fakeDoer struct {
	clock  *protocoltest.Clock
	answer func(r *Request) (*Response, error)
	sent   []*Request
	open   []*deferred.Deferred[*Response] // not answered
	cut    int                             // of them, cancelled
}

func newFake(answer func(r *Request) (*Response, error)) *fakeDoer {
	return &fakeDoer{clock: protocoltest.NewClock(), answer: answer}
}

func (f *fakeDoer) Loop() protocol.Loop { return f.clock }

func (f *fakeDoer) Do(r *Request) *deferred.Deferred[*Response] {
	f.sent = append(f.sent, r)
	resp, err := f.answer(r)
	if err != nil {
		return deferred.FailOn[*Response](f.clock, err)
	}
	if resp != nil {
		resp.Request = r
		if s := resp.stream.(*fakeStream); s.clock == nil {
			s.clock = f.clock
		}
		return deferred.SucceedOn(f.clock, resp)
	}
	d := deferred.NewCancellable(f.clock, func(d *deferred.Deferred[*Response]) {
		f.cut++
		d.Errback(failed(r, PhaseWait, deferred.ErrCancelled, nil))
	})
	f.open = append(f.open, d)
	return d
}

// A fakeStream is a body that the test feeds. Without a test it has the text, which it gives a piece each turn.
type fakeStream struct {
	clock                 protocol.Loop
	pieces                []string
	fail                  error
	data                  func([]byte)
	end                   func(error)
	paused, stopped, busy bool
	fields                web.Header
}

func (s *fakeStream) start(to receiver) {
	s.data, s.end = to.data, to.end
	s.later()
}

func (s *fakeStream) later() {
	if s.clock == nil || s.end == nil || s.busy {
		return
	}
	s.busy = true
	s.clock.CallLater(0, func() {
		s.busy = false
		switch {
		case s.paused || s.stopped || s.end == nil:
			return
		case len(s.pieces) > 0:
			p := []byte(s.pieces[0])
			s.pieces = s.pieces[1:]
			s.data(p)
			for i := range p {
				p[i] = '!' // it was lent
			}
			s.later()
		default:
			end := s.end
			s.end = nil
			end(s.fail)
		}
	})
}

func (s *fakeStream) pause() { s.paused = true }
func (s *fakeStream) cut() {
	s.stopped = true
	if end := s.end; end != nil && s.clock != nil {
		s.end = nil
		s.clock.CallLater(0, func() { end(s.failed(PhaseResponse, ErrBodyStopped)) })
	}
}
func (s *fakeStream) trailer() *web.Header                { return &s.fields }
func (s *fakeStream) upgrade(protocol.Protocol) error     { return errUpgrade }
func (s *fakeStream) failed(phase Phase, err error) error { return &Error{Phase: phase, Err: err} }
func (s *fakeStream) loop() protocol.Loop                 { return s.clock }

func (s *fakeStream) resume() {
	s.paused = false
	s.later()
}

// reply returns a response with "Name: value" fields.
func reply(status int, fields ...string) *Response {
	resp := &Response{Status: status, stream: &fakeStream{}}
	for _, f := range fields {
		k, v, _ := strings.Cut(f, ": ")
		resp.Header.Add(k, v)
	}
	return resp
}

func parsed(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func toSend(t testing.TB, method, u string, fields ...string) *Request {
	r := &Request{Method: method, URL: parsed(t, u), Header: header(fields...)}
	return r
}

func header(fields ...string) (h web.Header) {
	for _, f := range fields {
		k, v, _ := strings.Cut(f, ": ")
		h.Add(k, v)
	}
	return h
}

// result returns what d has come to.
func result(t testing.TB, d *deferred.Deferred[*Response]) (resp *Response, err error) {
	t.Helper()
	fired := false
	d.Done(func(r *Response, e error) { resp, err, fired = r, e, true })
	if !fired {
		t.Fatal("there is no result")
	}
	return resp, err
}

// asError returns err as what every Do fails with, once.
func asError(t testing.TB, err error) *Error {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("got %T %v, want *Error", err, err)
	}
	var inner *Error
	if errors.As(e.Err, &inner) {
		t.Errorf("an Error in an Error: %v", err)
	}
	return e
}

// A textBody is a body that can be sent again.
type textBody struct {
	text    string
	rewinds *int
	err     error
}

func (b textBody) Length() int64 { return int64(len(b.text)) }
func (b textBody) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	c.Write([]byte(b.text))
	return deferred.Succeed(struct{}{})
}
func (b textBody) Rewind() (Body, error) {
	*b.rewinds++
	return onceBody{b}, b.err
}

// A onceBody cannot.
type onceBody struct{ Body }
