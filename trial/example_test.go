// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
)

// asTest runs a function as package testing runs a test, once, and tells how it ended.
func asTest(test func(t *testing.T)) {
	var once sync.Once // the flag -count counts here too
	tests := []testing.InternalTest{{Name: "TestIt", F: func(t *testing.T) { once.Do(func() { test(t) }) }}}
	out, err := os.CreateTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(out.Name())
	defer out.Close()
	stdout := os.Stdout
	os.Stdout = out
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, tests)
	os.Stdout = stdout
	text, _ := os.ReadFile(out.Name())
	for line := range strings.Lines(string(text)) {
		line = strings.TrimPrefix(line, "\x16")
		if !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") && !strings.HasPrefix(line, "    ") { // the flag -v
			fmt.Print(line)
		}
	}
	fmt.Println("ok:", ok)
}

// A test of a server, over real sockets. The port is closed when it is over, and nothing else may be left.
func ExampleRun() {
	test := func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			r := tc.Reactor()
			port, err := r.ListenTCP("127.0.0.1:0", echoFactory(), reactor.ListenOptions{})
			if err != nil {
				tc.Fatal(err)
			}
			trial.CleanupD(tc, port.StopListening)
			a := newAsker() // sends hello
			c := r.ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *asker { return a }), reactor.ConnectOptions{})
			fmt.Println(trial.Must(tc, a.answer))
			c.Disconnect()
		})
	}
	asTest(test)
	// Output:
	// hello
	// ok: true
}

// A reactor without sockets, and with a clock that the test moves.
func ExampleCase_Memory() {
	test := func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			m := tc.Memory()
			m.CallLater(time.Hour, func() { fmt.Println("an hour has passed") })
			m.Advance(time.Hour)
		})
	}
	asTest(test)
	// Output:
	// an hour has passed
	// ok: true
}

// Goroutines and the reactor in one virtual time.
func ExampleBubble() {
	test := func(t *testing.T) {
		trial.Bubble(t, func(tc *trial.Case) {
			start := time.Now()
			d := deferred.New[string](tc.Reactor())
			go func() {
				time.Sleep(time.Hour)
				tc.Reactor().CallFromThread(func() { d.Callback("done") })
			}()
			fmt.Println(trial.Must(tc, d), "after", time.Since(start))
		})
	}
	asTest(test)
	// Output:
	// done after 1h0m0s
	// ok: true
}

// A stack is a suite: each of its tests gets a new one.
type stack struct{ values []int }

func (s *stack) SetUp(*trial.Case) { s.values = append(s.values, 1, 2) }

func (s *stack) TestLength(tc *trial.Case) {
	if len(s.values) != 2 {
		tc.Errorf("%d values", len(s.values))
	}
}

func (s *stack) TestLater(tc *trial.Case) *deferred.Deferred[int] {
	d := deferred.New[int](tc.Reactor())
	tc.Reactor().CallLater(time.Millisecond, func() { d.Callback(s.values[0]) })
	return d
}

func (s *stack) TearDown(tc *trial.Case) { fmt.Println("after", tc.Name()) }

func ExampleRunSuite() {
	asTest(func(t *testing.T) { trial.RunSuite(t, func() *stack { return new(stack) }) })
	// Output:
	// after TestIt/TestLater
	// after TestIt/TestLength
	// ok: true
}

// An error that is expected to be logged.
func ExampleCase_FlushLoggedErrors() {
	test := func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			tc.Logger().Error("the peer is gone", "error", io.ErrUnexpectedEOF)
			for _, e := range tc.FlushLoggedErrors(io.ErrUnexpectedEOF) {
				fmt.Println(e)
			}
		})
	}
	asTest(test)
	// Output:
	// the peer is gone: unexpected EOF
	// ok: true
}

// Results that are there at once need no reactor and no Case.
func ExampleSuccessResultOf() {
	test := func(t *testing.T) {
		d := deferred.New[int](nil)
		trial.AssertNoResult(t, d)
		d.Callback(7)
		fmt.Println(trial.SuccessResultOf(t, d))
		fmt.Println(trial.FailureResultOf(t, deferred.Fail[int](io.EOF), io.EOF))
	}
	asTest(test)
	// Output:
	// 7
	// EOF
	// ok: true
}

// A test of what is not there yet.
func ExampleCase_Todo() {
	test := func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			tc.Todo("the encoder is not written", errors.ErrUnsupported)
			tc.Fatal(errors.ErrUnsupported)
		})
	}
	asTest(test)
	// Output:
	// ok: true
}

var retries = 3

func ExamplePatch() {
	test := func(t *testing.T) {
		trial.Patch(t, &retries, 0)
		fmt.Println("in the test:", retries)
	}
	asTest(test)
	fmt.Println("after it:", retries)
	// Output:
	// in the test: 0
	// ok: true
	// after it: 3
}
