// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
)

// A notebook has what a trace was told.
type notebook struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}     // of 1; unless nil, is told of each line
	on    func(hook string) // unless nil, is called with each
}

func (n *notebook) note(format string, args ...any) {
	n.mu.Lock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
	n.mu.Unlock()
	select {
	case n.more <- struct{}{}:
	default:
	}
	if n.on != nil {
		n.on(strings.Fields(format)[0])
	}
}

// wait waits until a line begins with each of the words.
func (n *notebook) wait(words []string) {
	for _, word := range words {
		for {
			n.mu.Lock()
			there := slices.ContainsFunc(n.lines, func(l string) bool { return strings.HasPrefix(l, word) })
			n.mu.Unlock()
			if there {
				break
			}
			<-n.more
		}
	}
}

// take returns what was noted since the last call.
func (n *notebook) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := n.lines
	n.lines = nil
	return lines
}

func (n *notebook) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(hostPort string) { n.note("GetConn %s", hostPort) },
		GotConn: func(i httptrace.GotConnInfo) {
			n.note("GotConn to %s, reused %t, idle %t", i.Conn.RemoteAddr(), i.Reused, i.WasIdle)
		},
		PutIdleConn:          func(err error) { n.note("PutIdleConn %t", err == nil) },
		GotFirstResponseByte: func() { n.note("GotFirstResponseByte") },
		Got100Continue:       func() { n.note("Got100Continue") },
		Got1xxResponse:       func(code int, _ textproto.MIMEHeader) error { n.note("Got1xxResponse %d", code); return nil },
		DNSStart:             func(i httptrace.DNSStartInfo) { n.note("DNSStart %s", i.Host) },
		DNSDone:              func(i httptrace.DNSDoneInfo) { n.note("DNSDone %v %v", i.Addrs, i.Err) },
		ConnectStart:         func(network, addr string) { n.note("ConnectStart %s %s", network, addr) },
		ConnectDone:          func(network, addr string, err error) { n.note("ConnectDone %s %s %t", network, addr, err == nil) },
		TLSHandshakeStart:    func() { n.note("TLSHandshakeStart") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			n.note("TLSHandshakeDone %s %t %t", s.NegotiatedProtocol, s.HandshakeComplete, err == nil)
		},
		WroteHeaders:    func() { n.note("WroteHeaders") },
		Wait100Continue: func() { n.note("Wait100Continue") },
		WroteRequest:    func(i httptrace.WroteRequestInfo) { n.note("WroteRequest %t", i.Err == nil) },
	}
}

// From the name on, in order.
func TestTrace(t *testing.T) {
	for _, alpn := range []string{"http/1.1", "h2"} {
		g := newSecureRig(t, client.Config{}, alpn)
		g.auto = true
		n := new(notebook)
		for _, want := range [][]string{
			{
				"GetConn a.example:443", "DNSStart a.example", "DNSDone [{10.0.0.1 }] <nil>", "ConnectStart tcp 10.0.0.1:443", "ConnectDone tcp 10.0.0.1:443 true", "TLSHandshakeStart",
				"TLSHandshakeDone " + alpn + " true true", "GotConn to 10.0.0.1:443, reused false, idle false", "WroteHeaders", "WroteRequest true", "GotFirstResponseByte", "PutIdleConn true",
			},
			{"GetConn a.example:443", "GotConn to 10.0.0.1:443, reused true, idle true", "WroteHeaders", "WroteRequest true", "GotFirstResponseByte", "PutIdleConn true"},
		} {
			if alpn == "h2" {
				want = want[:len(want)-1]
			}
			res := g.get(n.trace())
			g.until("the end", func() bool { return res.over > 0 })
			if got := n.take(); res.err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v\n%q\nwant\n%q", alpn, res.err, got, want)
			}
		}
		g.finish()
	}
}

// get begins a request.
func (g *secureRig) get(trace *httptrace.ClientTrace) *result {
	x := new(result)
	x.d = g.a.Do(&client.Request{URL: parse(g.t, "https://"+farName+"/"), Trace: trace})
	x.d.Done(func(res *client.Response, err error) {
		if x.res = res; err != nil {
			x.err, x.over = err, x.over+1
		} else {
			x.read(0)
		}
	})
	return x
}

