// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// feeder is a push producer that notes what it is told.
type feeder struct {
	log  []string
	stop error
}

func (f *feeder) Pause()            { f.log = append(f.log, "pause") }
func (f *feeder) Resume()           { f.log = append(f.log, "resume") }
func (f *feeder) Stop(reason error) { f.log, f.stop = append(f.log, "stop"), reason }

func TestPushProducerIsPausedAndResumed(t *testing.T) {
	t.Run("new Requests", func(t *testing.T) { pushProducer(t, web.Config{}) })
	t.Run("Requests used again", func(t *testing.T) { pushProducer(t, web.Config{ReuseRequests: true}) })
}

func pushProducer(t *testing.T, config web.Config) {
	var f feeder
	requests := 0
	var req *web.Request
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		req = r
		requests++
		if err := r.RegisterProducer(&f, protocol.PushProducer); err != nil {
			t.Error(err)
		}
		if err := r.RegisterProducer(&f, protocol.PushProducer); err != protocol.ErrProducerRegistered {
			t.Errorf("a second producer: %v", err)
		}
	}), config)
	tr.Stalled = true
	tr.FeedString(get + get)
	req.Write(make([]byte, 70000))
	if strings.Join(f.log, " ") != "pause" {
		t.Errorf("after 70000 bytes that nobody takes: %q", f.log)
	}
	tr.Stalled = false
	tr.Drain()
	settle(tr)
	if strings.Join(f.log, " ") != "pause resume" {
		t.Errorf("when they were taken: %q", f.log)
	}
	io.WriteString(req, "end")
	req.UnregisterProducer()
	settle(tr)
	if requests != 2 {
		t.Error("the next request was not begun: the response did not end with its producer")
	}
	reason := errors.New("gone")
	tr.Lose(reason)
	if f.stop != reason {
		t.Errorf("the second producer was stopped with %v", f.stop)
	}
	if err := req.RegisterProducer(&f, protocol.PushProducer); err != net.ErrClosed {
		t.Errorf("a producer for a client that is gone: %v", err)
	}
}

func TestProducerWithoutBody(t *testing.T) {
	var f feeder
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		if err := r.RegisterProducer(&f, protocol.PullProducer); err != web.ErrNoBody {
			t.Errorf("got %v", err)
		}
	}), web.Config{})
	tr.FeedString("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
	settle(tr)
	if f.stop != web.ErrNoBody || status(tr.Value()) != "200 OK" {
		t.Errorf("stopped with %v, got %q", f.stop, tr.Value())
	}
}

// A download may take as long as it wants while the client takes something.
func TestSlowDownloadGoesOn(t *testing.T) {
	tr, site := serve(t, web.Func(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for range 20 {
				if !yield(make([]byte, 70000), nil) {
					return
				}
			}
		})
	}), web.Config{})
	tr.Stalled = true
	tr.FeedString(get)
	for range 60 {
		tr.Clock.Advance(50 * time.Second)
		tr.Stalled = false
		tr.Drain()
		tr.Stalled = true
	}
	if n := site.Stats().TimedOut; n != 0 || !strings.HasSuffix(tr.Value(), "0\r\n\r\n") {
		t.Errorf("%d time limits struck, %d bytes sent", n, len(tr.Value()))
	}
}

func TestBodyIsReadOnce(t *testing.T) {
	got, _ := exchange(t, web.Func(func(r *web.Request) {
		r.ReadBody(func([]byte, error) {})
		r.ReadBody(func([]byte, error) {})
	}), get)
	if status(got) != "500 Internal Server Error" {
		t.Errorf("got %q", got)
	}
}

func TestHandlerInterimAndInvalidStatus(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		w.WriteHeader(202)
		w.WriteHeader(500)
	}, get, "Content-Length: 0\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\n") {
		t.Errorf("got %q", got)
	}
	got = handle(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(99) }, get, "</html>\n")
	if status(got) != "500 Internal Server Error" {
		t.Errorf("got %q", got)
	}
}

// Several layers of the site's interface are found by those who look for them.
func TestSiteAbilities(t *testing.T) {
	site := web.NewSite(hello, web.Config{Logger: quiet})
	if got := site.AcceptableProtocols(); !slices.Equal(got, []string{"h2", "http/1.1"}) {
		t.Errorf("ALPN %q", got)
	}
	site.StopFactory()
	site.StartFactory()
	tr := connect(t, site)
	tr.FeedString(get)
	settle(tr)
	if header(tr.Value(), "Connection") != "" {
		t.Error("a site that started again still drains")
	}
	p, _ := site.BuildProtocol(nil)
	if d, ok := protocol.As[protocol.BufferDiscarder](p); !ok || d.DiscardBuffered() != 0 {
		t.Error("no BufferDiscarder")
	}
}
