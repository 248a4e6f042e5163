// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// A talk is a conversation that a fault can be put into at any place: a request with a body in chunks and a trailer, and an answer of the same kind behind an interim head.
type talk struct {
	*rig
	x    *result
	body *source
	ends int // of the response's Deferred
}

const talkAnswer = "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n"

const talkRequest = "POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: Torsion\r\nTransfer-Encoding: chunked\r\nConnection: TE\r\nTE: trailers\r\n\r\n" +
	"3\r\nuvw\r\n2\r\nxy\r\n0\r\nX-Up: 1\r\n\r\n"

// steps are the events of the conversation, in their order; bytes of the answer come one by one.
func (k *talk) steps() []func() {
	steps := []func(){
		func() {
			k.x = k.send(&client.Request{Method: "POST", Body: k.body, Trailer: func() web.Header { return header("X-Up", "1") }}, false)
			k.x.d.Done(func(*client.Response, error) { k.ends++ })
		},
		func() { k.connected(nil) },
		func() { k.body.c.Write([]byte("uvw")) },
		func() { k.body.c.Write([]byte("xy")) },
		func() { k.body.d.Callback(struct{}{}) },
	}
	for i := range len(talkAnswer) {
		steps = append(steps, func() { k.conns[0].FeedString(talkAnswer[i : i+1]) })
	}
	return steps
}

func newTalk(t *testing.T) *talk {
	k := &talk{rig: newRig(t, client.Config{}), body: &source{length: -1, register: true}}
	k.hold = true
	return k
}

// run plays the first n events.
func (k *talk) run(n int) {
	for _, step := range k.steps()[:n] {
		step()
		k.settle()
	}
}

// check looks at the end: there is one, nothing is left, and the next request succeeds.
func (k *talk) check(name string) {
	k.t.Helper()
	k.clock.Advance(100 * time.Millisecond) // in which the rest of a stopped body may be read
	k.settle()
	if k.x.over != 1 || k.ends != 1 {
		k.t.Errorf("%s: %d ends, %d of the head: %v", name, k.x.over, k.ends, k.x.err)
	}
	if s := k.Stats(); s.Open != s.Idle || s.Waiting != 0 {
		k.t.Errorf("%s: %+v", name, s)
	}
	if k.body.c != nil && !k.body.d.Called() {
		k.t.Errorf("%s: the body was not told that it is over", name)
	}
	k.hold = false
	for _, c := range k.clock.Calls() { // those that wait are of a connection that idles
		if k.Stats().Open == 0 && !c.Time().IsZero() {
			k.t.Errorf("%s: a call is left for %v", name, c.Time().Sub(k.clock.Now()))
		}
	}
	next := k.get("http://a/")
	k.settle()
	k.conns[len(k.conns)-1].FeedString(ok)
	k.settle()
	if s := k.Stats(); next.got != "ok" || s.Idle != 1 || s.Open != 1 {
		k.t.Errorf("%s: the next request: %q, %v, %+v", name, next.got, next.err, s)
	}
}

// connected ends the attempt to connect.
func (k *talk) connected(err error) {
	if err != nil {
		k.tries[0].Errback(err)
		return
	}
	k.accept(0)
}

// phaseAfter is how far the request is after n events.
func phaseAfter(n int) string {
	const before = 5
	switch {
	case n < 2:
		return "connect"
	case n < before:
		return "send"
	case n == before:
		return "wait"
	case n < before+strings.Index(talkAnswer, "3\r\nabc"):
		return "response head"
	}
	return "response"
}

// The conversation, with a fault after each of its events: it ends once, with the phase that it was in, nothing is left open, and the Agent goes on.
func TestFaultAfterEveryEvent(t *testing.T) {
	whole := newTalk(t)
	n := len(whole.steps())
	whole.run(n)
	if got := whole.conns[0].Value(); got != talkRequest || whole.x.got != "abcde" || whole.x.res.Trailer().Get("X-Sum") != "5" {
		t.Fatalf("%q, %q", got, whole.x.got)
	}
	whole.check("no fault")
	faults := []struct {
		name string
		do   func(k *talk)
		is   error
	}{
		{"reset", func(k *talk) { k.conns[0].Lose(protocol.Lost(errReset)) }, errReset},
		{"closed", func(k *talk) { k.conns[0].Lose(protocol.Done(io.EOF)) }, io.ErrUnexpectedEOF},
		{"end of stream", func(k *talk) { k.conns[0].FeedEOF() }, io.ErrUnexpectedEOF},
		{"the body fails", func(k *talk) { k.body.d.Errback(errReset) }, errReset},
		{"cancelled", func(k *talk) {
			if k.x.body != nil {
				k.x.body.Cancel()
			} else {
				k.x.d.Cancel()
			}
		}, deferred.ErrCancelled},
		{"closed here", func(k *talk) {
			d := k.Close()
			d.Done(func(struct{}, error) {})
			d.Cancel() // it does not wait for what is under way
		}, client.ErrClosed},
	}
	for _, f := range faults[:5] {
		for i := 1; i < n; i++ {
			name := fmt.Sprintf("%s after %d events", f.name, i)
			phase := phaseAfter(i)
			if f.name == "the body fails" {
				phase = "request body"
			}
			k := newTalk(t)
			k.run(i)
			switch {
			case f.name == "the body fails" && (i < 2 || i > 4):
				continue
			case i == 1 && f.name != "cancelled":
				k.connected(f.is)
			default:
				f.do(k)
			}
			k.settle()
			if !errors.Is(k.x.err, f.is) || k.x.phase() != phase {
				t.Errorf("%s: %q: %v, should be in %q", name, k.x.phase(), k.x.err, phase)
			}
			k.check(name)
		}
	}
	closed := faults[5]
	for i := 1; i < n; i++ {
		k := newTalk(t)
		k.run(i)
		closed.do(k)
		k.settle()
		if s := k.Stats(); k.x.over != 1 || k.ends != 1 || s.Open != 0 || slices.ContainsFunc(k.conns, func(c *protocoltest.StringTransport) bool { return !c.Disconnected() && !c.Aborted() }) {
			t.Errorf("%s after %d events: %d ends, %v, %+v", closed.name, i, k.x.over, k.x.err, s)
		}
	}
}

// The connection is lost after each byte of a request that is written in pieces as small as that: no part of it is written twice, and the body hears of the end.
func TestLossAfterEveryByteSent(t *testing.T) {
	const text = "0123456789"
	for i := range len(text) {
		for _, reason := range []error{protocol.Lost(errReset), protocol.Done(io.EOF)} {
			k := newTalk(t)
			k.body.length = int64(len(text))
			k.run(2)
			k.hold = false
			for j := range i {
				k.body.c.Write([]byte(text[j : j+1]))
			}
			k.conns[0].Lose(reason)
			k.settle()
			if _, err := k.body.c.Write([]byte("x")); err == nil {
				t.Error("a write after the end succeeded")
			}
			if got := k.conns[0].Value(); !strings.HasSuffix(got, "\r\n\r\n"+text[:i]) || k.x.phase() != "send" || len(k.conns) != 1 {
				t.Errorf("after %d bytes: %q, %v", i, got, k.x.err)
			}
			k.check(fmt.Sprintf("%v after %d bytes", reason, i))
		}
	}
}
