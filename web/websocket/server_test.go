// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/websocket"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestHandshake(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request string
		status  int
		head    string // "Name: value" of the answer
	}{
		{"plain", handshake, 101, "Upgrade: websocket"},
		{"no extension unasked", handshake, 101, "Sec-Websocket-Extensions: "},
		{"compression", handshake + deflate, 101, "Sec-Websocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"subprotocol", handshake + "Sec-WebSocket-Protocol: v9, v2\r\nSec-WebSocket-Protocol: v1\r\n", 101, "Sec-Websocket-Protocol: v1"},
		{"no common subprotocol", handshake + "Sec-WebSocket-Protocol: v9\r\n", 101, "Sec-Websocket-Protocol: "},
		{"not a handshake", "GET / HTTP/1.1\r\nHost: a\r\n", 426, "Upgrade: websocket"},
		{"another version", strings.Replace(handshake, ": 13", ": 8", 1), 426, "Sec-Websocket-Version: 13"},
		{"no key", strings.Replace(handshake, "Sec-WebSocket-Key", "Key", 1), 400, ""},
		{"a short key", strings.Replace(handshake, "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 1), 400, ""},
		{"no Connection", strings.Replace(handshake, "Connection: Upgrade", "Connection: x", 1), 400, ""},
		{"bad subprotocols", handshake + "Sec-WebSocket-Protocol: a b\r\n", 400, ""},
		{"bad extensions", handshake + "Sec-WebSocket-Extensions: ;;\r\n", 400, ""},
		{"POST", strings.Replace(handshake, "GET", "POST", 1) + "Content-Length: 0\r\n", 405, "Allow: GET"},
		{"HTTP/1.0", strings.Replace(handshake, "HTTP/1.1", "HTTP/1.0", 1), 426, ""},
		{"same origin", handshake + "Origin: http://server.example.com\r\n", 101, ""},
		{"same origin with its port", handshake + "Origin: http://SERVER.example.com:80\r\n", 101, ""},
		{"behind TLS of somebody else", handshake + "Origin: https://server.example.com\r\n", 101, ""},
		{"allowed", handshake + "Origin: https://app.example.com\r\n", 101, ""},
		// Class 28: pages of other sites.
		{"another site", handshake + "Origin: https://evil.example\r\n", 403, ""},
		{"a sandbox", handshake + "Origin: null\r\n", 403, ""},
		{"empty", handshake + "Origin: \r\n", 403, ""},
		{"another port", handshake + "Origin: http://server.example.com:8080\r\n", 403, ""},
		{"a name that begins alike", handshake + "Origin: http://server.example.com.evil.example\r\n", 403, ""},
		{"ours as user information", handshake + "Origin: http://server.example.com@evil.example\r\n", 403, ""},
		{"a file", handshake + "Origin: file://server.example.com\r\n", 403, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(&recorder{}, websocket.Config{Options: websocket.Options{Protocols: []string{"v1", "v2"}}, Origins: []string{"https://app.example.com"}})
			res := webtest.Connect(web.NewSite(s, web.Config{Logger: quiet}), webtest.Config{}).Raw(tt.request + "\r\n")
			name, value, _ := strings.Cut(tt.head, ": ")
			if res.Status != tt.status || name != "" && res.Header.Get(name) != value {
				t.Errorf("%+v", res)
			}
			st := s.Stats()
			if st.Opened == 1 != (tt.status == 101) || st.Refused == 1 == (tt.status == 101) || st.Foreign == 1 != (tt.status == 403) {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestCheckOrigin(t *testing.T) {
	s := serve(&recorder{}, websocket.Config{CheckOrigin: func(r *web.Request, origin string) bool { return origin == "app://x" }})
	open(t, s, "Origin: app://x\r\n")
	if res := webtest.Connect(web.NewSite(s, web.Config{}), webtest.Config{}).Raw(handshake + "\r\n"); res.Status != 403 {
		t.Error(res.Status)
	}
	open(t, serve(&recorder{}, websocket.Config{Origins: []string{"*"}}), "Origin: https://evil.example\r\n")
}

func TestAccept(t *testing.T) {
	var late *web.Request
	s := websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		switch r.Query {
		case "problem":
			return nil, web.Forbidden("not you")
		case "error":
			return nil, errors.New("no database")
		case "own":
			r.Error(429, "")
			return nil, nil
		case "late":
			r.NotDoneYet()
			late = r
			return nil, nil
		}
		return websocket.Func(echo), nil
	}, websocket.Config{Connections: 2, Options: websocket.Options{Logger: quiet}})
	ask := func(query string) *webtest.Response {
		site := web.NewSite(s, web.Config{Logger: quiet})
		return webtest.Connect(site, webtest.Config{}).Raw(strings.Replace(handshake, "/chat", "/chat?"+query, 1) + "\r\n")
	}
	for query, status := range map[string]int{"problem": 403, "error": 500, "own": 429} {
		if res := ask(query); res.Status != status || !res.Finished {
			t.Errorf("%s: %+v", query, res)
		}
	}
	site := web.NewSite(s, web.Config{Logger: quiet})
	c := webtest.Connect(site, webtest.Config{})
	res := c.Raw(strings.Replace(handshake, "/chat", "/chat?late", 1) + "\r\n")
	if res.Status != 0 {
		t.Fatalf("%+v", res)
	}
	if err := s.Upgrade(late, websocket.Func(echo)); err != nil {
		t.Fatal(err)
	}
	if c.Settle(); res.Status != 101 {
		t.Errorf("%+v", res)
	}
	ask("")
	if res := ask(""); res.Status != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("%+v", res)
	}
	// A page cannot be upgraded by mistake.
	plain := webtest.Do(web.Func(func(r *web.Request) {
		if err := s.Upgrade(r, websocket.Func(echo)); !errors.Is(err, web.ErrNotUpgradable) {
			t.Error(err)
		}
	}), webtest.Request{})
	if plain.Status != 503 {
		t.Errorf("%+v", plain)
	}
}
