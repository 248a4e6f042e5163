// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestShortAnswerHasItsLength(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send(get)
	app := x.app()
	req := decode(t, app.Received())
	if req.types != "14-4-5" || !strings.Contains(req.params, "QUERY_STRINGq") || !strings.Contains(req.params, "\x09\x04PATH_INFO/a/b") {
		t.Errorf("the application got %q", req)
	}
	x.answer(app, stdout("Status: 201 Made\r\nX-A: 1\r\nX-A: 2\r\n\r\nhel"), stdout("lo"), stderr("a note\n"), end(0))
	got := string(c.Received())
	if !strings.HasPrefix(got, "HTTP/1.1 201 Made\r\n") || !strings.Contains(got, "Content-Length: 5\r\n") || !strings.HasSuffix(got, "X-A: 2\r\n\r\nhello") && !strings.HasSuffix(got, "\r\n\r\nhello") {
		t.Errorf("got %q", got)
	}
	if strings.Count(got, "X-A: ") != 2 || !strings.Contains(x.log.String(), "a note") {
		t.Errorf("got %q, log %s", got, x.log)
	}
	if len(x.done) != 1 || x.done[0].Err != nil || x.g.Stats() != (gateway.Stats{Requests: 1}) {
		t.Errorf("outcome %v, %+v", x.done, x.g.Stats())
	}
	if app.Err() == nil {
		t.Error("the connection to the application stays open")
	}
}

func TestAnswerInPieces(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send(get)
	app := x.app()
	all := string(stdout("Content-Type: a/b\n\none")) + string(stdout(" two")) + string(end(0))
	for i := range len(all) {
		x.answer(app, []byte(all[i:i+1]))
	}
	got := string(c.Received())
	if !strings.Contains(got, "chunked") || !strings.HasSuffix(got, "1\r\no\r\n1\r\nn\r\n1\r\ne\r\n1\r\n \r\n1\r\nt\r\n1\r\nw\r\n1\r\no\r\n0\r\n\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestUploadIsHeldUpByTheApplication(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n")
	app := x.app()
	app.SetWindow(1000)
	sent, body := 0, make([]byte, 8000000)
	for range 50 { // as much as anybody takes
		n, err := c.Write(body[sent:])
		if err != nil {
			t.Fatal(err)
		}
		sent += n
		x.Settle()
	}
	if sent > 3<<20 { // the network itself takes 1 MiB
		t.Errorf("%d bytes were taken for an application that takes 1000", sent)
	}
	var got []byte
	app.SetWindow(1 << 20)
	for range 1000 {
		got = append(got, app.Received()...)
		n, _ := c.Write(body[sent:])
		sent += n
		x.Settle()
	}
	if req := decode(t, got); len(req.stdin) != len(body) || !strings.HasSuffix(req.types, "-5") {
		t.Errorf("the application got %d bytes of body", len(req.stdin))
	}
	x.answer(app, stdout("A: b\n\n"), end(0))
	x.expect(c, "200", "Content-Length: 0\r\n")
}

func TestAnswerIsHeldUpByTheClient(t *testing.T) {
	x := newRig(t, gateway.Config{Timeouts: gateway.Timeouts{Between: time.Second}})
	c := x.send(get)
	c.SetWindow(1000)
	app := x.app()
	x.answer(app, stdout("A: b\n\n"))
	taken := 0
	piece := stdout(strings.Repeat("x", 10000))
	for range 1000 {
		n, err := app.Write(piece)
		if err != nil {
			t.Fatal(err)
		}
		x.Settle()
		if taken += n; n < len(piece) {
			break
		}
	}
	if taken > 3<<20 {
		t.Errorf("%d bytes were taken from the application for a client that takes 1000", taken)
	}
	x.Advance(5 * time.Second)
	if len(x.done) != 0 {
		t.Error("the application's time ran out while the client held it up")
	}
	c.SetWindow(1 << 20)
	for range 100 {
		c.Received()
		x.Settle()
	}
	x.Advance(5 * time.Second)
	if len(x.done) != 1 || !x.done[0].TimedOut {
		t.Errorf("the application's time did not run on when the client had read: %v", x.done)
	}
}

