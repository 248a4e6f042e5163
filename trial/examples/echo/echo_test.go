// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package echo_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
)

func TestEcho(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		port, err := tc.Reactor().ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
		if err != nil {
			tc.Fatal(err)
		}
		trial.CleanupD(tc, port.StopListening) // without this line: "Reactor was unclean.", and where the port was made
		c := newCaller("hello")
		tc.Reactor().ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *caller { return c }), reactor.ConnectOptions{})
		if got := trial.Must(tc, c.answer); got != "hello" {
			tc.Errorf("the answer is %q", got)
		}
	})
}
