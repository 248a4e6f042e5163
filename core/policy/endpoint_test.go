// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestLimitEndpoint(t *testing.T) {
	m := reactortest.NewMemory(t)
	g := endpoint.NewRegistry()
	if err := policy.Register(g); err != nil {
		t.Fatal(err)
	}
	if err := policy.Register(g); err == nil {
		t.Error("registered twice")
	}
	s, err := g.ServerFromString(m, "limit:conns=2:perpeer=10:idle=60:write=1M:haproxy:trust=10.0.0.0/8:untrusted=pass:tcp:80:interface=127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	var made []*probe
	s.Listen(probes(&made))
	a, b, c := m.Dial("127.0.0.1:80"), m.Dial("127.0.0.1:80"), m.Dial("127.0.0.1:80")
	m.Settle()
	if a.Err() != nil || b.Err() != nil || c.Err() == nil {
		t.Errorf("%v, %v, %v; want the third closed", a.Err(), b.Err(), c.Err())
	}
	m.Advance(40 * time.Second)
	b.Write([]byte("x"))
	m.Settle()
	m.Advance(20 * time.Second)
	m.Settle()
	if a.Err() != io.EOF || b.Err() != nil {
		t.Errorf("after a minute: %v, %v; want the silent one closed", a.Err(), b.Err())
	}
	if got := s.(*policy.Server).Limiter.Stats(); got.Active != 1 || got.Refused != 1 || got.IdleTimeouts != 1 {
		t.Errorf("%+v", got)
	}
}

func newRegistry(t *testing.T) (*reactortest.Memory, *endpoint.Registry) {
	g := endpoint.NewRegistry()
	policy.Register(g)
	return reactortest.NewMemory(t), g
}

func TestLimitStrings(t *testing.T) {
	m, g := newRegistry(t)
	for text, want := range map[string]string{
		"limit:conns=1:tcp:80": "",
		"LIMIT:tcp:80:conns=1:login=5m:lifetime=1h:rate=5:exempt=10.0.0.0/8,\\:\\:1":                    "",
		"limit:read=1k:write=2M:peerread=3g:peerwrite=1:totalread=64000:totalwrite=9:burst=1M:memory:x": "",
		"limit:conns=1:limit:perpeer=1:tcp:80":                                                          "a limit within a limit",
		"limit:tcp:80":                                                                                  "no limit is given",
		"limit:conns=0:tcp:80":                                                                          "not a number above 0",
		"limit:conns=x:tcp:80":                                                                          "not a number above 0",
		"limit:idle=-1s:tcp:80":                                                                         "not a time above 0",
		"limit:read=1T:tcp:80":                                                                          "not a number of bytes",
		"limit:read=9999999999G:tcp:80":                                                                 "not a number of bytes",
		"limit:exempt=lan:tcp:80":                                                                       "neither a network nor an address",
		"limit:conns=1":                                                                                 "unknown endpoint type",
		"limit:conns=1:tcp:80:foo=bar":                                                                  "unknown keyword",
		"limit:conns=1:" + strings.Repeat("haproxy:", 20) + "tcp:80":                                    "nested too deep",
	} {
		_, err := g.ServerFromString(m, text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Data from a hostile peer reaches no parser while the connection is one too many (class 62).
func TestRefusedIsNotServed(t *testing.T) {
	m := reactortest.NewMemory(t)
	served := 0
	f := limiter(t, policy.Limits{MaxConnections: 1}).Wrap(protocol.ForProtocol(func() protocol.Protocol { served++; return &probe{} }))
	s, err := endpoint.ServerFromString(m, "tcp:80:interface=127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.Listen(f)
	for range 50 {
		m.Dial("127.0.0.1:80").Write([]byte("attack"))
	}
	if m.Settle(); served != 1 {
		t.Errorf("%d protocols were built", served)
	}
}
