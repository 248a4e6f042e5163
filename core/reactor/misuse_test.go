// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type keeper struct {
	protocol.Base
	made chan protocol.Transport
}

func (k keeper) ConnectionMade(t protocol.Transport) { k.made <- t }

// TestMisuse calls what is loop only from another goroutine.
func TestMisuse(t *testing.T) {
	if !loopcheck.Enabled {
		t.Skip("calls are checked with -race and with the build tag torsion_debug only")
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	k := keeper{made: make(chan protocol.Transport, 1)}
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() keeper { return k }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() protocol.Base { return protocol.Base{} }), reactor.ConnectOptions{})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	tr := <-k.made
	for name, call := range map[string]func(){
		"Transport.Write":             func() { tr.Write([]byte("x")) },
		"Transport.LoseConnection":    func() { tr.LoseConnection() },
		"Transport.RegisterProducer":  func() { tr.RegisterProducer(nil, protocol.PushProducer) },
		"CallLater":                   func() { r.CallLater(0, func() {}) },
		"Port.StopListening":          func() { port.StopListening() },
		"reactor: FireSystemEvent":    func() { r.FireSystemEvent("x") },
		"reactor: Transport.Buffered": func() { tr.(protocol.BufferedTransport).Buffered() },
	} {
		func() {
			defer func() {
				text := fmt.Sprint(recover())
				for _, want := range []string{name, "CallFromThread", "TestMisuse", "reactor.(*Reactor).Run"} {
					if !strings.Contains(text, want) {
						t.Errorf("%s: the panic lacks %q:\n%s", name, want, text)
					}
				}
			}()
			call()
		}()
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestOnLoopInCoroutine holds that a coroutine which the loop resumes is on the loop.
func TestOnLoopInCoroutine(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var inside bool
	r.CallLater(0, func() {
		next, stop := iter.Pull(func(yield func(int) bool) {
			inside = r.OnLoop()
			r.CallLater(0, func() { r.Stop() }) // loop only
			yield(1)
		})
		defer stop()
		next()
	})
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !inside {
		t.Error("a coroutine of the loop is not on the loop")
	}
}
