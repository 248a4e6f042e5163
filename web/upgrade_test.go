// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// taker knows nothing of half-close; halfway notes it.
type (
	taker   struct{ protocoltest.Accumulating }
	halfway struct{ taker }
)

func (h *halfway) ReadConnectionLost(protocol.Transport)  { h.Note("read lost") }
func (h *halfway) WriteConnectionLost(protocol.Transport) { h.Note("write lost") }

// shout answers in capitals.
func shout() *taker {
	p := new(taker)
	p.OnMade = func(t protocol.Transport) { io.WriteString(t, "READY;") }
	p.OnData = func(t protocol.Transport, b []byte) { io.WriteString(t, strings.ToUpper(string(b))) }
	return p
}

const upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: shout/1, other\r\n\r\n"

// upgrading takes each connection for p, at once, later, or after the body.
func upgrading(t *testing.T, how string, p protocol.Protocol) web.Resource {
	take := func(r *web.Request) {
		r.ResponseHeader().Set("X-Key", "k")
		if how == "at once" { // gathered only
			r.ResponseHeader().Set("Content-Length", "5")
			io.WriteString(r, "never sent")
		}
		if err := r.Upgrade(p); err != nil {
			t.Error(err)
		}
		if err := r.Upgrade(p); !errors.Is(err, web.ErrNotUpgradable) {
			t.Errorf("taken twice: %v", err)
		}
		if _, err := io.WriteString(r, "x"); !errors.Is(err, web.ErrFinished) {
			t.Errorf("Write: %v", err)
		}
	}
	return web.Func(func(r *web.Request) {
		switch {
		case r.Path != "/chat":
			r.WriteString(r.Path)
		case how == "later":
			r.NotDoneYet()
			r.Loop().CallLater(0, func() { take(r) })
		case r.ContentLength() != 0:
			r.ReadBody(func([]byte, error) { take(r) })
		default:
			take(r)
		}
	})
}

// What came together with the head is the protocol's, however it was cut up.
func TestUpgradeInEverySplit(t *testing.T) {
	for _, how := range []string{"at once", "later", "after the body"} {
		head := upgrade
		if how == "after the body" {
			head = strings.Replace(upgrade, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nabc", 1)
		}
		protocoltest.Splits(t, []byte("GET /first HTTP/1.1\r\nHost: a\r\n\r\n"+head+"hello GET / HTTP/1.1"), func(pieces iter.Seq[[]byte]) string {
			p := shout()
			tr, site := serve(t, upgrading(t, how, p), web.Config{})
			for b := range pieces {
				tr.Feed(b)
			}
			settle(tr)
			if n := site.Stats(); n.Open != 0 || n.Upgraded != 1 || n.Requests != 2 {
				t.Errorf("%+v", n)
			}
			tr.FeedString(" more")
			settle(tr)
			tr.Lose(io.ErrUnexpectedEOF)
			return fmt.Sprintf("%q %q %v", tr.Value(), p.Events(), p.Reason())
		})
		p := shout()
		tr, _ := serve(t, upgrading(t, how, p), web.Config{})
		tr.FeedString(head + "hello")
		settle(tr)
		want := "HTTP/1.1 101 Switching Protocols\r\nX-Key: k\r\nServer: Torsion\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n" +
			"Connection: Upgrade\r\n\r\nREADY;HELLO"
		got := strings.Replace(tr.Value(), "Upgrade: shout/1\r\n", "", 1)
		if got != want || header(tr.Value(), "Upgrade") != "shout/1" {
			t.Errorf("%s: got %q, want %q", how, tr.Value(), want)
		}
	}
}

// Nothing that the site measures or ends concerns the connection any more.
func TestUpgradeLeavesTheSite(t *testing.T) {
	p := shout()
	var log accessLog
	ended := make([]error, 0, 1)
	root := upgrading(t, "", p)
	tr, site := serve(t, web.Func(func(r *web.Request) {
		r.NotifyFinish(func(err error) { ended = append(ended, err) })
		ctx := r.Context()
		root.Render(r)
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("the context: %v", ctx.Err())
		}
	}), web.Config{AccessLog: &log})
	tr.FeedString(upgrade)
	settle(tr)
	if len(ended) != 1 || ended[0] != nil || len(log) != 1 || log[0].Status != 101 {
		t.Errorf("the request ended with %v, log %v", ended, log)
	}
	site.Drain()
	if err := site.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for range 100 {
		tr.Clock.Advance(time.Hour)
	}
	if tr.Disconnecting() || len(tr.Clock.Calls()) != 0 {
		t.Errorf("disconnecting %v, calls %v", tr.Disconnecting(), tr.Clock.Calls())
	}
	if tr.HasProducer() {
		t.Error("a producer is registered")
	}
	p.Transport().LoseConnection()
	settle(tr)
	if got := p.Events(); fmt.Sprint(got) != "[made lost]" || !errors.Is(p.Reason(), net.ErrClosed) {
		t.Errorf("%v %v", got, p.Reason())
	}
}

