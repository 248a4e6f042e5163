// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
)

// search asks with fields of its own, and has little patience.
func search(agent client.Doer, u *url.URL, language string) *deferred.Deferred[string] {
	req := &client.Request{
		URL: u,
		Timeouts: client.Timeouts{
			Connect: 5 * time.Second,  // name, connection, proxy, TLS
			Headers: 10 * time.Second, // until the response begins
			Idle:    10 * time.Second, // between two pieces of a body
			Whole:   time.Minute,      // from Do to the end of the body
		},
	}
	req.Header.Set("Accept-Language", language)
	return deferred.ThenD(agent.Do(req), func(res *client.Response) *deferred.Deferred[string] {
		res.SetMaxBody(1 << 20) // for every way to have the body
		return body(res)
	})
}

func Example_limits() {
	agent, clock := over(web.Func(func(r *web.Request) {
		if r.Path == "/slow" {
			r.NotDoneYet()
			r.NotifyEnd(func(error) { fmt.Println("the server notices") })
			return
		}
		fmt.Fprint(r, "language ", r.Header.Get("Accept-Language"))
	}), client.Config{})
	show(clock, search(agent, target("http://example.org/"), "de"))

	d := search(agent, target("http://example.org/slow"), "de")
	clock.Settle()
	for range 10 {
		clock.Advance(time.Second)
		clock.Settle()
	}
	show(clock, d)
	// Output:
	// language de
	// the server notices
	// client: GET http://example.org/slow: wait: connection timed out: the server does not answer
}

// meaning tells what a program may do about an error.
func meaning(err error) string {
	var failed *client.Error
	switch {
	case errors.Is(err, deferred.ErrCancelled):
		return "nobody wants it any more"
	case errors.Is(err, client.ErrBusy):
		return "too many requests wait for this server: send fewer"
	case errors.Is(err, protocol.ErrDNSLookup):
		return "there is no such host"
	case !errors.As(err, &failed):
		return "not of a request"
	}
	switch failed.Phase {
	case client.PhaseRequest, client.PhaseBody:
		return "a mistake of this program"
	case client.PhaseConnect:
		return "nothing was sent: try again later"
	case client.PhaseSend, client.PhaseWait, client.PhaseHead:
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "the server is slow, and may have acted"
		}
		return "the server may have acted: try again only what may be done twice"
	default:
		return "the server has acted, and its answer is lost"
	}
}

func Example_errors() {
	stub := webtest.NewStub(webtest.Answer{URL: "/cut", Abort: true})
	agent, clock := over(stub, client.Config{})
	for _, u := range []*url.URL{target("http://example.org/cut"), {Scheme: "ftp", Host: "example.org"}} {
		_, err := webtest.Result(clock, agent.Do(&client.Request{URL: u}))
		fmt.Println(err)
		fmt.Println(meaning(err))
	}

	d := agent.Do(&client.Request{URL: target("http://example.org/cut")})
	d.Cancel() // wherever it stands
	_, err := webtest.Result(clock, d)
	fmt.Println(meaning(err))
	// Output:
	// client: GET http://example.org/cut: wait: connection lost: connection reset by peer
	// the server may have acted: try again only what may be done twice
	// client: GET ftp://example.org: request: unsupported scheme "ftp": use http or https
	// a mistake of this program
	// nobody wants it any more
}

// fastest asks several servers for the same, takes the first answer, and cancels the other requests.
func fastest(agent client.Doer, urls ...*url.URL) *deferred.Deferred[deferred.Winner[string]] {
	var ds []*deferred.Deferred[string]
	for _, u := range urls {
		ds = append(ds, deferred.ThenD(agent.Do(&client.Request{URL: u}), body))
	}
	return deferred.Race(ds...)
}

func Example_cancel() {
	agent, clock := over(web.Func(func(r *web.Request) {
		if r.Hostname() == "one.example" {
			r.NotDoneYet() // for ever
			r.NotifyEnd(func(error) { fmt.Println("one.example notices that nobody waits") })
			return
		}
		fmt.Fprint(r, "from ", r.Hostname())
	}), client.Config{})
	d := fastest(agent, target("http://one.example/"), target("http://two.example/"))
	winner, err := webtest.Result(clock, d)
	fmt.Println(winner.Value, err)
	// Output:
	// one.example notices that nobody waits
	// from two.example <nil>
}
