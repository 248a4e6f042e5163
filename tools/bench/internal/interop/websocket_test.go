// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	coder "github.com/coder/websocket"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// run runs a reactor until the test ends.
func run(t *testing.T, begin func(r *reactor.Reactor) error) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// hanging bounds what could hang.
func hanging(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// compressions are what both sides may be set to.
var compressions = []struct {
	name  string
	ours  websocket.Compression
	coder coder.CompressionMode
	want  string // a part of the answer's Sec-WebSocket-Extensions; "" means that there is none
}{
	{"none", websocket.Compression{Disabled: true}, coder.CompressionDisabled, ""},
	{"ours only", websocket.Compression{}, coder.CompressionDisabled, ""},
	{"its only", websocket.Compression{Disabled: true}, coder.CompressionContextTakeover, ""},
	{"without takeover", websocket.Compression{Threshold: 1}, coder.CompressionNoContextTakeover, "permessage-deflate"},
	{"takeover that is refused", websocket.Compression{Threshold: 1}, coder.CompressionContextTakeover, "permessage-deflate"},
	{"takeover", websocket.Compression{Threshold: 1, SendTakeover: true, ReceiveTakeover: true}, coder.CompressionContextTakeover, "permessage-deflate"},
	{"takeover that is not used", websocket.Compression{Threshold: 1, SendTakeover: true, ReceiveTakeover: true}, coder.CompressionNoContextTakeover, "permessage-deflate"},
}

// A message is sent in as many frames as it has parts.
type message struct {
	kind  websocket.Kind
	parts []string
}

func (m message) whole() string { return strings.Join(m.parts, "") }

var messages = []message{
	{websocket.Text, []string{"hello"}},
	{websocket.Text, []string{""}},
	{websocket.Binary, []string{"\x00\xff\x80"}},
	{websocket.Text, []string{strings.Repeat("é", 300)}},
	{websocket.Binary, []string{strings.Repeat("0123456789", 20_000)}},
	{websocket.Text, []string{"one ", "two ", "three"}},
	{websocket.Binary, []string{strings.Repeat("a", 70_000), "", strings.Repeat("b", 126)}},
	{websocket.Text, []string{"the end of a character is in the next frame: \xc3", "\xa9"}},
	{websocket.Text, []string{"hello"}},
}

func coderKind(k websocket.Kind) coder.MessageType {
	if k == websocket.Text {
		return coder.MessageText
	}
	return coder.MessageBinary
}

// An endpoint is a connection of ours. What happens on it goes to the channels, which have room for all of it.
type endpoint struct {
	websocket.Base
	echo  bool
	got   chan message
	ended chan *websocket.CloseError
}

func newEndpoint(echo bool) *endpoint {
	return &endpoint{echo: echo, got: make(chan message, len(messages)+1), ended: make(chan *websocket.CloseError, 1)}
}

func (e *endpoint) Message(c *websocket.Conn, kind websocket.Kind, p []byte) {
	switch {
	case string(p) == "close":
		c.Close(4001, "bye")
	case e.echo:
		c.Send(kind, p)
	default:
		e.got <- message{kind, []string{string(p)}}
	}
}

func (e *endpoint) Close(_ *websocket.Conn, err *websocket.CloseError) { e.ended <- err }

// ends checks how a connection of ours has ended.
func (e *endpoint) ends(t *testing.T, code websocket.Code, reason string) {
	t.Helper()
	if err := <-e.ended; err.Code != code || err.Reason != reason || !err.Clean {
		t.Errorf("it ended with %v, clean %v; want %v %q, clean", err, err.Clean, code, reason)
	}
}

// dialOurs has the other library's client connect to a server of ours.
func dialOurs(t *testing.T, o websocket.Options, mode coder.CompressionMode) (*coder.Conn, *http.Response, *endpoint) {
	t.Helper()
	e := newEndpoint(true)
	o.Logger = quiet
	s := websocket.NewServer(func(*web.Request) (websocket.Handler, error) { return e, nil }, websocket.Config{Options: o})
	var url string
	run(t, func(r *reactor.Reactor) error {
		port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(s, web.Config{}), reactor.ListenOptions{})
		if err == nil {
			url = "ws://" + port.Addr().String() + "/"
		}
		return err
	})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, resp, err := coder.Dial(hanging(t), url, &coder.DialOptions{HTTPClient: &http.Client{Transport: transport}, CompressionMode: mode, CompressionThreshold: 1, Subprotocols: o.Protocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	c.SetReadLimit(1 << 20)
	return c, resp, e
}

func negotiated(t *testing.T, h http.Header, want string) {
	t.Helper()
	if got := h.Get("Sec-WebSocket-Extensions"); (got == "") != (want == "") || !strings.Contains(got, want) {
		t.Errorf("the server answers extensions %q, want %q", got, want)
	}
}

// send sends by the other library.
func send(ctx context.Context, c *coder.Conn, m message) error {
	if len(m.parts) == 1 {
		return c.Write(ctx, coderKind(m.kind), []byte(m.parts[0]))
	}
	w, err := c.Writer(ctx, coderKind(m.kind))
	if err != nil {
		return err
	}
	for _, part := range m.parts {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	return w.Close()
}

func TestOurServer(t *testing.T) {
	for _, tt := range compressions {
		t.Run(tt.name, func(t *testing.T) {
			c, resp, e := dialOurs(t, websocket.Options{Compression: tt.ours, Protocols: []string{"a"}}, tt.coder)
			negotiated(t, resp.Header, tt.want)
			if c.Subprotocol() != "a" {
				t.Errorf("the subprotocol is %q", c.Subprotocol())
			}
			ctx := hanging(t)
			for k, m := range messages {
				if err := send(ctx, c, m); err != nil {
					t.Fatalf("message %d: %v", k, err)
				}
				kind, p, err := c.Read(ctx)
				if err != nil || kind != coderKind(m.kind) || string(p) != m.whole() {
					t.Fatalf("message %d came back as %v of %d bytes, %v", k, kind, len(p), err)
				}
			}
			if err := c.Close(4000, "done"); err != nil {
				t.Error(err)
			}
			e.ends(t, 4000, "done")
		})
	}
}

// What our server closes a connection with arrives.
func TestOurServerCloses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		m      message
		code   coder.StatusCode
		reason string
	}{
		{"by its program", message{websocket.Text, []string{"close"}}, 4001, "bye"},
		{"too big", message{websocket.Binary, []string{strings.Repeat("x", 1001)}}, coder.StatusMessageTooBig, ""},
		{"too big in parts", message{websocket.Binary, []string{strings.Repeat("x", 600), strings.Repeat("y", 600)}}, coder.StatusMessageTooBig, ""},
		{"not UTF-8", message{websocket.Text, []string{"\xff"}}, coder.StatusInvalidFramePayloadData, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := dialOurs(t, websocket.Options{MaxMessage: 1000}, coder.CompressionDisabled)
			ctx := hanging(t)
			if err := send(ctx, c, tt.m); err != nil {
				t.Fatal(err)
			}
			_, _, err := c.Read(ctx)
			var end coder.CloseError
			if !errors.As(err, &end) || end.Code != tt.code || tt.reason != "" && end.Reason != tt.reason {
				t.Errorf("Read: %v, want %v", err, tt.code)
			}
		})
	}
}

