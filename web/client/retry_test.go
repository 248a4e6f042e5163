// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// certain is a Random that is always the longest wait.
func certain() float64 { return 1 }

// outcome advances the clock until d has a result, and returns that with the waits.
func outcome(t testing.TB, f *fakeDoer, d *deferred.Deferred[*Response]) (resp *Response, waits []time.Duration, err error) {
	t.Helper()
	fired := false
	d.Done(func(r *Response, e error) { resp, err, fired = r, e, true })
	for !fired {
		calls := f.clock.Calls()
		if len(calls) != 1 {
			t.Fatalf("%d calls are to come", len(calls))
		}
		wait := calls[0].Time().Sub(f.clock.Now())
		waits = append(waits, wait)
		f.clock.Advance(wait)
	}
	if n := len(f.clock.Calls()); n != 0 {
		t.Errorf("%d calls are left", n)
	}
	return resp, waits, err
}

func TestRetryWhat(t *testing.T) {
	lost := protocol.Lost(io.ErrUnexpectedEOF)
	for _, tt := range []struct {
		name   string
		method string
		fields []string
		body   Body
		status int
		phase  Phase
		err    error
		again  bool
	}{
		{name: "503", method: "", status: 503, again: true},
		{name: "429", method: "HEAD", status: 429, again: true},
		{name: "408", method: "OPTIONS", status: 408, again: true},
		{name: "425", method: "DELETE", status: 425, again: true},
		{name: "502", method: "PUT", status: 502, again: true},
		{name: "504", method: "TRACE", status: 504, again: true},
		{name: "500", method: "GET", status: 500},
		{name: "404", method: "GET", status: 404},
		{name: "200", method: "GET", status: 200},
		{name: "post", method: "POST", status: 503},
		{name: "patch", method: "PATCH", status: 503},
		{name: "unknown", method: "get", status: 503},
		{name: "post with a key", method: "POST", fields: []string{"Idempotency-Key: x"}, status: 503, again: true},
		{name: "a body that is gone", method: "PUT", body: onceBody{}, status: 503},
		{name: "a body", method: "PUT", body: textBody{"x", new(int), nil}, status: 503, again: true},
		{name: "connect", method: "POST", phase: PhaseConnect, err: protocol.NewConnectError("a", os.ErrDeadlineExceeded), again: true},
		{name: "connect, with a body", method: "POST", body: onceBody{}, phase: PhaseConnect, err: lost},
		{name: "no such host", method: "GET", phase: PhaseConnect, err: protocol.ErrUnknownHost},
		{name: "TLS", method: "GET", phase: PhaseConnect, err: protocol.ErrTLS},
		{name: "send", method: "GET", phase: PhaseSend, err: lost, again: true},
		{name: "wait", method: "GET", phase: PhaseWait, err: os.ErrDeadlineExceeded, again: true},
		{name: "wait, post", method: "POST", phase: PhaseWait, err: lost},
		{name: "head", method: "GET", phase: PhaseHead, err: lost, again: true},
		{name: "malformed head", method: "GET", phase: PhaseHead, err: protocol.Violation(io.ErrUnexpectedEOF)},
		{name: "request", method: "GET", phase: PhaseRequest, err: lost},
		{name: "body", method: "PUT", phase: PhaseBody, err: lost},
		{name: "response", method: "GET", phase: PhaseResponse, err: lost},
		{name: "cancelled", method: "GET", phase: PhaseWait, err: deferred.ErrCancelled},
	} {
		r := toSend(t, tt.method, "http://a/", tt.fields...)
		r.Body = tt.body
		f := newFake(nil)
		var first *Response
		f.answer = func(*Request) (*Response, error) {
			switch {
			case len(f.sent) > 1:
				return reply(200), nil
			case tt.err != nil:
				return nil, failed(r, tt.phase, tt.err, nil)
			}
			first = reply(tt.status)
			return first, nil
		}
		resp, waits, err := outcome(t, f, NewRetryAgent(f, RetryConfig{Random: certain}).Do(r))
		if len(f.sent) > 1 != tt.again || len(waits) > 0 != tt.again || (err == nil) != (tt.again || tt.err == nil) {
			t.Errorf("%s: %d attempts, %v", tt.name, len(f.sent), err)
			continue
		}
		switch {
		case err != nil:
			if e := asError(t, err); e.Phase != tt.phase || !errors.Is(err, tt.err) || strings.Contains(e.Error(), "attempt") {
				t.Errorf("%s: %v", tt.name, err)
			}
		case !tt.again && (resp.Status != tt.status || resp.stream.(*fakeStream).stopped):
			t.Errorf("%s: got %+v", tt.name, resp)
		case tt.again && (resp.Status != 200 || waits[0] != 500*time.Millisecond || first != nil && !first.stream.(*fakeStream).stopped || f.sent[0] != r || f.sent[1] == r || !f.sent[1].Header.Equal(&r.Header)):
			t.Errorf("%s: got %+v after %v", tt.name, resp, waits)
		}
	}
}

