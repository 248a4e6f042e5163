// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
)

func init() {
	sample("misuse_stop", func(tc *trial.Case) {
		if err := tc.Reactor().Stop(); err != nil {
			tc.Error(err)
		}
	})
	sample("misuse_stop_and_wait", func(tc *trial.Case) { // a program that stops its reactor can be tested
		told := false
		r := tc.Reactor()
		r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { told = true; return nil })
		r.Stop()
		tc.Until(func() bool { return told })
	})
	sample("misuse_crash", func(tc *trial.Case) { tc.Reactor().Crash(); tc.Turn() })
	sample("misuse_run", func(tc *trial.Case) {
		if err := tc.Reactor().Run(context.Background()); !errors.Is(err, reactor.ErrAlreadyRunning) {
			tc.Error(err)
		}
	})
	sample("misuse_iterate", func(tc *trial.Case) { tc.Reactor().Iterate(0) })
	sample("misuse_then", func(tc *trial.Case) { tc.Turn() })
	sample("memory_stuck", func(tc *trial.Case) {
		tc.Memory().CallLater(time.Hour, func() {})
		trial.Must(tc, deferred.New[int](tc.Reactor()))
		tc.Log("it goes on")
	})
	sample("memory_second", func(tc *trial.Case) {
		tc.Reactor()
		tc.Memory()
	})
	samples["no_such_poller"] = func(t *testing.T) {
		trial.Config{Poller: "abacus"}.Run(t, func(tc *trial.Case) { tc.Turn() })
	}
}

// Who controls the reactor of a test is told where he does, and the tests after it run.
func TestMisuse(t *testing.T) {
	all := expect(t, "misuse_", []expectation{
		{name: "misuse_stop", status: "PASS"},
		{name: "misuse_stop_and_wait", status: "PASS"},
		{name: "misuse_crash", status: "PASS"},
		{name: "misuse_run", status: "PASS"},
		{name: "misuse_iterate", status: "PASS"},
		{name: "misuse_then", status: "PASS"},
	})
	for name, method := range map[string]string{
		"misuse_stop": "Stop", "misuse_stop_and_wait": "Stop", "misuse_crash": "Crash", "misuse_run": "Run", "misuse_iterate": "Iterate",
	} {
		ws := all[name].warnings
		if len(ws) != 1 || ws[0].Category != "trial.ReactorMisuse" || !strings.HasSuffix(ws[0].File, "reactor_test.go") || ws[0].Line == 0 || !strings.Contains(ws[0].Text, "reactor."+method+" ") {
			t.Errorf("%s warns %v", name, ws)
		}
	}
	if ws := all["misuse_then"].warnings; len(ws) != 0 {
		t.Errorf("a turn warns %v", ws)
	}
}

func TestNoPoller(t *testing.T) {
	expect(t, "no_such_poller", []expectation{{name: "no_such_poller", status: "FAIL", outcome: "error", says: []string{"abacus"}}})
}

func TestMemoryFailsAtOnce(t *testing.T) {
	expect(t, "memory_", []expectation{
		{name: "memory_stuck", status: "FAIL", outcome: "error", says: []string{"nothing is left to happen", "delayed call: ", "Reactor was unclean"}, not: []string{"it goes on"}},
		{name: "memory_second", status: "FAIL", says: []string{"Memory is called before Reactor"}},
	})
}

func TestMemory(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		m := tc.Memory()
		if tc.Reactor() != m.Reactor || tc.Memory() != m {
			tc.Error("the reactors differ")
		}
		port, err := m.ListenTCP("127.0.0.1:80", echoFactory(), reactor.ListenOptions{})
		if err != nil {
			tc.Fatal(err)
		}
		trial.CleanupD(tc, port.StopListening)
		p := m.Dial("127.0.0.1:80")
		p.Write([]byte("hello"))
		tc.Until(func() bool { return string(p.Received()) == "hello" })
		p.Close()

		if got := trial.Must(tc, deferred.ToThread(m, func() (int, error) { return 7, nil })); got != 7 {
			tc.Errorf("from the thread pool came %d", got)
		}
		release := make(chan int)
		d := deferred.FromFunc(context.Background(), m, func(context.Context) (int, error) { return <-release, nil })
		go func() { release <- 8 }()
		if got := trial.Must(tc, d); got != 8 {
			tc.Errorf("from a goroutine came %d", got)
		}
	})
}

