// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A lineTalk is a conversation of lines: each "more" is answered by "go on", "ok" opens the tunnel, and anything else fails.
type lineTalk struct{}

var errRefused = errors.New("the one in between says no")

func (lineTalk) Start() []byte { return []byte("open\n") }

func (lineTalk) Feed(p []byte) (int, []byte, bool, error) {
	line, _, ok := bytes.Cut(p, []byte("\n"))
	switch {
	case !ok:
		return 0, nil, false, nil
	case string(line) == "more":
		return 5, []byte("go on\n"), false, nil
	case string(line) == "ok":
		return 3, nil, true, nil
	}
	return 0, nil, false, errRefused
}

var far = protocol.HostnameAddr("far.example", 443)

// A tunnelRig is an attempt whose inner connection is in the test's hands.
type tunnelRig struct {
	t        *protocoltest.StringTransport
	factory  protocol.Factory
	dialing  *deferred.Deferred[protocol.Protocol]
	result   *deferred.Deferred[protocol.Protocol]
	p        protocol.Protocol
	err      error
	canceled bool // the inner attempt
}

func newTunnelRig(f protocol.Factory) *tunnelRig {
	rig := &tunnelRig{t: protocoltest.NewStringTransport()}
	c := &endpoint.Tunnel{
		Loop: rig.t.Clock, To: far, ALPN: []string{"near"}, Negotiate: func() endpoint.Negotiation { return lineTalk{} },
		Inner: endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			rig.factory = f
			rig.dialing = deferred.NewCancellable(rig.t.Clock, func(*deferred.Deferred[protocol.Protocol]) { rig.canceled = true })
			return rig.dialing
		}),
	}
	rig.result = c.Connect(f)
	rig.result.Done(func(p protocol.Protocol, err error) { rig.p, rig.err = p, err })
	return rig
}

// connect lets the inner attempt succeed.
func (rig *tunnelRig) connect(t *testing.T) {
	t.Helper()
	p, err := rig.factory.BuildProtocol(rig.t.RemoteAddr())
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	rig.t.Connect(p)
	rig.dialing.Callback(p)
}

func TestTunnel(t *testing.T) {
	protocoltest.Splits(t, []byte("more\nmore\nok\nhello"), func(pieces iter.Seq[[]byte]) string {
		w := &watcher{}
		rig := newTunnelRig(protocol.ForProtocol(func() *watcher { return w }))
		rig.connect(t)
		for piece := range pieces {
			rig.t.Feed(piece)
		}
		if rig.p != protocol.Protocol(w) || rig.err != nil {
			t.Errorf("%v, %v", rig.p, rig.err)
		}
		fmt.Fprint(w.t, "bye")
		rig.t.FeedEOF()
		return rig.t.Value() + strings.Join(w.log, "|")
	})
	w := &watcher{}
	rig := newTunnelRig(protocol.ForProtocol(func() *watcher { return w }))
	rig.connect(t)
	rig.t.FeedString("more\nok\nhello")
	if got, want := rig.t.Value(), "open\ngo on\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if want := fmt.Sprintf("made %v from far.example:443|data hello", rig.t.LocalAddr()); strings.Join(w.log, "|") != want {
		t.Errorf("got %q, want %q", w.log, want)
	}
	rig.t.Clock.Advance(time.Hour)
	if rig.t.Disconnecting() || rig.t.Aborted() {
		t.Error("the time limit outlives the conversation")
	}
	if attrs := fmt.Sprint(protocol.LogAttrs(w.t)); !strings.Contains(attrs, "destination=far.example:443") {
		t.Errorf("the log says %s", attrs)
	}
}

// What came with the answer waits for a protocol that has paused, and goes to nobody when the protocol has closed.
func TestTunnelHoldsBack(t *testing.T) {
	w := &watcher{made: func(t protocol.Transport) { t.Pause() }}
	rig := newTunnelRig(protocol.ForProtocol(func() *watcher { return w }))
	rig.connect(t)
	rig.t.FeedString("ok\nhello")
	if len(w.log) != 1 {
		t.Errorf("paused: %q", w.log)
	}
	w.t.Resume()
	rig.t.Clock.Settle()
	if len(w.log) != 2 || w.log[1] != "data hello" {
		t.Errorf("resumed: %q", w.log)
	}
	w = &watcher{made: func(t protocol.Transport) { t.LoseConnection() }}
	rig = newTunnelRig(protocol.ForProtocol(func() *watcher { return w }))
	rig.connect(t)
	rig.t.FeedString("ok\nhello")
	if len(w.log) != 1 || !rig.t.Disconnecting() {
		t.Errorf("closed: %q", w.log)
	}
}

