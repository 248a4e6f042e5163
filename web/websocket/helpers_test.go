// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
	"github.com/torsion-go/torsion/web/webtest"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// handshake is the request of RFC 6455 section 1.3.
const handshake = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

const deflate = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

// recorder keeps what its handler is told.
type recorder struct {
	c      *websocket.Conn
	events []string
	on     func(c *websocket.Conn, kind websocket.Kind, p []byte)
}

func (r *recorder) Open(c *websocket.Conn) {
	r.c = c
	r.note("open")
}

func (r *recorder) Message(c *websocket.Conn, kind websocket.Kind, p []byte) {
	r.note("%s %.20q", kind, p)
	if r.on != nil {
		r.on(c, kind, p)
	}
}

func (r *recorder) Pong(_ *websocket.Conn, p []byte) { r.note("pong %q", p) }

func (r *recorder) Close(_ *websocket.Conn, err *websocket.CloseError) {
	r.note("close %d %q clean=%t", err.Code, err.Reason, err.Clean)
}

func (r *recorder) note(format string, args ...any) {
	r.events = append(r.events, fmt.Sprintf(format, args...))
}

// is compares what the handler was told, from the start or the last call on.
func (r *recorder) is(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(r.events, "; "); got != strings.Join(want, "; ") {
		t.Errorf("the handler was told %s\nwant %s", got, strings.Join(want, "; "))
	}
	r.events = nil
}

func echo(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }

func serve(h websocket.Handler, config websocket.Config) *websocket.Server {
	if config.Logger == nil {
		config.Logger = quiet
	}
	return websocket.NewServer(func(*web.Request) (websocket.Handler, error) { return h, nil }, config)
}

// peer is a client in the test's hands.
type peer struct {
	*webtest.Conn
	t    *testing.T
	w    ws.Writer
	r    ws.Reader
	in   []byte
	site *web.Site
}

// open connects to root, with further header lines.
func open(t *testing.T, root web.Resource, lines string) *peer {
	t.Helper()
	return openOn(t, nil, root, lines)
}

// openOn is open on a loop that several share.
func openOn(t *testing.T, clock *protocoltest.Clock, root web.Resource, lines string) *peer {
	t.Helper()
	site := web.NewSite(root, web.Config{Logger: quiet})
	p := &peer{Conn: webtest.Connect(site, webtest.Config{Clock: clock}), t: t, site: site}
	res := p.Raw(handshake + lines + "\r\n")
	if res.Status != 101 || res.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%+v", res)
	}
	var params *ws.Params
	if c := (&ws.Compression{}); strings.Contains(res.Header.Get("Sec-Websocket-Extensions"), "deflate") {
		params = &ws.Params{Client: ws.Direction{Bits: 15}, Server: ws.Direction{Bits: 15}}
		p.w = ws.NewWriter(ws.Client, c, params)
	} else {
		p.w = ws.NewWriter(ws.Client, nil, nil)
	}
	p.r = ws.NewReader(ws.Client, &ws.Limits{Message: 100 << 20, ControlRate: -1}, params)
	return p
}

func (p *peer) feed(b []byte) {
	p.Transport.Feed(b)
	p.Settle()
}

func (p *peer) send(kind websocket.Kind, s string) {
	p.feed(p.w.AppendMessage(nil, ws.Opcode(kind), []byte(s)))
}

func (p *peer) ping(s string)       { p.feed(p.w.AppendPing(nil, []byte(s))) }
func (p *peer) pong(s string)       { p.feed(p.w.AppendPong(nil, []byte(s))) }
func (p *peer) close(code ws.Code)  { p.feed(p.w.AppendClose(nil, code, "")) }
func (p *peer) advance(s string)    { p.Advance(duration(s)) }
func (p *peer) is(want ...string)   { p.t.Helper(); p.compare(p.got(), want) }
func (p *peer) gone(want ...string) { p.t.Helper(); p.is(want...); p.closed(true) }

func (p *peer) closed(want bool) {
	if p.t.Helper(); p.Closed() != want {
		p.t.Errorf("closed: %t", p.Closed())
	}
}

func (p *peer) compare(got, want []string) {
	if p.t.Helper(); strings.Join(got, "; ") != strings.Join(want, "; ") {
		p.t.Errorf("the peer got %.300s\nwant %.300s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
}

// got returns what has come.
func (p *peer) got() (list []string) {
	p.t.Helper()
	p.in = append(p.in, p.Take()...)
	for {
		ev, n, err := p.r.Next(p.in)
		p.in = p.in[n:]
		if err != nil {
			p.t.Fatal(err)
		}
		switch ev.Kind {
		case ws.NoEvent:
			return list
		case ws.CloseEvent:
			list = append(list, fmt.Sprintf("close %d %q", ev.Code, ev.Data))
		default:
			list = append(list, fmt.Sprintf("%s %.20q", ev.Opcode, ev.Data))
		}
	}
}
