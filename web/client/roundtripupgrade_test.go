// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// What a 101 and a tunnel lead to is both read and written.
func TestRoundTripUpgradeBody(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if r.Method == "CONNECT" {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nhello ")
		} else {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ")
		}
		line, _ := rw.ReadString('\n')
		io.WriteString(c, strings.ToUpper(line))
	}))
	defer s.Close()
	for _, method := range []string{"GET", "CONNECT"} {
		_, a := onReactor(t, client.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, method, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if method == "GET" {
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "echo")
		}
		res, err := a.RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		rw, ok := res.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("%s: the Body is a %T", method, res.Body)
		}
		if want := map[string]int{"GET": 101, "CONNECT": 200}[method]; res.StatusCode != want || method == "GET" && res.Header.Get("Upgrade") != "echo" {
			t.Errorf("%s: %d, %v", method, res.StatusCode, res.Header)
		}
		if _, err := io.WriteString(rw, "more\n"); err != nil {
			t.Error(err)
		}
		if got, err := io.ReadAll(rw); string(got) != "hello MORE\n" || err != nil {
			t.Errorf("%s: %q, %v", method, got, err)
		}
		rw.Close()
		cancel()
	}
}

// An upgrade that net/http knows is one of HTTP/1.1, also beside a connection of HTTP/2 that would take it; where nothing else is spoken, the stream is what the Body is.
func TestRoundTripUpgradeVersions(t *testing.T) {
	for _, version := range []client.HTTP2{client.HTTP2Auto, client.HTTP2PriorKnowledge} {
		g := newSecureRig(t, client.Config{HTTP2: version}, "h2", "http/1.1")
		first := g.get(nil)
		g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
		f := g.accept()
		g.until("the request", func() bool { return len(f.log) > 0 })
		f.settings(h2.Setting{ID: h2.SettingEnableConnectProtocol, Value: 1})
		f.answer()
		g.until("the first", func() bool { return first.over > 0 })
		done := make(chan string, 1)
		go func() { // the test waits for it
			defer g.m.CallFromThread(func() {})
			req, err := http.NewRequest("GET", "https://"+farName+"/", nil)
			if err != nil {
				done <- err.Error()
				return
			}
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "echo")
			res, err := g.a.RoundTripper().RoundTrip(req)
			if err != nil {
				done <- err.Error()
				return
			}
			rw, ok := res.Body.(io.ReadWriteCloser)
			if !ok {
				done <- "no io.ReadWriteCloser"
				return
			}
			io.WriteString(rw, "more")
			b, err := io.ReadAll(rw)
			rw.Close()
			done <- res.Proto + " " + string(b)
			if err != nil {
				t.Error(err)
			}
		}()
		want := "HTTP/1.1 hello"
		if version == client.HTTP2Auto {
			g.until("the second attempt", func() bool { return len(g.m.Attempts()) > 0 })
			s := g.accept()
			g.until("the upgrade", func() bool { return strings.Contains(string(s.app.Data()), "Upgrade: echo\r\n") })
			s.says([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello"))
			g.until("what is written", func() bool { return strings.HasSuffix(string(s.app.Data()), "more") })
			s.app.Transport().LoseConnection()
		} else {
			want = "HTTP/2.0 hello"
			g.until("the upgrade", func() bool { return f.saw("HEADERS 3") })
			f.says(h2.AppendData(heads(nil, 3, false, ":status", "200"), 3, []byte("hello"), false))
			g.until("what is written", func() bool { return f.got[3] == 4 })
			f.says(h2.AppendData(nil, 3, nil, true))
		}
		g.until("the end", func() bool { return len(done) > 0 })
		if got := <-done; got != want {
			t.Errorf("%v: %q, want %q", version, got, want)
		}
		g.finish()
	}
}
