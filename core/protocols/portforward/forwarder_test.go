// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/portforward"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

const (
	front    = "127.0.0.1:80"
	upstream = "10.0.0.7:5432"
)

// forwarding starts a forwarder in memory.
func forwarding(t *testing.T, cfg portforward.Config) (*reactortest.Memory, *portforward.Forwarder) {
	t.Helper()
	m := reactortest.NewMemory(t)
	if cfg.Logger == nil {
		cfg.Logger = quiet()
	}
	if cfg.Upstream == nil && cfg.Dial == nil {
		cfg.Dial = portforward.ToString(nil, "tcp:"+upstream)
	}
	f, err := portforward.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ListenTCP(front, f, reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	return m, f
}

// joined returns the two outer ends of a forwarded connection.
func joined(t *testing.T, m *reactortest.Memory) (client, server *reactortest.Peer) {
	t.Helper()
	client = m.Dial(front)
	m.Settle()
	if server = m.Answer(upstream); server == nil {
		t.Fatal("no connection to the upstream")
	}
	m.Settle()
	return client, server
}

// Nothing is read before the upstream is there; then bytes go both ways, and each end of a direction is passed on.
func TestForwards(t *testing.T) {
	m, f := forwarding(t, portforward.Config{})
	client := m.Dial(front)
	client.Write([]byte("early "))
	client.CloseWrite()
	m.Settle()
	server := m.Answer(upstream)
	m.Settle()
	if got := string(server.Received()); got != "early " || server.Err() != io.EOF {
		t.Fatalf("the upstream got %q, %v", got, server.Err())
	}
	server.Write([]byte("answer after the end of the question"))
	m.Settle()
	server.Close()
	m.Settle()
	if got := string(client.Received()); got != "answer after the end of the question" || client.Err() != io.EOF {
		t.Errorf("the client got %q, %v", got, client.Err())
	}
	if got := f.Stats(); got.Active != 0 || got.Accepted != 1 || got.BytesIn != 6 || got.BytesOut != 36 {
		t.Errorf("%+v", got)
	}
}

// How one side ends is how the other does.
func TestEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(client, server *reactortest.Peer) (other *reactortest.Peer)
		want error
	}{
		"the client closes": {func(c, s *reactortest.Peer) *reactortest.Peer { c.Close(); return s }, io.EOF},
		"the client aborts": {func(c, s *reactortest.Peer) *reactortest.Peer { c.Abort(); return s }, syscall.ECONNRESET},
		"the server closes": {func(c, s *reactortest.Peer) *reactortest.Peer { s.Close(); return c }, io.EOF},
		"the server aborts": {func(c, s *reactortest.Peer) *reactortest.Peer { s.Abort(); return c }, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			m, f := forwarding(t, portforward.Config{})
			client, server := joined(t, m)
			client.Write([]byte("x"))
			server.Write([]byte("y"))
			m.Settle()
			client.Received()
			server.Received()
			other := tt.end(client, server)
			m.Settle()
			if !errors.Is(other.Err(), tt.want) {
				t.Errorf("the other side: %v, want %v", other.Err(), tt.want)
			}
			other.Close()
			if m.Settle(); f.Stats().Active != 0 {
				t.Errorf("%+v", f.Stats())
			}
		})
	}
}

// An upstream that cannot be reached aborts the client, which must not take that for an empty answer.
func TestUpstreamFails(t *testing.T) {
	for name, fail := range map[string]func(*reactortest.Memory){
		"refused": func(m *reactortest.Memory) { m.Refuse(upstream, syscall.ECONNREFUSED) },
		"silent":  func(m *reactortest.Memory) { m.Advance(7 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			m, f := forwarding(t, portforward.Config{ConnectTimeout: 7 * time.Second, Logger: slog.New(slog.NewTextHandler(&out, nil))})
			client := m.Dial(front)
			client.Write([]byte("question"))
			m.Settle()
			fail(m)
			m.Settle()
			if !errors.Is(client.Err(), syscall.ECONNRESET) || f.Stats().Failed != 1 || f.Stats().Active != 0 {
				t.Errorf("client: %v, %+v", client.Err(), f.Stats())
			}
			if strings.Count(out.String(), "cannot reach the upstream") != 1 {
				t.Errorf("log: %s", out.String())
			}
			if n := len(m.Attempts()); n != 0 {
				t.Errorf("%d attempts are still under way", n)
			}
		})
	}
}