func TestRetryBackoff(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, tt := range []struct {
		cfg  RetryConfig
		want []time.Duration
	}{
		{RetryConfig{}, []time.Duration{500 * ms, s, 2 * s}},
		{RetryConfig{Attempts: 1}, nil},
		{RetryConfig{Attempts: -1}, nil},
		{RetryConfig{Attempts: 6, Base: s, Max: 5 * s}, []time.Duration{s, 2 * s, 4 * s, 5 * s, 5 * s}},
		{RetryConfig{Attempts: 4, Base: s, Random: func() float64 { return 0.25 }}, []time.Duration{250 * ms, 500 * ms, s}},
		{RetryConfig{Attempts: 3, Base: 9 * s, Max: s}, []time.Duration{s, s}},
		{RetryConfig{Attempts: 70, Max: s, Whole: -1, Budget: -1}, slices.Concat([]time.Duration{500 * ms}, slices.Repeat([]time.Duration{s}, 68))},
		{RetryConfig{Attempts: 70, Base: 40 * s, Max: time.Minute, Budget: -1}, []time.Duration{40 * s, 60 * s}}, // 2 minutes in all
		{RetryConfig{Attempts: 9, Base: s, Whole: 3 * s}, []time.Duration{s, 2 * s}},
		{RetryConfig{Attempts: 70, BudgetMax: 3}, []time.Duration{500 * ms, s, 2 * s}},
	} {
		if tt.cfg.Random == nil {
			tt.cfg.Random = certain
		}
		for _, fail := range []bool{false, true} {
			f := newFake(func(r *Request) (*Response, error) {
				if fail {
					return nil, failed(r, PhaseConnect, syscallError, nil)
				}
				return reply(503), nil
			})
			a := NewRetryAgent(f, tt.cfg)
			resp, waits, err := outcome(t, f, a.Do(toSend(t, "GET", "http://a/")))
			if !slices.Equal(waits, tt.want) || len(f.sent) != len(waits)+1 || int(a.Stats().Retries) != len(waits) {
				t.Errorf("%+v: waits %v, %+v", tt.cfg, waits, a.Stats())
			}
			switch {
			case !fail && (err != nil || resp.Status != 503 || resp.stream.(*fakeStream).stopped):
				t.Errorf("got %v, %v", resp, err)
			case fail && (!errors.Is(err, syscallError) || asError(t, err).Phase != PhaseConnect || len(waits) > 0 != strings.Contains(err.Error(), fmt.Sprintf("connect: attempt %d: ", len(f.sent)))):
				t.Errorf("got %v", err)
			}
		}
	}
}

var syscallError = protocol.NewConnectError("a:80", os.ErrDeadlineExceeded)

func TestRetryAfter(t *testing.T) {
	now := protocoltest.Epoch
	const half = 500 * time.Millisecond // what is added, at most
	for _, tt := range []struct {
		fields []string
		max    time.Duration
		want   []time.Duration
	}{
		{[]string{"Retry-After: 7"}, 0, []time.Duration{7*time.Second + half}},
		{[]string{"Retry-After: 0"}, 0, []time.Duration{half}},
		{[]string{"Retry-After: 60"}, 0, []time.Duration{60*time.Second + half}},
		{[]string{"Retry-After: 61"}, 0, nil},
		{[]string{"Retry-After: 99999999999999999999999"}, 0, nil},
		{[]string{"Retry-After: 99999999999"}, 0, nil},
		{[]string{"Retry-After: 61"}, 2 * time.Minute, []time.Duration{61*time.Second + half}},
		{[]string{"Retry-After: 1"}, -1, nil},
		{[]string{"Retry-After: -1"}, 0, []time.Duration{half}},
		{[]string{"Retry-After: 1.5"}, 0, []time.Duration{half}},
		{[]string{"Retry-After: soon"}, 0, []time.Duration{half}},
		{[]string{"Retry-After: " + now.Add(9*time.Second).Format(http.TimeFormat)}, 0, []time.Duration{9*time.Second + half}},
		{[]string{"Retry-After: " + now.Add(-time.Hour).Format(http.TimeFormat)}, 0, []time.Duration{half}},
		{[]string{"Retry-After: " + now.Add(time.Hour).Format(http.TimeFormat)}, 0, nil},
		{[]string{"Retry-After: " + now.Add(time.Hour).Format(http.TimeFormat), "Date: " + now.Add(time.Hour-3*time.Second).Format(http.TimeFormat)}, 0, []time.Duration{3*time.Second + half}},
	} {
		f := newFake(nil)
		f.answer = func(*Request) (*Response, error) {
			if len(f.sent) > 1 {
				return reply(200), nil
			}
			return reply(503, tt.fields...), nil
		}
		resp, waits, err := outcome(t, f, NewRetryAgent(f, RetryConfig{Random: certain, MaxRetryAfter: tt.max}).Do(toSend(t, "GET", "http://a/")))
		if err != nil || !slices.Equal(waits, tt.want) || (resp.Status == 200) != (tt.want != nil) {
			t.Errorf("%v: %v, %v, %v", tt.fields, waits, resp, err)
		}
	}
}

