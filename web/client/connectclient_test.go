// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/client"
)

// A connectRig is one CONNECT whose proxy is played by the test.
type connectRig struct {
	t   *protocoltest.StringTransport
	acc protocoltest.Accumulating
	d   *deferred.Deferred[protocol.Protocol]
	err error
}

func connect(c client.ConnectClient) *connectRig {
	rig := &connectRig{t: protocoltest.NewStringTransport()}
	c.Loop = rig.t.Clock
	c.Inner = endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		p, _ := f.BuildProtocol(nil)
		rig.t.Connect(p)
		return deferred.SucceedOn(rig.t.Clock, p)
	})
	rig.d = c.Connect(protocol.ForProtocol(func() protocol.Protocol { return &rig.acc }))
	rig.d.Done(func(_ protocol.Protocol, err error) { rig.err = err })
	return rig
}

func TestConnectClient(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 200 Connection established\r\n\r\n",
		"HTTP/1.0 200 OK\r\nVia: 1.0 x\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", // lengths mean nothing here
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		protocoltest.Splits(t, []byte(answer+"\x16\x03early"), func(pieces iter.Seq[[]byte]) string {
			rig := connect(client.ConnectClient{Host: "Far.example", Port: 443})
			for piece := range pieces {
				rig.t.Feed(piece)
			}
			return fmt.Sprintf("%q %v %q %v", rig.t.Value(), rig.err, rig.acc.Data(), rig.acc.Transport().RemoteAddr())
		})
		rig := connect(client.ConnectClient{Host: "Far.example", Port: 443})
		rig.t.FeedString(answer + "early")
		if got := string(rig.acc.Data()); got != "early" || rig.err != nil {
			t.Errorf("%q: received %q, %v", answer, got, rig.err)
		}
		if got, want := rig.t.Value(), "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n"; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
	rig := connect(client.ConnectClient{Host: "2001:db8::1", Port: 8443, Username: "joe", Password: "se:cret"})
	if got, want := rig.t.Value(), "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nProxy-Authorization: Basic am9lOnNlOmNyZXQ=\r\n\r\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

// Whatever a proxy answers in place of a tunnel is an error with what it said, is bounded, and ends the connection (class 15).
func TestConnectRefused(t *testing.T) {
	c := client.ConnectClient{Host: "far.example", Port: 443, Username: "joe", Password: "secret", Timeout: 5 * time.Second}
	for _, tt := range []struct {
		name   string
		do     func(rig *connectRig)
		status int
		want   error
	}{
		{"login", func(rig *connectRig) {
			rig.t.FeedString("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 5\r\n\r\nhello")
		}, 407, protocol.ErrConnect},
		{"forbidden", func(rig *connectRig) { rig.t.FeedString("HTTP/1.1 403 no\r\n\r\n") }, 403, protocol.ErrConnect},
		{"bad gateway", func(rig *connectRig) { rig.t.FeedString("HTTP/1.0 502\r\n\r\n") }, 502, protocol.ErrConnect},
		{"redirect", func(rig *connectRig) {
			rig.t.FeedString("HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n")
		}, 302, protocol.ErrConnect},
		{"switch", func(rig *connectRig) { rig.t.FeedString("HTTP/1.1 101 Switching Protocols\r\n\r\n") }, 101, protocol.ErrConnect},
		{"garbage", func(rig *connectRig) { rig.t.FeedString("SSH-2.0-OpenSSH_9.2\r\n") }, 0, protocol.ErrConnect},
		{"SOCKS", func(rig *connectRig) { rig.t.FeedString("\x05\x00\r\n\r\n") }, 0, protocol.ErrConnect},
		{"endless line", func(rig *connectRig) {
			for range 64 {
				rig.t.FeedString("HTTP/1.1 200 " + strings.Repeat("x", 1024))
			}
		}, 0, protocol.ErrConnect},
		{"endless head", func(rig *connectRig) {
			rig.t.FeedString("HTTP/1.1 200 OK\r\n")
			for i := 0; i < 64 && rig.err == nil; i++ {
				rig.t.FeedString("X: " + strings.Repeat("x", 1000) + "\r\n")
			}
		}, 0, protocol.ErrConnect},
		{"endless fields", func(rig *connectRig) {
			rig.t.FeedString("HTTP/1.1 200 OK\r\n")
			for i := 0; i < 200 && rig.err == nil; i++ {
				rig.t.FeedString("X: y\r\n")
			}
		}, 0, protocol.ErrConnect},
		{"endless interims", func(rig *connectRig) {
			for i := 0; i < 50 && rig.err == nil; i++ {
				rig.t.FeedString("HTTP/1.1 103 Early Hints\r\n\r\n")
			}
		}, 0, protocol.ErrConnect},
		{"silence", func(rig *connectRig) { rig.t.Clock.Advance(5 * time.Second) }, 0, os.ErrDeadlineExceeded},
		{"slow", func(rig *connectRig) {
			for i := 0; i < 10 && rig.err == nil; i++ {
				rig.t.FeedString("HTTP/1.1 200 OK"[i : i+1])
				rig.t.Clock.Advance(time.Second)
			}
		}, 0, protocol.ErrTimeout},
		{"close", func(rig *connectRig) { rig.t.FeedEOF() }, 0, io.ErrUnexpectedEOF},
		{"close in the head", func(rig *connectRig) { rig.t.FeedString("HTTP/1.1 200 OK\r\n"); rig.t.FeedEOF() }, 0, io.ErrUnexpectedEOF},
		{"reset", func(rig *connectRig) { rig.t.Lose(protocol.Lost(nil)) }, 0, protocol.ErrConnectionLost},
		{"given up", func(rig *connectRig) { rig.d.Cancel() }, 0, protocol.ErrConnectingCanceled},
	} {
		rig := connect(c)
		tt.do(rig)
		e, _ := errors.AsType[*client.ProxyError](rig.err)
		if !errors.Is(rig.err, tt.want) || !errors.Is(rig.err, protocol.ErrConnect) || (e != nil) != (tt.status != 0) || e != nil && e.Status != tt.status {
			t.Errorf("%s: %v, want %v and status %d", tt.name, rig.err, tt.want, tt.status)
		}
		if rig.acc.Transport() != nil || !rig.t.Aborted() && !rig.t.Disconnected() {
			t.Errorf("%s: a protocol was built, or the connection stays", tt.name)
		}
		if text := fmt.Sprint(rig.err); strings.Contains(text, "secret") || strings.Contains(text, "am9l") {
			t.Errorf("%s: %s tells the login", tt.name, text)
		}
		if len(rig.t.Clock.Calls()) != 0 {
			t.Errorf("%s: timers are left", tt.name)
		}
	}
	rig := connect(c)
	rig.t.FeedString("HTTP/1.1 407 \x1b[2J\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
	if strings.Contains(fmt.Sprint(rig.err), "\x1b") {
		t.Errorf("%q carries control characters", rig.err)
	}
}

func TestConnectUnusable(t *testing.T) {
	for _, c := range []client.ConnectClient{
		{Host: "", Port: 80}, {Host: "a", Port: 0}, {Host: "a", Port: 65536}, {Host: "a b", Port: 80}, {Host: "a\r\nX: y", Port: 80}, {Host: "a/b", Port: 80}, {Host: "fe80::1%lo", Port: 80},
		{Host: "a", Port: 80, Username: "jo:e"},
	} {
		rig := connect(c)
		if !errors.Is(rig.err, protocol.ErrConnect) || rig.t.Value() != "" {
			t.Errorf("%+v: %v, said %q", c, rig.err, rig.t.Value())
		}
	}
}
