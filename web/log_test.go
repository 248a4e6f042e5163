// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/web"
)

// A panic in a resource is logged with its stack and with the connection and the service that it came by, ten times a second at most (class 61).
func TestPanicsAreLoggedWithTheirConnection(t *testing.T) {
	var log bytes.Buffer
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	site := web.NewSite(web.Func(func(*web.Request) { panic("oops") }), web.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.WithServiceName(site, "shop"), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	p := m.Dial("127.0.0.1:80")
	p.Write([]byte(get))
	m.Settle()
	for _, part := range []string{"panic in a resource", "conn=1", "peer=", "local=127.0.0.1:80", "protocol=*web.conn", "service=shop", "method=GET", "panic=oops", "log_test.go"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %q in %s", part, log.String())
		}
	}
	for range 14 {
		p.Write([]byte(get))
		m.Settle()
	}
	if n := strings.Count(log.String(), "panic=oops"); n != 10 {
		t.Errorf("15 panics in a second were logged in %d lines", n)
	}
	m.Advance(time.Second)
	log.Reset()
	p.Write([]byte(get))
	m.Settle()
	if s := log.String(); strings.Count(s, "panic=oops") != 1 || !strings.Contains(s, "unlogged=5") {
		t.Errorf("a second later: %s", s)
	}
	if n := site.Stats().Panics; n != 16 {
		t.Errorf("%d panics were counted", n)
	}
}