// Its Ping is answered by our server.
func TestPing(t *testing.T) {
	c, _, e := dialOurs(t, websocket.Options{}, coder.CompressionDisabled)
	ctx := hanging(t)
	reading := c.CloseRead(ctx)
	for range 3 {
		if err := c.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(coder.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	e.ends(t, websocket.NormalClosure, "")
	<-reading.Done()
}

// theirs runs a server of the other library, which echoes, and closes upon the message "close". What it ends with goes to the channel.
func theirs(t *testing.T, o *coder.AcceptOptions) (url string, extensions chan string, ended chan error) {
	t.Helper()
	extensions, ended = make(chan string, 1), make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := coder.Accept(w, r, o)
		if err != nil {
			ended <- err
			return
		}
		defer c.CloseNow()
		extensions <- w.Header().Get("Sec-WebSocket-Extensions")
		c.SetReadLimit(1 << 20)
		ctx := context.Background()
		for {
			kind, p, err := c.Read(ctx)
			if err != nil {
				ended <- err
				return
			}
			if string(p) == "close" {
				ended <- c.Close(4002, "its bye")
				return
			}
			m := message{websocket.Binary, []string{string(p)}}
			if kind == coder.MessageText {
				m.kind = websocket.Text
			}
			if k := len(p) / 2; k > 1000 { // in two frames
				m.parts = []string{string(p[:k]), string(p[k:])}
			}
			if err := send(ctx, c, m); err != nil {
				ended <- err
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http") + "/", extensions, ended
}

// dial connects our client. do has f called with the connection, on its loop, and returns its error.
func dial(t *testing.T, url string, o websocket.Options) (e *endpoint, do func(f func(c *websocket.Conn) error) error) {
	t.Helper()
	type connected struct {
		c   *websocket.Conn
		err error
	}
	e = newEndpoint(false)
	o.Logger = quiet
	opened := make(chan connected, 1)
	run(t, func(r *reactor.Reactor) error {
		agent, err := client.New(r.Loops()[0], client.Config{})
		r.CallWhenRunning(func() {
			websocket.Dial(agent, url, e, websocket.DialConfig{Options: o}).Done(func(c *websocket.Conn, err error) { opened <- connected{c, err} })
		})
		return err
	})
	got := <-opened
	if got.err != nil {
		t.Fatal(got.err)
	}
	return e, func(f func(c *websocket.Conn) error) error {
		failed := make(chan error, 1)
		got.c.Loop().CallFromThread(func() { failed <- f(got.c) })
		return <-failed
	}
}

func TestOurClient(t *testing.T) {
	for _, tt := range compressions {
		t.Run(tt.name, func(t *testing.T) {
			url, extensions, ended := theirs(t, &coder.AcceptOptions{CompressionMode: tt.coder, CompressionThreshold: 1, Subprotocols: []string{"b"}})
			e, do := dial(t, url, websocket.Options{Compression: tt.ours, Protocols: []string{"a", "b"}})
			negotiated(t, http.Header{"Sec-Websocket-Extensions": {<-extensions}}, tt.want)
			for k, m := range messages {
				err := do(func(c *websocket.Conn) error {
					if c.Protocol() != "b" {
						return fmt.Errorf("the subprotocol is %q", c.Protocol())
					}
					if len(m.parts) == 1 {
						return c.Send(m.kind, []byte(m.parts[0]))
					}
					for i, part := range m.parts {
						if err := c.SendPart(m.kind, []byte(part), i == len(m.parts)-1); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatalf("message %d: %v", k, err)
				}
				select {
				case back := <-e.got:
					if back.kind != m.kind || back.whole() != m.whole() {
						t.Fatalf("message %d came back as %v of %d bytes", k, back.kind, len(back.whole()))
					}
				case end := <-e.ended:
					t.Fatalf("message %d: %v", k, end)
				}
			}
			if err := do(func(c *websocket.Conn) error { return c.Close(4003, "our bye") }); err != nil {
				t.Error(err)
			}
			var end coder.CloseError
			if err := <-ended; !errors.As(err, &end) || end.Code != 4003 || end.Reason != "our bye" {
				t.Errorf("the server's Read: %v", err)
			}
			e.ends(t, 4003, "our bye")
		})
	}
}

// What its server closes a connection with arrives.
func TestItsServerCloses(t *testing.T) {
	url, _, ended := theirs(t, nil)
	e, do := dial(t, url, websocket.Options{})
	if err := do(func(c *websocket.Conn) error { return c.SendText("close") }); err != nil {
		t.Fatal(err)
	}
	e.ends(t, 4002, "its bye")
	if err := <-ended; err != nil {
		t.Errorf("the server's Close: %v", err)
	}
}

// A handshake that is refused tells of it.
func TestItsServerRefuses(t *testing.T) {
	url, _, ended := theirs(t, nil)
	e := newEndpoint(false)
	failed := make(chan error, 1)
	run(t, func(r *reactor.Reactor) error {
		agent, err := client.New(r.Loops()[0], client.Config{})
		var foreign web.Header
		foreign.Set("Origin", "https://elsewhere.example")
		r.CallWhenRunning(func() {
			websocket.Dial(agent, url, e, websocket.DialConfig{Header: foreign}).Done(func(_ *websocket.Conn, err error) { failed <- err })
		})
		return err
	})
	var refused *websocket.HandshakeError
	if err := <-failed; !errors.As(err, &refused) || refused.Response.Status != http.StatusForbidden {
		t.Errorf("got %v, want 403", err)
	}
	if err := <-ended; err == nil {
		t.Error("the server has accepted it")
	}
}
