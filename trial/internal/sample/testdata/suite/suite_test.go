// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package suite has a test of every kind. Its twin for Twisted's trial is ../twin.py: the same tests, in the same order.
package suite

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
)

func TestSample(t *testing.T) { trial.RunSuite(t, func() sample { return sample{} }) }

type sample struct{}

var (
	errBoom = errors.New("boom")
	kept    *os.File // so that no finalizer closes it
)

type echo struct{ protocol.Base }

func listen(tc *trial.Case) *reactor.Port {
	port, err := tc.Reactor().ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() *echo { return &echo{} }), reactor.ListenOptions{})
	if err != nil {
		tc.Fatal(err)
	}
	return port
}

func (sample) TestAsync(tc *trial.Case) *deferred.Deferred[int] {
	d := deferred.New[int](tc.Reactor())
	tc.Reactor().CallLater(time.Millisecond, func() { d.Callback(1) })
	return d
}

func (sample) TestCleanups(tc *trial.Case) {
	tc.Cleanup(func() { panic("first") })
	tc.Cleanup(func() { panic("second") })
}

func (sample) TestDone(tc *trial.Case) { tc.Todo("issue 13") }

func (sample) TestError(*trial.Case) error { return errBoom }

func (sample) TestFail(tc *trial.Case) { tc.Fatal("3 is not 4") }

func (sample) TestFlushed(tc *trial.Case) {
	tc.Logger().Error("lost", "err", errBoom)
	if n := len(tc.FlushLoggedErrors(errBoom)); n != 1 {
		tc.Errorf("%d errors", n)
	}
}

func (sample) TestHang(tc *trial.Case) *deferred.Deferred[int] {
	tc.SetTimeout(50 * time.Millisecond)
	return deferred.New[int](tc.Reactor())
}

func (sample) TestLeakCall(tc *trial.Case) { tc.Reactor().CallLater(time.Hour, func() {}) }

func (sample) TestLeakConnection(tc *trial.Case) {
	port := listen(tc)
	r := tc.Reactor()
	c := r.ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *echo { return &echo{} }), reactor.ConnectOptions{})
	trial.Must(tc, c.WhenConnected())
	trial.Must(tc, port.StopListening())
}

func (sample) TestLeakDeferred(*trial.Case) { deferred.Fail[int](errBoom) }

func (sample) TestLeakFile(tc *trial.Case) {
	f, err := os.Open("/dev/null")
	if err != nil {
		tc.Fatal(err)
	}
	kept = f
}

func (sample) TestLeakGoroutine(*trial.Case) { go func() { select {} }() } // nobody waits for it: that is the test

func (sample) TestLeakPort(tc *trial.Case) { listen(tc) }

func (sample) TestLeakProcess(tc *trial.Case) {
	trial.Must(tc, process.Spawn(tc.Reactor(), process.Config{Args: []string{"sleep", "1000"}}, &process.Funcs{}))
}

func (sample) TestLogged(tc *trial.Case) { tc.Logger().Error("lost", "err", errBoom) }

// TestNever takes an argument that nobody has.
func (sample) TestNever(*trial.Case, int) {}

func (sample) TestPanic(*trial.Case) {
	var prices map[string]int
	prices["tea"] = 1
}

func (sample) TestPass(*trial.Case) {}

func (sample) TestSkip(tc *trial.Case) { tc.Skip("no network") }

func (sample) TestTodo(tc *trial.Case) {
	tc.Todo("issue 12")
	tc.Fatal("not yet")
}

func TestSetUp(t *testing.T) { trial.RunSuite(t, func() setUp { return setUp{} }) }

type setUp struct{}

func (setUp) SetUp(*trial.Case) error { return errBoom }

func (setUp) TestNothing(*trial.Case) {}

func TestTearDown(t *testing.T) { trial.RunSuite(t, func() tearDown { return tearDown{} }) }

type tearDown struct{}

func (tearDown) TearDown(*trial.Case) error { return errBoom }

func (tearDown) TestNothing(*trial.Case) {}