// Retries do not multiply the load of a server that is down.
func TestRetryBudget(t *testing.T) {
	f := newFake(func(*Request) (*Response, error) { return reply(503), nil })
	a := NewRetryAgent(f, RetryConfig{Random: certain})
	for range 1000 {
		outcome(t, f, a.Do(toSend(t, "GET", "http://a/")))
	}
	if s := a.Stats(); s.Requests != 1000 || s.Retries < 200 || s.Retries > 212 || s.Refused < 700 || int(s.Requests+s.Retries) != len(f.sent) {
		t.Errorf("%+v", s)
	}
}

func TestRetryPolicy(t *testing.T) {
	var seen []RetryAttempt
	for _, verdict := range []bool{false, true} {
		f := newFake(nil)
		f.answer = func(r *Request) (*Response, error) {
			switch len(f.sent) {
			case 1:
				return reply(503), nil
			case 2:
				return nil, failed(r, PhaseResponse, io.ErrUnexpectedEOF, nil)
			}
			return reply(200), nil
		}
		a := NewRetryAgent(f, RetryConfig{Random: certain, Policy: func(a RetryAttempt) bool {
			seen = append(seen, a)
			return verdict
		}})
		resp, waits, err := outcome(t, f, a.Do(toSend(t, "POST", "http://a/")))
		if verdict && (err != nil || resp.Status != 200 || len(waits) != 2) || !verdict && (resp.Status != 503 || len(waits) != 0) {
			t.Errorf("%v: %v, %v, %v", verdict, resp, waits, err)
		}
	}
	if len(seen) != 3 || seen[1].Number != 1 || seen[1].Response.Status != 503 || seen[1].Retry || seen[2].Number != 2 || seen[2].Err == nil || seen[2].Wait != time.Second {
		t.Errorf("%+v", seen)
	}
}

func TestRetryBody(t *testing.T) {
	f := newFake(nil)
	n := 0
	f.answer = func(*Request) (*Response, error) { return reply(503), nil }
	r := toSend(t, "PUT", "http://a/")
	r.Body = textBody{"text", &n, nil}
	outcome(t, f, NewRetryAgent(f, RetryConfig{}).Do(r))
	if n != 3 || len(f.sent) != 4 || f.sent[3].Body.Length() != 4 {
		t.Errorf("%d rewinds for %d requests", n, len(f.sent))
	}
	boom := errors.New("boom")
	r.Body = textBody{"text", &n, boom}
	_, _, err := outcome(t, f, NewRetryAgent(f, RetryConfig{}).Do(r))
	if e := asError(t, err); e.Phase != PhaseBody || !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
}

func TestRetryCancel(t *testing.T) {
	for _, when := range []string{"first", "pause", "second"} {
		f := newFake(nil)
		f.answer = func(*Request) (*Response, error) {
			if when == "first" || len(f.sent) == 2 {
				return nil, nil
			}
			return reply(503), nil
		}
		d := NewRetryAgent(f, RetryConfig{}).Do(toSend(t, "GET", "http://a/"))
		if when == "second" {
			f.clock.Advance(time.Second)
		}
		d.Cancel()
		_, err := result(t, d)
		if asError(t, err); !errors.Is(err, deferred.ErrCancelled) || len(f.clock.Calls()) > 0 || f.cut != len(f.open) || (len(f.sent) == 2) != (when == "second") {
			t.Errorf("%s: %v, %d requests, %d cancelled", when, err, len(f.sent), f.cut)
		}
	}
}

// Timeouts.Whole is for all attempts, and a wait beyond it is not begun.
func TestRetryTime(t *testing.T) {
	f := newFake(func(*Request) (*Response, error) { return reply(503), nil })
	r := toSend(t, "GET", "http://a/")
	r.Timeouts.Whole = 2 * time.Second
	a := NewRetryAgent(f, RetryConfig{Base: time.Second, Random: certain})
	resp, waits, err := outcome(t, f, a.Do(r))
	if err != nil || resp.Status != 503 || len(waits) != 1 || f.sent[1].Timeouts.Whole != time.Second || a.Stats().Exhausted != 1 {
		t.Errorf("%v, %v, %v", resp, waits, err)
	}
}