func TestClientLeaves(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
	app := x.app()
	c.Abort()
	x.Settle()
	if req := decode(t, app.Received()); !strings.HasSuffix(req.types, "-2") || app.Err() == nil {
		t.Errorf("the application got %q, %v", req, app.Err())
	}
	if len(x.done) != 1 || x.done[0].Err == nil || x.g.Stats().Active != 0 {
		t.Errorf("outcome %v", x.done)
	}
	c = x.send(get) // and while the connection is being made
	c.Abort()
	x.Settle()
	if n := len(x.Attempts()); n != 0 || len(x.done) != 2 {
		t.Errorf("%d attempts go on, outcome %v", n, x.done)
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer []byte
		close  bool
		status string
	}{
		{"closed at once", nil, true, "502"},
		{"closed in the header", stdout("A: b\n"), true, "502"},
		{"no header", append(stdout(""), end(0)...), false, "502"},
		{"bad status", stdout("Status: 99\n\n"), false, "502"},
		{"header too long", stdout(strings.Repeat("x", 70000)), false, "502"},
		{"no FastCGI", []byte("HTTP/1.1 200 OK\r\n\r\n"), false, "502"},
		{"overloaded", end(2), false, "503"},
		{"unknown role", end(3), false, "502"},
		{"wrong length", []byte{1, 3, 0, 1, 0, 9, 0, 0}, false, "502"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := newRig(t, gateway.Config{})
			c := x.send(get)
			app := x.app()
			app.Received()
			app.Write(test.answer)
			x.Settle()
			if test.close {
				app.Close()
				x.Settle()
			}
			x.expect(c, test.status, "")
			x.Advance(2 * time.Second)
			if app.Err() == nil && !test.close {
				t.Error("the connection stays open")
			}
		})
	}
}

func TestCutOffInTheBody(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send(get)
	app := x.app()
	x.answer(app, stdout("A: b\n\nhello"))
	app.Abort()
	x.Settle()
	if got := string(c.Received()); strings.HasSuffix(got, "0\r\n\r\n") || c.Err() == nil {
		t.Errorf("the client cannot tell that it was cut off: %q, %v", got, c.Err())
	}
}

func TestTimeLimits(t *testing.T) {
	limits := gateway.Timeouts{Connect: time.Second, First: 2 * time.Second, Between: 3 * time.Second, Total: 10 * time.Second}
	t.Run("connect", func(t *testing.T) {
		x := newRig(t, gateway.Config{Timeouts: limits})
		c := x.send(get)
		x.Advance(time.Second)
		x.expect(c, "504", "")
	})
	t.Run("refused", func(t *testing.T) {
		x := newRig(t, gateway.Config{Timeouts: limits})
		c := x.send(get)
		x.Refuse(backend, syscall.ECONNREFUSED)
		x.Settle()
		x.expect(c, "502", "")
		if !errors.Is(x.done[0].Err, syscall.ECONNREFUSED) || x.done[0].Began {
			t.Errorf("outcome %v", x.done)
		}
	})
	t.Run("first", func(t *testing.T) {
		x := newRig(t, gateway.Config{Timeouts: limits})
		c := x.send(get)
		x.app()
		x.Advance(2 * time.Second)
		x.expect(c, "504", "")
	})
	t.Run("total", func(t *testing.T) {
		x := newRig(t, gateway.Config{Timeouts: limits})
		c := x.send(get)
		app := x.app()
		x.answer(app, stdout("A: b\n\n"))
		for range 9 {
			x.answer(app, stdout("x"))
			x.Advance(time.Second)
		}
		if len(x.done) != 0 {
			t.Error("too early")
		}
		x.Advance(time.Second)
		if len(x.done) != 1 || !x.done[0].TimedOut || c.Err() == nil || x.g.Stats().TimedOut != 1 {
			t.Errorf("outcome %v, %v", x.done, c.Err())
		}
	})
}

// A program is not blamed for a client that sends slowly.
func TestSlowUpload(t *testing.T) {
	x := newRig(t, gateway.Config{Timeouts: gateway.Timeouts{First: time.Second, Between: time.Second}})
	c := x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\nabc")
	app := x.app()
	x.answer(app, stdout("A: b\n\nx"))
	x.Advance(5 * time.Second)
	if len(x.done) != 0 {
		t.Fatalf("outcome %v", x.done)
	}
	app.SetWindow(1)
	c.Write(make([]byte, 200000))
	x.Settle()
	x.Advance(time.Second)
	if len(x.done) != 1 || !x.done[0].TimedOut {
		t.Errorf("a program that does not take the request: %v", x.done)
	}
}

func TestTooManyRequests(t *testing.T) {
	x := newRig(t, gateway.Config{MaxActive: 1})
	x.send(get)
	x.app()
	x.expect(x.send(get), "503", "Retry-After: 1\r\n")
	if s := x.g.Stats(); s.Refused != 1 || s.Active != 1 {
		t.Errorf("%+v", s)
	}
}