// accessLog keeps copies.
type accessLog []web.Access

func (l *accessLog) LogAccess(a *web.Access) { *l = append(*l, *a) }

// CONNECT is answered by Upgrade only: any other success would be taken for a tunnel.
func TestConnect(t *testing.T) {
	const connect = "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"
	p := shout()
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		if r.Method != "CONNECT" || r.Path != "" || r.Host != "b:443" || len(r.PostPath) != 0 {
			t.Errorf("%+v", r)
		}
		if err := r.Upgrade(p); err != nil {
			t.Error(err)
		}
	}), web.Config{})
	tr.FeedString(connect + "hello")
	settle(tr)
	if got := tr.Value(); status(got) != "200 OK" || body(got) != "READY;HELLO" || strings.Contains(got, "Content-") || strings.Contains(got, "Connection") {
		t.Errorf("got %q", got)
	}
	var tree web.Tree
	tree.PutChild("x", hello)
	for name, tt := range map[string]struct {
		root web.Resource
		want string
	}{
		"text":    {hello, "501"},
		"long":    {web.Func(func(r *web.Request) { r.Write(make([]byte, 100000)) }), "501"},
		"flushed": {web.Func(func(r *web.Request) { r.SetStatus(204); r.Flush() }), "501"},
		"tree":    {&tree, "501"},
		"methods": {web.Get(func(*web.Request) {}), "501"},
		"refused": {web.Func(func(r *web.Request) { r.Error(403, "") }), "403"},
	} {
		got, tr := exchange(t, tt.root, connect+smuggled)
		if !strings.HasPrefix(status(got), tt.want) || !strings.Contains(body(got), "<html") {
			t.Errorf("%s: got %q", name, got)
		}
		if header(got, "Connection") != "close" || strings.Count(got, "HTTP/1.1 ") != 1 || !tr.Disconnecting() && !tr.WriteClosed() {
			t.Errorf("%s: what follows is taken for a request: %q", name, got)
		}
	}
}

func TestNotUpgradable(t *testing.T) {
	p := func() protocol.Protocol { return shout() }
	for name, tt := range map[string]struct {
		in   string
		f    func(r *web.Request) error
		want error
	}{
		"not asked":       {get, func(r *web.Request) error { return r.Upgrade(p()) }, web.ErrNotUpgradable},
		"not by the hop":  {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n", func(r *web.Request) error { return r.Upgrade(p()) }, web.ErrNotUpgradable},
		"HTTP/1.0":        {strings.Replace(upgrade, "HTTP/1.1", "HTTP/1.0", 1), func(r *web.Request) error { return r.Upgrade(p()) }, web.ErrNotUpgradable},
		"unread body":     {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", func(r *web.Request) error { return r.Detach(p()) }, web.ErrNotUpgradable},
		"unread chunks":   {chunked, func(r *web.Request) error { return r.Detach(p()) }, web.ErrNotUpgradable},
		"head sent":       {upgrade, func(r *web.Request) error { r.Flush(); return r.Upgrade(p()) }, web.ErrNotUpgradable},
		"finished":        {upgrade, func(r *web.Request) error { r.Finish(); return r.Detach(p()) }, web.ErrNotUpgradable},
		"aborted":         {upgrade, func(r *web.Request) error { r.Abort(); return r.Detach(p()) }, net.ErrClosed},
		"a line too many": {upgrade, func(r *web.Request) error { r.ResponseHeader().Set("X", "a\r\nb"); return r.Upgrade(p()) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			called := false
			tr, site := serve(t, web.Func(func(r *web.Request) {
				called = true
				err := tt.f(r)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			}), web.Config{})
			tr.FeedString(tt.in)
			settle(tr)
			if !called || strings.Contains(tr.Value(), " 101 ") || site.Stats().Upgraded != 0 {
				t.Errorf("got %q", tr.Value())
			}
		})
	}
}

// The protocol holds back what the site had read, like all other input.
func TestDetachedInputCanBePaused(t *testing.T) {
	p := new(halfway)
	p.OnMade = func(t protocol.Transport) { t.Pause() }
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		if err := r.Detach(p); err != nil {
			t.Error(err)
		}
	}), web.Config{})
	tr.FeedString(get + "one ")
	tr.FeedString("two")
	tr.FeedEOF()
	settle(tr)
	if p.Len() != 0 || tr.ProducerState() != protocoltest.Paused || tr.Value() != "" {
		t.Errorf("%q arrived, %v, %q sent", p.Data(), tr.ProducerState(), tr.Value())
	}
	p.Transport().Resume()
	if p.Len() != 0 {
		t.Error("DataReceived inside Resume")
	}
	settle(tr)
	if got := string(p.Data()); got != "one two" || fmt.Sprint(p.Events()) != "[made data read lost]" {
		t.Errorf("%q, %v", got, p.Events())
	}
	half, _ := protocol.As[protocol.HalfCloseTransport](p.Transport())
	io.WriteString(p.Transport(), "bye")
	half.LoseWriteConnection()
	settle(tr)
	if fmt.Sprint(p.Events()) != "[made data read lost write lost lost]" || !errors.Is(p.Reason(), io.EOF) || tr.Value() != "bye" {
		t.Errorf("%v %v, sent %q", p.Events(), p.Reason(), tr.Value())
	}
}