// A side that does not read holds the other up: what is queued stays small (class 12: a slow reader).
func TestSlowReader(t *testing.T) {
	for _, slowClient := range []bool{false, true} {
		m, _ := forwarding(t, portforward.Config{})
		from, to := joined(t, m)
		if slowClient {
			from, to = to, from
		}
		to.SetWindow(0)
		sent := 0
		for range 200 { // 12.8 MB if nothing held it up
			n, _ := from.Write(make([]byte, 64<<10))
			m.Settle()
			if sent += n; n == 0 {
				break
			}
		}
		if sent > 4<<20 {
			t.Errorf("%d bytes were taken of a side whose other does not read", sent)
		}
		to.SetWindow(1 << 20)
		got := 0
		for range 100 {
			m.Settle()
			got += len(to.Received())
		}
		if got == 0 || from.Err() != nil {
			t.Errorf("%d bytes came when it read again, %v", got, from.Err())
		}
	}
}

func TestProxyHeader(t *testing.T) {
	for version, want := range map[int]string{
		0: "hello", 1: "PROXY TCP4 127.0.0.1 127.0.0.1 ", 2: "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01",
	} {
		m, _ := forwarding(t, portforward.Config{ProxyHeader: version})
		client, server := joined(t, m)
		client.Write([]byte("hello"))
		m.Settle()
		if got := string(server.Received()); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "hello") {
			t.Errorf("version %d: %q", version, got)
		}
	}
}

func TestLimitsAndAccessLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	m, f := forwarding(t, portforward.Config{Limits: policy.Limits{MaxConnections: 1, Idle: time.Minute, Login: time.Second, Logger: quiet()}, AccessLog: true, Logger: log})
	client, server := joined(t, m)
	second := m.Dial(front)
	m.Advance(50 * time.Second) // Login is over: the upstream is there
	m.Settle()
	if second.Err() == nil || client.Err() != nil {
		t.Errorf("%v, %v; want the second one refused", second.Err(), client.Err())
	}
	server.Write([]byte("12345"))
	m.Settle()
	m.Advance(61 * time.Second)
	m.Settle()
	if client.Err() != io.EOF || server.Err() == nil {
		t.Errorf("after an idle minute: %v, %v", client.Err(), server.Err())
	}
	client.Close()
	server.Close()
	m.Settle()
	for _, want := range []string{"portforward: connection", "peer=127.0.0.1:", "in=0", "out=5", "seconds=", "too long"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
	if got := f.Stats(); got.Limits.Refused != 1 || got.Limits.IdleTimeouts != 1 || got.Active != 0 {
		t.Errorf("%+v", got)
	}
}

func TestConfig(t *testing.T) {
	dial := portforward.ToString(nil, "tcp:"+upstream)
	for _, cfg := range []portforward.Config{
		{}, {Dial: dial, Upstream: endpoint.ClientFunc(nil)}, {Dial: dial, ProxyHeader: 3}, {Dial: dial, ConnectTimeout: -1}, {Dial: dial, Limits: policy.Limits{Idle: -1}},
	} {
		if _, err := portforward.New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
	m, f := forwarding(t, portforward.Config{Dial: portforward.ToString(endpoint.NewRegistry(), "nonsense:1")})
	client := m.Dial(front)
	if m.Settle(); client.Err() == nil || f.Stats().Failed != 1 {
		t.Errorf("%v, %+v; want a description that is wrong to end the connection", client.Err(), f.Stats())
	}
}

var _ protocol.Factory = (*portforward.Forwarder)(nil)
