// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
)

// A panic in a resource is logged with its stack and with the connection and the service that it came by, ten times a second at most (class 61).
func TestPanicsAreLoggedWithTheirConnection(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		m := tc.Memory()
		site := web.NewSite(web.Func(func(*web.Request) { panic("oops") }), web.Config{Logger: tc.Logger()})
		port, err := m.ListenTCP("127.0.0.1:80", protocol.WithServiceName(site, "shop"), reactor.ListenOptions{})
		assert.NoError(tc, err)
		trial.CleanupD(tc, port.StopListening)
		p := m.Dial("127.0.0.1:80")
		defer p.Close()
		asked := func(times int) []*trial.LoggedError {
			for range times {
				p.Write([]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
				m.Settle()
			}
			return tc.FlushLoggedErrors()
		}
		logged := asked(1)
		assert.Equal(tc, len(logged), 1)
		for _, part := range []string{"panic in a resource", "conn=1", "peer=", "local=127.0.0.1:80", "protocol=*web.conn", "service=shop", "method=GET", "panic=oops", "log_test.go"} {
			assert.Substring(assert.Check(tc), part, logged[0].Text)
		}
		assert.Equal(tc, len(asked(14)), 9, "of the 15 panics in a second")
		m.Advance(time.Second)
		logged = asked(1)
		assert.Equal(tc, len(logged), 1, "a second later")
		assert.Substring(tc, "unlogged=5", logged[0].Text)
		assert.Equal(tc, site.Stats().Panics, 16)
	})
}