// The goroutine of the test is the loop.
func TestReactorIsTheTests(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r := tc.Reactor()
		if r != tc.Reactor() || len(r.Loops()) != 1 || r.Logger() != tc.Logger() {
			tc.Error("it is not the reactor that was promised")
		}
		n := 0
		r.CallLater(0, func() { n++ })
		tc.Turn()
		tc.Turn()
		if n != 1 {
			tc.Errorf("%d calls", n)
		}
		v, err := trial.Await(tc, deferred.Go(r, func(co *deferred.Coroutine) (string, error) {
			d := deferred.New[string](r)
			r.CallLater(0, func() { d.Callback("from a coroutine") })
			return deferred.Await(co, d)
		}))
		if v != "from a coroutine" || err != nil {
			tc.Errorf("got %q, %v", v, err)
		}
	})
}

func TestAwaitForeignLoop(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r, err := reactor.New(reactor.Config{})
		if err != nil {
			tc.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- r.Run(context.Background()) }()
		tc.Cleanup(func() {
			r.Stop()
			if err := <-ended; err != nil {
				tc.Error(err)
			}
		})
		running := make(chan struct{})
		r.CallFromThread(func() { close(running) })
		<-running
		d := deferred.New[int](r)
		r.CallFromThread(func() { r.CallLater(time.Millisecond, func() { d.Callback(5) }) })
		if got := trial.Must(tc, d); got != 5 {
			tc.Errorf("got %d", got)
		}
	})
}

func TestAwaitClock(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		clock := protocoltest.NewClock()
		d := deferred.New[int](clock)
		clock.CallFromThread(func() { d.Callback(3) })
		if got := trial.Must(tc, d); got != 3 {
			tc.Errorf("got %d", got)
		}
		d = deferred.New[int](clock)
		clock.CallLater(time.Hour, func() { d.Errback(io.EOF) })
		clock.Advance(time.Hour)
		if _, err := trial.Await(tc, d); err != io.EOF {
			tc.Errorf("got %v", err)
		}
	})
}

func TestEachPoller(t *testing.T) {
	var seen []string
	trial.EachPoller(t, func(tc *trial.Case) {
		seen = append(seen, tc.Reactor().PollerName())
		port := listen(tc, true)
		a := newAsker()
		tc.Reactor().ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *asker { return a }), reactor.ConnectOptions{})
		trial.Must(tc, a.answer)
		a.t.LoseConnection()
		trial.Must(tc, a.lost)
	})
	if os.Getenv(reactor.EnvPoller) != "" {
		return
	}
	if len(seen) != len(reactor.Pollers()) {
		t.Errorf("ran over %q, not over %q", seen, reactor.Pollers())
	}
	t.Setenv(reactor.EnvPoller, "portable")
	seen = nil
	trial.EachPoller(t, func(tc *trial.Case) { seen = append(seen, tc.Reactor().PollerName()) })
	if len(seen) != 1 || seen[0] != "portable" {
		t.Errorf("with %s=portable it ran over %q", reactor.EnvPoller, seen)
	}
	trial.Run(t, func(tc *trial.Case) {
		if name := tc.Reactor().PollerName(); name != "portable" {
			tc.Errorf("the reactor runs over %s", name)
		}
	})
}

// Not all that a test waits for wakes its loop.
func TestUntilAsksAgain(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		asked := 0
		tc.Until(func() bool { asked++; return asked == 10 })
	})
}

func TestAwaitTurnsAllLoops(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r := tc.Reactor()
		if err := r.EnsureLoops(2); err != nil {
			tc.Fatal(err)
		}
		d, second := deferred.New[bool](r), r.Loops()[1]
		second.CallFromThread(func() {
			second.CallLater(time.Millisecond, func() { r.CallFromThread(func() { d.Callback(true) }) })
		})
		trial.Must(tc, d)
	})
}
