// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
)

// shouting answers in upper case.
type shouting struct{ protocol.Base }

func (*shouting) DataReceived(t protocol.Transport, p []byte) {
	t.Write([]byte(strings.ToUpper(string(p))))
}

// asking says what it has to, and ends when it has heard as much.
type asking struct {
	protocol.Base
	says, heard string
	lost        error
}

func (a *asking) ConnectionMade(t protocol.Transport) { t.Write([]byte(a.says)) }

func (a *asking) DataReceived(t protocol.Transport, p []byte) {
	if a.heard += string(p); len(a.heard) == len(a.says) {
		t.LoseConnection()
	}
}

func (a *asking) ConnectionLost(_ protocol.Transport, reason error) { a.lost = reason }

// Another protocol, by Upgrade in HTTP/1.1 and by extended CONNECT in HTTP/2 (RFC 8441).
func TestAgentUpgrade(t *testing.T) {
	for _, tt := range []struct {
		http2     client.HTTP2
		before    bool // there is a connection already
		url, want string
	}{
		{client.HTTP2Off, false, "http://one.example/", "GET HTTP/1.1 shout"},
		{client.HTTP2Off, true, "https://one.example/", "GET HTTP/1.1 shout"},
		{client.HTTP2PriorKnowledge, false, "http://one.example/", "CONNECT HTTP/2.0 shout"},
		{client.HTTP2Auto, false, "https://one.example/", "GET HTTP/1.1 shout"}, // as browsers have it
		{client.HTTP2Auto, true, "https://one.example/", "CONNECT HTTP/2.0 shout"},
	} {
		got := ""
		site := web.NewSite(web.Func(func(r *web.Request) {
			if r.Protocol() == "" {
				return
			}
			got = r.Method + " " + r.Proto + " " + r.Protocol()
			if err := r.Upgrade(new(shouting)); err != nil {
				t.Error(err)
			}
		}), web.Config{})
		clock := protocoltest.NewClock()
		a := webtest.NewAgent(clock, site, client.Config{HTTP2: tt.http2})
		if tt.before {
			if _, err := webtest.Result(clock, deferred.ThenD(a.Do(&client.Request{URL: target(t, tt.url)}), func(res *client.Response) *deferred.Deferred[[]byte] { return res.ReadBody(0) })); err != nil {
				t.Error(err)
			}
		}
		p := &asking{says: strings.Repeat("hello ", 20000)}
		_, err := webtest.Result(clock, deferred.Then(a.Do(&client.Request{URL: target(t, tt.url), Upgrade: "shout"}), func(res *client.Response) (struct{}, error) {
			return struct{}{}, res.Upgrade(p)
		}))
		if _, pending := webtest.Result(clock, deferred.New[struct{}](clock)); err != nil || pending != webtest.ErrPending {
			t.Errorf("%v %s: %v", tt.http2, tt.url, err)
			continue
		}
		if got != tt.want || p.heard != strings.ToUpper(p.says) || !errors.Is(p.lost, protocol.ErrConnectionDone) {
			t.Errorf("%v %s: %q, %d bytes, %v", tt.http2, tt.url, got, len(p.heard), p.lost)
		}
	}
}
