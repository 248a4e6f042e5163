// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"errors"
	"flag"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
)

var rounds = flag.Int("rounds", 1, "how often TestClean runs its thousand tests")

// echo sends back what it receives.
type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

// asker sends a line and fires with the answer.
type asker struct {
	protocol.Base
	answer *deferred.Deferred[string]
	lost   *deferred.Deferred[struct{}]
	t      protocol.Transport
}

func newAsker() *asker {
	return &asker{answer: deferred.New[string](nil), lost: deferred.New[struct{}](nil)}
}

func (a *asker) ConnectionMade(t protocol.Transport) {
	a.t = t
	t.Write([]byte("hello"))
}
func (a *asker) DataReceived(_ protocol.Transport, p []byte)  { a.answer.Callback(string(p)) }
func (a *asker) ConnectionLost(_ protocol.Transport, _ error) { a.lost.Callback(struct{}{}) }

func echoFactory() protocol.Factory { return protocol.ForProtocol(func() echo { return echo{} }) }

// listen opens a port of an echo server for the test.
func listen(tc *trial.Case, stop bool) *reactor.Port {
	tc.Helper()
	port, err := tc.Reactor().ListenTCP("127.0.0.1:0", echoFactory(), reactor.ListenOptions{})
	if err != nil {
		tc.Fatal(err)
	}
	if stop {
		trial.CleanupD(tc, port.StopListening)
	}
	return port
}

// cleanTests do what tests do, and leave nothing behind.
var cleanTests = []func(tc *trial.Case){
	func(tc *trial.Case) {},
	func(tc *trial.Case) { // the server's end closes after the end of the test
		port := listen(tc, true)
		a := newAsker()
		c := tc.Reactor().ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *asker { return a }), reactor.ConnectOptions{})
		if got := trial.Must(tc, a.answer); got != "hello" {
			tc.Errorf("got %q", got)
		}
		c.Disconnect()
	},
	func(tc *trial.Case) {
		d := deferred.New[int](tc.Reactor())
		tc.Reactor().CallLater(time.Microsecond, func() { d.Callback(1) })
		trial.Must(tc, d)
	},
	func(tc *trial.Case) {
		if got := trial.Must(tc, deferred.ToThread(tc.Reactor(), func() (int, error) { return 7, nil })); got != 7 {
			tc.Errorf("got %d", got)
		}
	},
	func(tc *trial.Case) { // a goroutine that is about to end
		done := make(chan struct{})
		go func() { <-done }()
		close(done)
	},
	func(tc *trial.Case) {
		f, err := os.Open(os.DevNull)
		if err != nil {
			tc.Fatal(err)
		}
		tc.Cleanup(func() { f.Close() })
	},
	func(tc *trial.Case) {
		_, err := trial.Await(tc, deferred.Fail[int](errors.New("handled")))
		if err == nil {
			tc.Error("no error")
		}
	},
	func(tc *trial.Case) {
		m := tc.Memory()
		n := 0
		m.CallLater(time.Hour, func() { n++ })
		m.Advance(time.Hour)
		if n != 1 {
			tc.Error("the time did not pass")
		}
	},
	func(tc *trial.Case) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tc.Fatal(err)
		}
		accepted := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				c.Close()
			}
			accepted <- err
		}()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			tc.Fatal(err)
		}
		<-accepted
		c.Close()
		l.Close()
	},
	func(tc *trial.Case) {
		tc.Logger().Error("expected", "error", net.ErrClosed)
		if n := len(tc.FlushLoggedErrors(net.ErrClosed)); n != 1 {
			tc.Errorf("%d errors were logged", n)
		}
	},
}

// TestClean runs a thousand tests that are clean, and nothing is said of them.
func TestClean(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	for range *rounds {
		for i := range n {
			t.Run("", func(t *testing.T) { trial.Run(t, cleanTests[i%len(cleanTests)]) })
		}
	}
}

// TestCleanInParallel runs clean tests at the same time.
func TestCleanInParallel(t *testing.T) {
	for i := range 100 {
		t.Run("", func(t *testing.T) {
			trial.Run(t, func(tc *trial.Case) {
				tc.Parallel()
				cleanTests[i%len(cleanTests)](tc)
			})
		})
	}
}

// A child process that was waited for is none that is left.
func TestCleanChild(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		if err := exec.Command("true").Run(); err != nil {
			tc.Skip(err)
		}
	})
}

func TestNoReactorUnlessAskedFor(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		trial.Must(tc, deferred.Succeed(1))
		trial.SuccessResultOf(tc, deferred.Succeed(1))
		tc.Until(func() bool { return true })
		if tc.HasReactor() {
			tc.Error("there is a reactor that nobody needs")
		}
	})
}