// However the one in between fails, the attempt fails with the reason, the connection is cut, and no protocol is built (class 15).
func TestTunnelFails(t *testing.T) {
	refused := &protocol.ConnectError{Class: protocol.ErrConnectionRefused, Addr: "proxy"}
	for _, tt := range []struct {
		name string
		do   func(rig *tunnelRig)
		want error
	}{
		{"not there", func(rig *tunnelRig) { rig.dialing.Errback(refused) }, refused},
		{"says no", func(rig *tunnelRig) { rig.connect(t); rig.t.FeedString("no\n") }, errRefused},
		{"says no later", func(rig *tunnelRig) { rig.connect(t); rig.t.FeedString("more\nno\n") }, errRefused},
		{"closes", func(rig *tunnelRig) { rig.connect(t); rig.t.FeedEOF() }, io.ErrUnexpectedEOF},
		{"closes in an answer", func(rig *tunnelRig) { rig.connect(t); rig.t.FeedString("o"); rig.t.FeedEOF() }, io.ErrUnexpectedEOF},
		{"resets", func(rig *tunnelRig) { rig.connect(t); rig.t.Lose(protocol.Lost(nil)) }, protocol.ErrConnectionLost},
		{"says nothing", func(rig *tunnelRig) { rig.connect(t); rig.t.Clock.Advance(endpoint.TunnelTimeout) }, os.ErrDeadlineExceeded},
		{"says it slowly", func(rig *tunnelRig) {
			rig.connect(t)
			for range 10 {
				rig.t.FeedString("more\n")
				rig.t.Clock.Advance(time.Second)
			}
		}, protocol.ErrTimeout},
		{"has no end", func(rig *tunnelRig) {
			rig.connect(t)
			for range 70 {
				rig.t.Feed(bytes.Repeat([]byte("x"), 1<<10))
			}
		}, protocol.ErrConnect},
		{"is given up while it connects", func(rig *tunnelRig) { rig.result.Cancel() }, protocol.ErrConnectingCanceled},
		{"is given up while it talks", func(rig *tunnelRig) { rig.connect(t); rig.result.Cancel() }, protocol.ErrConnectingCanceled},
	} {
		rig := newTunnelRig(protocol.ForProtocol(func() *watcher { t.Errorf("%s: a protocol was built", tt.name); return &watcher{} }))
		tt.do(rig)
		if !errors.Is(rig.err, tt.want) || !errors.Is(rig.err, protocol.ErrConnect) {
			t.Errorf("%s: %v, want %v", tt.name, rig.err, tt.want)
		}
		if rig.t.Value() != "" {
			if !rig.t.Aborted() && !rig.t.Disconnected() {
				t.Errorf("%s: the connection stays", tt.name)
			}
			if !rig.t.Disconnected() {
				rig.t.FeedString("ok\nhello") // too late
			}
		}
		if n := len(rig.t.Clock.Calls()); n != 0 {
			t.Errorf("%s: %d timers are left", tt.name, n)
		}
	}
}

func TestTunnelGivenUpEarly(t *testing.T) {
	rig := newTunnelRig(protocol.ForProtocol(func() *watcher { return &watcher{} }))
	rig.result.Cancel()
	if p, err := rig.factory.BuildProtocol(nil); p != nil || err != nil || !rig.canceled {
		t.Errorf("an attempt that was given up connects: %v, %v; inner cancelled: %v", p, err, rig.canceled)
	}
	// An endpoint may have built the protocol already.
	rig = newTunnelRig(protocol.ForProtocol(func() *watcher { return &watcher{} }))
	p, _ := rig.factory.BuildProtocol(nil)
	rig.result.Cancel()
	rig.t.Connect(p)
	if !rig.t.Aborted() || rig.t.Value() != "" {
		t.Error("an attempt that was given up talks")
	}
}

func TestTunnelFactories(t *testing.T) {
	boom := errors.New("boom")
	for _, f := range []protocol.FactoryFunc{
		func(net.Addr) (protocol.Protocol, error) { return nil, nil },
		func(net.Addr) (protocol.Protocol, error) { return nil, boom },
	} {
		rig := newTunnelRig(f)
		rig.connect(t)
		rig.t.FeedString("ok\n")
		if !errors.Is(rig.err, protocol.ErrNoProtocol) || !rig.t.Aborted() {
			t.Errorf("%v, aborted: %v", rig.err, rig.t.Aborted())
		}
	}
	// The protocols of the far end are not offered to the one in between, and what else the factory can do is found.
	rig := newTunnelRig(alpnFactory{protocol.WithServiceName(protocol.ForProtocol(func() *watcher { return &watcher{} }), "shop")})
	a, _ := protocol.As[protocol.ALPNFactory](rig.factory)
	if got := a.AcceptableProtocols(); len(got) != 1 || got[0] != "near" || protocol.ServiceName(rig.factory) != "shop" {
		t.Errorf("offers %q for service %q", got, protocol.ServiceName(rig.factory))
	}
}

type alpnFactory struct{ protocol.Factory }

func (f alpnFactory) Unwrap() protocol.Factory    { return f.Factory }
func (alpnFactory) AcceptableProtocols() []string { return []string{"far"} }

// A tunnel's transport keeps every rule.
func TestTunnelIsATransport(t *testing.T) {
	r := running(t)
	n := 0
	protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
		return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
			n++
			name := fmt.Sprintf("%s %d", t.Name(), n)
			listen(t, r, &endpoint.MemoryServer{Loop: r, Name: name}, protocol.ForProtocol(func() protocol.Protocol { return &sayFirst{"ok\n", server} }))
			c := &endpoint.Tunnel{Loop: r, To: protocol.MemoryAddr(name), Inner: &endpoint.MemoryClient{Loop: r, Name: name}, Negotiate: func() endpoint.Negotiation { return silentTalk{} }}
			if _, err := connect(t, r, c, protocol.ForProtocol(func() protocol.Protocol { return client })); err != nil {
				t.Error(err)
			}
		}}
	})
}

// A silentTalk is a lineTalk that says nothing itself, so that the other side needs not listen to it.
type silentTalk struct{ lineTalk }

func (silentTalk) Start() []byte { return nil }
