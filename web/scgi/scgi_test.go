// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scgi_test

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/scgi"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// request makes a request of an application in memory, and returns both ends.
func request(t *testing.T, cfg scgi.Config, text string) (m *reactortest.Memory, client, app *reactortest.Peer) {
	t.Helper()
	m = reactortest.NewMemory(t)
	cfg.Logger = slog.New(slog.DiscardHandler)
	a, err := scgi.New("tcp:127.0.0.1:4000", cfg)
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(a, web.Config{Logger: cfg.Logger})
	if _, err := m.ListenTCP("127.0.0.1:80", site, reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	client = m.Dial("127.0.0.1:80")
	m.Settle()
	client.Write([]byte(text))
	m.Settle()
	if app = m.Answer("127.0.0.1:4000"); app == nil {
		t.Fatalf("the application was not connected to: %q", client.Received())
	}
	m.Settle()
	return m, client, app
}

func TestRequest(t *testing.T) {
	m, client, app := request(t, scgi.Config{Params: func(*web.Request) map[string]string { return map[string]string{"MINE": "yes"} }},
		"POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
	got := string(app.Received())
	size, rest, ok := strings.Cut(got, ":")
	n, err := strconv.Atoi(size)
	if !ok || err != nil || len(rest) < n+1 || rest[n:] != ",hello" {
		t.Fatalf("not a netstring and a body: %q", got)
	}
	vars := "\x00" + rest[:n]
	if !strings.HasPrefix(vars, "\x00CONTENT_LENGTH\x005\x00SCGI\x001\x00") || strings.Count(vars, "CONTENT_LENGTH") != 1 {
		t.Errorf("got %q", vars)
	}
	for _, want := range []string{"REQUEST_METHOD\x00POST", "QUERY_STRING\x00b", "PATH_INFO\x00/a", "MINE\x00yes"} {
		if !strings.Contains(vars, "\x00"+want+"\x00") {
			t.Errorf("%q is missing in %q", want, vars)
		}
	}
	app.Write([]byte("Status: 201 Made\r\nContent-Type: text/plain\r\n\r\nan answer"))
	m.Settle()
	app.Close()
	m.Settle()
	if got := string(client.Received()); !strings.HasPrefix(got, "HTTP/1.1 201 Made\r\n") || !strings.HasSuffix(got, "9\r\nan answer\r\n0\r\n\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestFailures(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	m, client, app := request(t, scgi.Config{}, get)
	if got := string(app.Received()); !strings.Contains(got, ":CONTENT_LENGTH\x000\x00") {
		t.Errorf("without a body: %q", got)
	}
	app.Write([]byte("A: b\n"))
	app.Close()
	m.Settle()
	if got := string(client.Received()); !strings.HasPrefix(got, "HTTP/1.1 502 ") {
		t.Errorf("an answer without a body: %q", got)
	}
	m, client, app = request(t, scgi.Config{}, get)
	app.Write([]byte("A: b\n\nhalf"))
	m.Settle()
	app.Received()
	app.Abort()
	m.Settle()
	if got := string(client.Received()); strings.HasSuffix(got, "0\r\n\r\n") {
		t.Errorf("a reset is taken for the end: %q", got)
	}
	m, client, _ = request(t, scgi.Config{Timeouts: scgi.Timeouts{First: time.Second}}, get)
	m.Advance(time.Second)
	if got := string(client.Received()); !strings.HasPrefix(got, "HTTP/1.1 504 ") {
		t.Errorf("an application that does not answer: %q", got)
	}
}