// Without half-close the end of stream is the end of the connection, and of the producer.
func TestDetachedEndOfStream(t *testing.T) {
	for _, order := range []string{"with the head", "afterwards"} {
		p := new(taker)
		held := &heldProducer{}
		p.OnMade = func(t protocol.Transport) { t.RegisterProducer(held, protocol.PushProducer) }
		tr, _ := serve(t, web.Func(func(r *web.Request) {
			if order == "afterwards" {
				r.Detach(p)
				return
			}
			r.NotDoneYet()
			r.Loop().CallLater(0, func() { r.Detach(p) })
		}), web.Config{})
		tr.FeedString(get + "rest")
		tr.FeedEOF()
		settle(tr)
		if fmt.Sprint(p.Events()) != "[made data lost]" || !errors.Is(p.Reason(), io.EOF) || !errors.Is(held.stopped, io.EOF) {
			t.Errorf("%s: %v %v, the producer was stopped by %v", order, p.Events(), p.Reason(), held.stopped)
		}
	}
}

type heldProducer struct {
	pauses, resumes int
	stopped         error
}

func (p *heldProducer) Pause()         { p.pauses++ }
func (p *heldProducer) Resume()        { p.resumes++ }
func (p *heldProducer) Stop(err error) { p.stopped = err }

// A protocol that was given the connection is told of its beginning and its end, even if it was lost in between.
func TestDetachedAndLostAtOnce(t *testing.T) {
	p := shout()
	tr, site := serve(t, web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.Loop().CallLater(time.Second, func() {
			r.Detach(p)
			tr := p.Transport()
			if tr != nil {
				t.Error("ConnectionMade inside Detach")
			}
		})
	}), web.Config{})
	tr.FeedString(get)
	tr.Clock.CallLater(time.Second, func() { tr.Lose(io.ErrUnexpectedEOF) })
	tr.Clock.Advance(time.Second)
	settle(tr)
	if fmt.Sprint(p.Events()) != "[made lost]" || p.Reason() != io.ErrUnexpectedEOF || site.Stats().Open != 0 {
		t.Errorf("%v %v", p.Events(), p.Reason())
	}
}

// A producer of the protocol is paused and resumed by the connection itself.
func TestDetachedProducer(t *testing.T) {
	p, held := new(taker), new(heldProducer)
	tr, _ := serve(t, web.Func(func(r *web.Request) { r.Detach(p) }), web.Config{})
	tr.FeedString(get)
	tr.Stalled = true
	if err := p.Transport().RegisterProducer(held, protocol.PushProducer); err != nil {
		t.Fatal(err)
	}
	p.Transport().Write(make([]byte, protocol.HighWater+1))
	settle(tr)
	tr.Stalled = false
	tr.Drain()
	settle(tr)
	if held.pauses != 1 || held.resumes != 1 {
		t.Errorf("%+v", held)
	}
	p.Transport().UnregisterProducer()
	p.Transport().AbortConnection()
	settle(tr)
	if !errors.Is(p.Reason(), protocol.ErrConnectionAborted) || fmt.Sprint(p.Events()) != "[made lost]" {
		t.Errorf("%v %v", p.Events(), p.Reason())
	}
}
