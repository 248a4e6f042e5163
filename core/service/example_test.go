// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

// discard keeps the log out of the examples.
var discard = slog.New(slog.DiscardHandler)

// A server and a client of it, as an application of two services.
func Example() {
	loop := protocoltest.NewClock() // a *reactor.Reactor in a program
	network := new(endpoint.MemoryNetwork)

	app := service.NewMulti(loop, service.MultiConfig{Logger: discard})
	app.Add("echo", service.NewStreamServer(loop, &endpoint.MemoryServer{Loop: loop, Name: "echo", Network: network},
		protocol.ForProtocol(func() echo { return echo{} }), service.StreamServerConfig{}))
	client := service.NewClient(loop, &endpoint.MemoryClient{Loop: loop, Name: "echo", Network: network},
		protocol.ForProtocol(func() protocol.Protocol { return greeter{} }), service.ClientConfig{})
	app.Add("client", client)

	app.Start().Done(func(_ struct{}, err error) { fmt.Println("started:", err) })
	for range 10 {
		loop.Advance(0)
	}
	fmt.Println("ready:", app.Ready())
	app.Stop().Done(func(_ struct{}, err error) { fmt.Println("stopped:", err) })
	for range 10 {
		loop.Advance(0)
	}
	// Output:
	// started: <nil>
	// got hello
	// ready: <nil>
	// stopped: <nil>
}

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

type greeter struct{ protocol.Base }

func (greeter) ConnectionMade(t protocol.Transport)         { t.Write([]byte("hello")) }
func (greeter) DataReceived(_ protocol.Transport, p []byte) { fmt.Printf("got %s\n", p) }

// A service that panics every second is restarted twice within ten seconds, and then given up.
func ExampleSupervisor() {
	loop := protocoltest.NewClock()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "stack" {
			return slog.Attr{}
		}
		return a
	}}))
	s := service.NewSupervisor(loop, service.SupervisorConfig{Intensity: 2, Period: 10 * time.Second, Logger: log})
	calls := 0
	s.Add("worker", service.NewTimer(loop, time.Second, func() error {
		if calls++; calls%2 == 0 {
			panic("no cheese")
		}
		return nil
	}), service.ChildConfig{})

	s.Start().Done(func(struct{}, error) {})
	s.Ended().Done(func(_ struct{}, err error) { fmt.Println(err) })
	for range 40 {
		loop.Advance(time.Second / 4)
	}
	// Output:
	// level=INFO msg="service: running" service=worker
	// level=ERROR msg="service: failed" service=worker error="panic: no cheese"
	// level=WARN msg="service: restarting" service=worker restarts=1 delay=0s
	// level=INFO msg="service: running" service=worker
	// level=ERROR msg="service: failed" service=worker error="panic: no cheese"
	// level=WARN msg="service: restarting" service=worker restarts=2 delay=0s
	// level=INFO msg="service: running" service=worker
	// level=ERROR msg="service: failed" service=worker error="panic: no cheese"
	// level=ERROR msg="service: gave up: stopping all children" child=worker restarts=2 period=10s error="panic: no cheese"
	// service: gave up after 2 restarts within 10s: child worker: panic: no cheese
}

// The protocol of the next connection, or an error when three attempts in a row have failed.
func ExampleClient_WhenConnected() {
	loop := protocoltest.NewClock()
	c := service.NewClient(loop, &endpoint.MemoryClient{Loop: loop, Name: "nobody", Network: new(endpoint.MemoryNetwork)},
		protocol.ForProtocol(func() protocol.Protocol { return greeter{} }),
		service.ClientConfig{Logger: discard, Backoff: service.BackoffPolicy{Initial: time.Second, Factor: 2}.Delay})
	c.WhenConnected(3).Done(func(_ protocol.Protocol, err error) { fmt.Println(err) })
	c.Start()
	for range 10 {
		loop.Advance(time.Second)
	}
	fmt.Println(c.State(), "after", c.Failures(), "failures")
	c.Stop()
	// Output:
	// connect memory:nobody: connection refused
	// waiting after 3 failures
}

// Ordinary Go code that runs until it is stopped.
func ExampleFunc() {
	loop := protocoltest.NewClock()
	s := service.Func(loop, func(ctx context.Context, ready func()) error {
		fmt.Println("begun")
		ready()
		<-ctx.Done()
		fmt.Println("ended:", errors.Is(context.Cause(ctx), service.ErrStopped))
		return nil
	})
	wait := func(d *deferred.Deferred[struct{}]) { loop.Until(context.Background(), d.Called) }
	wait(s.Start())
	wait(s.Stop())
	// Output:
	// begun
	// ended: true
}

// The state of a tree, to be printed.
func ExampleStatus() {
	loop := protocoltest.NewClock()
	app := service.NewMulti(loop, service.MultiConfig{Logger: discard})
	jobs := service.NewMulti(loop, service.MultiConfig{})
	app.Add("jobs", jobs)
	jobs.Add("cleaner", service.NewTimer(loop, time.Minute, func() error { return nil }))
	jobs.Add("importer", service.NewTimer(loop, time.Minute, func() error { return errors.New("no such table") }))
	app.Start()
	fmt.Print(app.Status())
	fmt.Println(app.Health())
	app.Stop()
	// Output:
	// running
	//   jobs running since 2000-01-01T00:00:00Z
	//     cleaner running since 2000-01-01T00:00:00Z
	//     importer failed since 2000-01-01T00:00:00Z: no such table
	// service jobs/importer: failed: no such table
}