// A hook may cancel the request: the pool is as if somebody else had done so.
func TestTraceCancels(t *testing.T) {
	hooks := []string{"GetConn", "DNSStart", "DNSDone", "ConnectStart", "ConnectDone", "TLSHandshakeStart", "TLSHandshakeDone", "GotConn", "WroteHeaders", "WroteRequest", "GotFirstResponseByte"}
	for _, alpn := range []string{"http/1.1", "h2"} {
		for _, second := range []bool{false, true} { // with a connection that is kept
			for _, hook := range hooks {
				t.Run(fmt.Sprint(alpn, " ", hook, " ", second), func(t *testing.T) {
					g := newSecureRig(t, client.Config{Pool: client.PoolLimits{PerHost: 1}}, alpn)
					g.auto = true
					if second {
						first := g.get(nil)
						g.until("the first", func() bool { return first.over > 0 })
					}
					called := false
					var x *result
					n := &notebook{}
					n.on = func(h string) {
						if h == hook && !called {
							called = true
							if x == nil { // inside Do
								g.m.CallLater(0, func() { x.d.Cancel() })
							} else {
								x.d.Cancel()
							}
						}
					}
					x = g.get(n.trace())
					g.until("the end", func() bool { return x.over > 0 })
					if called && x.err != nil && !errors.Is(x.err, deferred.ErrCancelled) || x.over != 1 || !called && x.err != nil {
						t.Errorf("called %t, %v, %d times", called, x.err, x.over)
					}
					y := g.get(nil)
					g.until("the next", func() bool { return y.over > 0 })
					if y.err != nil {
						t.Error(y.err)
					}
					g.finish()
				})
			}
		}
	}
}

// A request whose connection cannot be made, and one that is cut off.
func TestTraceFailures(t *testing.T) {
	g := newSecureRig(t, client.Config{}, "http/1.1")
	n := new(notebook)
	x := g.get(n.trace())
	g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
	g.m.Refuse(farAddr, errReset)
	g.until("the end", func() bool { return x.over > 0 })
	if got := n.take(); !slices.Contains(got, "ConnectDone tcp 10.0.0.1:443 false") {
		t.Errorf("refused: %q", got)
	}
	x = g.get(n.trace())
	g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
	g.m.Answer(farAddr).Abort()
	g.until("the end", func() bool { return x.over > 0 })
	if got := n.take(); got[len(got)-1] != "TLSHandshakeDone  false false" {
		t.Errorf("cut in the handshake: %q", got)
	}
	x = g.get(n.trace())
	g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
	f := g.accept()
	g.until("the request", func() bool { return f.app.Len() > 0 })
	f.peer.Abort()
	g.until("the end", func() bool { return x.over > 0 })
	if got := n.take(); got[len(got)-1] != "WroteRequest true" {
		t.Errorf("cut in the response: %q", got)
	}
}

// An error of Got1xxResponse ends the request.
func TestTraceInterimError(t *testing.T) {
	g := newRig(t, client.Config{})
	x := g.send(&client.Request{Trace: &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error { return errReset }}}, false)
	g.conns[0].FeedString("HTTP/1.1 103 Early Hints\r\n\r\n" + ok)
	g.settle()
	if !errors.Is(x.err, errReset) || x.over != 1 || g.Stats().Open != 0 {
		t.Errorf("%v, %d times, %+v", x.err, x.over, g.Stats())
	}
}

// The hooks of an http.Client are called as its own Transport does.
func TestTraceAsTransport(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	for _, kind := range []string{"http", "https", "h2"} {
		s := httptest.NewUnstartedServer(handler)
		if s.EnableHTTP2 = kind == "h2"; kind == "http" {
			s.Start()
		} else {
			s.StartTLS()
		}
		defer s.Close()
		roots := x509.NewCertPool()
		if kind != "http" {
			roots.AddCert(s.Certificate())
		}
		theirs := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: kind == "h2", ExpectContinueTimeout: 1 << 40}
		defer theirs.CloseIdleConnections()
		ours, _ := onReactor(t, client.Config{TLS: client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: roots}}})
		late := []string{"WroteRequest", "PutIdleConn"} // by another goroutine than the response is read by
		if kind == "h2" {
			late = late[:1]
		}
		for i, body := range []string{"", "", "hello", "expected"} {
			ask := func(c *http.Client) []string {
				t.Helper()
				n := &notebook{more: make(chan struct{}, 1)}
				var r io.Reader
				if body != "" {
					r = strings.NewReader(body)
				}
				req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), n.trace()), "POST", s.URL, r)
				if err != nil {
					t.Fatal(err)
				}
				if body == "expected" {
					req.Header.Set("Expect", "100-continue")
				}
				res, err := c.Do(req)
				if got := readAll(t, res, err); got != body {
					t.Errorf("got %q", got)
				}
				n.wait(late)
				return n.take()
			}
			want, got := ask(&http.Client{Transport: theirs}), ask(ours)
			for i := range got {
				got[i] = strings.Replace(got[i], "TLSHandshakeDone http/1.1", "TLSHandshakeDone ", 1) // they do not offer it where it is all they speak
			}
			slices.Sort(want) // two goroutines of theirs call the hooks
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s, request %d: we %q\nthey %q", kind, i, got, want)
			}
		}
	}
}