func TestKeptConnections(t *testing.T) {
	x := newRig(t, gateway.Config{KeepIdle: 1, Timeouts: gateway.Timeouts{Idle: time.Minute}})
	c := x.send(get)
	app := x.app()
	x.answer(app, stdout("A: b\n\n1"), end(0))
	x.expect(c, "200", "1")
	app.Received()
	c.Write([]byte(get))
	x.Settle()
	if req := decode(t, app.Received()); req.types != "14-4-5" {
		t.Fatalf("the kept connection got %q", req)
	}
	app.Close() // as one does that has counted its requests
	x.Settle()
	app = x.app()
	x.answer(app, stdout("A: b\n\n2"), end(0))
	x.expect(c, "200", "2")
	x.Advance(time.Minute)
	if app.Err() == nil {
		t.Error("the idle connection stays open")
	}
	c.Write([]byte(get))
	x.Settle()
	app = x.app()
	x.answer(app, stdout("A: b\n\n3"), end(0))
	x.answer(app, stdout("unasked"))
	if app.Err() == nil {
		t.Error("a connection that speaks unasked is kept")
	}
	c.Write([]byte(get))
	x.Settle()
	x.answer(x.app(), stdout("A: b\n\n4"), end(0))
	x.expect(c, "200", "4")
	x.g.Close()
	x.Settle()
}

func TestHeadAndChunkedUpload(t *testing.T) {
	x := newRig(t, gateway.Config{})
	c := x.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
	x.answer(x.app(), stdout("Content-Length: 5\n\nhello"), stdout(strings.Repeat("x", 9000)), end(0))
	x.expect(c, "200", "Content-Length: 5\r\n")
	c = x.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
	app := x.app()
	req := decode(t, app.Received())
	if req.stdin != "abcdef" || !strings.Contains(req.params, "CONTENT_LENGTH6") || strings.Contains(req.params, "TRANSFER") {
		t.Errorf("the application got %q", req)
	}
	x.answer(app, stdout("Location: /x\n\n"), end(0))
	x.expect(c, "302", "Location: /x\r\n")
	c = x.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n")
	x.expect(c, "411", "")
}

// An application that answers before it has read the request is not waited for.
func TestEarlyAnswer(t *testing.T) {
	x := newRig(t, gateway.Config{KeepIdle: 1})
	c := x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")
	app := x.app()
	x.answer(app, stdout("A: b\n\nno"), end(0))
	x.expect(c, "200", "no")
	if app.Err() == nil {
		t.Error("a connection with half a request on it is kept")
	}
	c.Write([]byte("def" + get))
	x.Settle()
	x.answer(x.app(), stdout("A: b\n\nyes"), end(0))
	x.expect(c, "200", "yes")
}

// Class 61: what a program says is logged in one line, bounded.
func TestStderrIsBounded(t *testing.T) {
	x := newRig(t, gateway.Config{})
	x.send(get)
	app := x.app()
	for range 200 {
		x.answer(app, stderr("line\x1b[31m\n"))
	}
	if n := strings.Count(x.log.String(), "stderr"); n != 100 || strings.Contains(x.log.String(), "\x1b") {
		t.Errorf("%d lines: %q", n, x.log.String()[:300])
	}
}

// A Location that is a path is answered by this server, without the body of the request, and not for ever.
func TestLocalRedirect(t *testing.T) {
	x := newRig(t, gateway.Config{Local: web.LeafFunc(func(r *web.Request) {
		fmt.Fprintf(r, "%s %s %s %q %d", r.Method, r.Path, r.Query, r.PostPath, r.Header.Len())
	})})
	c := x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
	x.answer(x.app(), stdout("Location: /p%20q/x?a=b\n\n"), end(0))
	x.expect(c, "200", `GET /p%20q/x a=b ["p q" "x"] 1`)
	c = x.send(get)
	x.answer(x.app(), stdout("Status: 303 Elsewhere\nLocation: /x\n\n"), end(0))
	x.expect(c, "303", "Location: /x\r\n")

	var again web.Resource
	x = newRig(t, gateway.Config{Local: web.LeafFunc(func(r *web.Request) { again.Render(r) })})
	again = x.site
	c = x.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
	for i := range 11 {
		app := x.app()
		if req := decode(t, app.Received()); (req.stdin == "abc") != (i == 0) {
			t.Errorf("request %d has the body %q", i, req.stdin)
		}
		x.answer(app, stdout("Location: /again\n\n"), end(0))
	}
	x.expect(c, "500", "")
	if !strings.Contains(x.log.String(), "local redirect refused") {
		t.Errorf("log: %s", x.log)
	}
}
