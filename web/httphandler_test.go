// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

// loopOf runs a reactor until the test ends.
func loopOf(t *testing.T) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	running, ended := make(chan bool), make(chan error, 1)
	r.CallWhenRunning(func() { close(running) })
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	<-running
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// underNetHTTP serves root by net/http, over HTTP/1.1 and over HTTP/2.
func underNetHTTP(t *testing.T, root web.Resource, config web.Config, f func(t *testing.T, client *http.Client, url string)) {
	config.Logger = quiet
	h := web.NewSite(root, config).HTTPHandler(loopOf(t))
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(version, func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			if s.EnableHTTP2 = version == "HTTP/2.0"; s.EnableHTTP2 {
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			f(t, s.Client(), s.URL)
		})
	}
}

func TestHTTPHandlerAnswers(t *testing.T) {
	var tree web.Tree
	tree.PutChild("echo", web.Func(func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) {
			r.ResponseHeader().Add("X-Two", "a")
			r.ResponseHeader().Add("X-Two", "b")
			r.ResponseHeader().Set("Transfer-Encoding", "chunked")
			r.SetStatus(201)
			fmt.Fprintf(r, "%s %s %v %q %s %q %v tls=%v %s", r.Method, r.URI, r.PostPath, b, r.Header.Get("X-In"), r.Trailer.Get("Sum"), err, r.TLS() != nil, r.Host[:4])
		})
	}))
	tree.PutChild("panic", web.Func(func(*web.Request) { panic("secret") }))
	tree.PutChild("empty", web.Func(func(r *web.Request) { r.SetStatus(204) }))
	tree.PutChild("upgrade", web.Func(func(r *web.Request) {
		fmt.Fprint(r, errors.Is(r.Upgrade(shout()), web.ErrNotUpgradable))
	}))
	tree.PutChild("stream", web.Func(func(r *web.Request) {
		r.EarlyHints("</style.css>")
		r.ResponseTrailer().Set("Sum", "7")
		r.Stream(func(yield func([]byte, error) bool) {
			for i := range 10 {
				if !yield(fmt.Appendf(nil, "%d ", i), nil) {
					return
				}
			}
		})
	}))
	underNetHTTP(t, &tree, web.Config{Limits: web.Limits{Body: 100}}, func(t *testing.T, client *http.Client, url string) {
		for _, tt := range []struct {
			method, path, in string
			status           int
			want             string
		}{
			{"POST", "/echo?q=%20", "hello", 201, `POST /echo?q=%20 [] "hello" in "9" <nil> tls=` + fmt.Sprint(strings.HasPrefix(url, "https")) + " 127."},
			{"GET", "/echo", "", 201, `GET /echo [] "" in "" <nil>`},
			{"HEAD", "/echo", "", 201, ""},
			{"GET", "/missing", "", 404, "<h1>404 Not Found</h1>"},
			{"GET", "/panic", "", 500, "<h1>500"},
			{"GET", "/empty", "", 204, ""},
			{"GET", "/upgrade", "", 200, "true"},
			{"GET", "/stream", "", 200, "0 1 2 3 4 5 6 7 8 9 "},
			{"HEAD", "/stream", "", 200, ""},
			{"POST", "/echo", strings.Repeat("x", 101), 201, `"" in "" web: request body too large`},
		} {
			var in io.Reader
			if tt.in != "" {
				in = strings.NewReader(tt.in)
			}
			req, _ := http.NewRequest(tt.method, url+tt.path, in)
			req.Header.Set("X-In", "in")
			if tt.in == "hello" {
				req.ContentLength = -1
				req.Trailer = http.Header{"Sum": {"9"}}
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(b), tt.want) || strings.Contains(string(b), "secret") {
				t.Errorf("%s %s: got %d %q %v, want %d %q", tt.method, tt.path, resp.StatusCode, b, err, tt.status, tt.want)
			}
			if tt.status == 201 && (strings.Join(resp.Header["X-Two"], ",") != "a,b" || resp.Header.Get("Server") != "Torsion") {
				t.Errorf("got %v", resp.Header)
			}
			if tt.path == "/stream" && tt.method == "GET" && resp.Trailer.Get("Sum") != "7" {
				t.Errorf("trailer %v", resp.Trailer)
			}
		}
	})
}

// Both directions are streamed, each piece when it is there.
func TestHTTPHandlerFullDuplex(t *testing.T) {
	root := web.Func(func(r *web.Request) {
		r.Flush()
		r.StreamBody(func(p []byte) { io.WriteString(r, strings.ToUpper(string(p))) }, func(error) { io.WriteString(r, "END") })
	})
	underNetHTTP(t, root, web.Config{}, func(t *testing.T, client *http.Client, url string) {
		in, out := io.Pipe()
		req, _ := http.NewRequest("POST", url, in)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for i := range 3 {
			go fmt.Fprintf(out, "line %d\n", i) // ends when it is read
			if got, err := lines.ReadString('\n'); err != nil || got != fmt.Sprintf("LINE %d\n", i) {
				t.Fatalf("got %q, %v", got, err)
			}
		}
		out.Close()
		if got, err := io.ReadAll(lines); err != nil || string(got) != "END" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// A connection goes on after a body that was not read, or not to its end.
func TestHTTPHandlerKeepsTheConnectionInOrder(t *testing.T) {
	root := web.Func(func(r *web.Request) {
		switch r.Path {
		case "/unread":
			io.WriteString(r, "answer")
		case "/part":
			r.NotDoneYet()
			r.StreamBody(func([]byte) {
				io.WriteString(r, "answer")
				r.Finish()
			}, func(error) {})
		default:
			r.ReadBody(func(b []byte, err error) { io.WriteString(r, "answer") })
		}
	})
	var log strings.Builder
	s := httptest.NewUnstartedServer(web.NewSite(root, web.Config{Logger: quiet}).HTTPHandler(loopOf(t)))
	s.Config.ErrorLog = stdlog.New(&log, "", 0)
	s.Start()
	for range 20 {
		for _, path := range []string{"/unread", "/part", "/whole"} {
			for _, n := range []int{1, 5000, 300000} {
				resp, err := s.Client().Post(s.URL+path, "text/plain", strings.NewReader(strings.Repeat("x", n)))
				if err != nil {
					if n < 300000 { // else it may be cut off while it is sent
						t.Errorf("%s %d: %v", path, n, err)
					}
					continue
				}
				b, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(b) != "answer" {
					t.Errorf("%s %d: got %q, %v", path, n, b, err)
				}
			}
		}
	}
	s.Close()
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// Class 12: a client that does not read holds the producer up, and its end stops it.
func TestHTTPHandlerHoldsProducersUp(t *testing.T) {
	var written atomic.Int64
	gone, paused := make(chan error, 2), make(chan bool, 100)
	root := web.Func(func(r *web.Request) {
		r.NotifyFinish(func(err error) { gone <- err })
		f := &flood{r: r, written: &written, paused: paused}
		r.RegisterProducer(f, protocol.PushProducer)
		r.Loop().CallLater(0, f.pour)
	})
	underNetHTTP(t, root, web.Config{}, func(t *testing.T, client *http.Client, url string) {
		written.Store(0)
		leave := getAndLeave(t, client, url)
		<-paused
		leave()
		if err := <-gone; err == nil {
			t.Error("the request ended well")
		}
		if n := written.Load(); n > 64<<20 {
			t.Errorf("%d bytes for a client that reads none", n)
		}
		for len(paused) > 0 {
			<-paused
		}
	})
}

// The client's end stops the producer before the request learns of it, as below a server of ours: one that writes until it is paused or stopped
// must not find a request that is gone in between.
func TestHTTPHandlerStopsProducersAtOnce(t *testing.T) {
	stopped := make(chan bool, 2)
	root := web.Func(func(r *web.Request) {
		f := &flood{r: r, written: new(atomic.Int64)}
		r.NotifyFinish(func(error) { stopped <- f.over })
		r.RegisterProducer(f, protocol.PushProducer)
	})
	underNetHTTP(t, root, web.Config{}, func(t *testing.T, client *http.Client, url string) {
		getAndLeave(t, client, url)()
		if !<-stopped {
			t.Error("the request is gone, and its producer goes on")
		}
	})
}

// getAndLeave gets the head of an answer. leave ends the connection below it.
func getAndLeave(t *testing.T, client *http.Client, url string) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	resp, err := client.Do(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	return func() {
		cancel()
		resp.Body.Close()
	}
}

// flood writes until it is paused, and goes on when it is resumed.
type flood struct {
	r       *web.Request
	written *atomic.Int64
	paused  chan bool
	held    bool
	over    bool
}

func (f *flood) pour() {
	for !f.held && !f.over {
		n, _ := f.r.Write(make([]byte, 16384))
		f.written.Add(int64(n))
	}
}

func (f *flood) Pause() {
	f.held = true
	select {
	case f.paused <- true:
	default:
	}
}

func (f *flood) Resume() {
	f.held = false
	f.r.Loop().CallLater(0, f.pour)
}

func (f *flood) Stop(error) { f.over = true }

// A body that the resource does not read is not taken from the client, and a client that waits for 100 Continue is not told to go on.
func TestHTTPHandlerRefusesABodyUnread(t *testing.T) {
	root := web.Func(func(r *web.Request) { r.Error(403, "") })
	h := web.NewSite(root, web.Config{Logger: quiet}).HTTPHandler(loopOf(t))
	body := &countingBody{}
	req := httptest.NewRequest("POST", "/", body)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != 403 || body.reads != 0 {
		t.Errorf("%d, %d reads", w.Code, body.reads)
	}
}

type countingBody struct{ reads int }

func (b *countingBody) Read(p []byte) (int, error) {
	b.reads++
	return len(p), nil
}

// A response that was cut off is seen to be.
func TestHTTPHandlerAborts(t *testing.T) {
	var log accessLog
	underNetHTTP(t, web.Func(func(r *web.Request) {
		io.WriteString(r, "begun")
		r.Flush()
		r.Abort()
	}), web.Config{AccessLog: &log}, func(t *testing.T, client *http.Client, url string) {
		resp, err := client.Get(url)
		if err != nil {
			return // even the head was lost
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("got %q as if it were whole", b)
		}
	})
}

// Middleware of net/http in front, and requests that no server has read.
func TestHTTPHandlerWithRecorder(t *testing.T) {
	var tree web.Tree
	tree.PutChild("x", web.LeafFunc(func(r *web.Request) {
		fmt.Fprint(r, r.Path, " ", r.PostPath, " ", r.RemoteAddr(), " ", r.Proto)
	}))
	r := loopOf(t)
	h := http.StripPrefix("/prefix", web.NewSite(&tree, web.Config{Logger: quiet}).HTTPHandler(r))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/prefix/x/a%2fb", nil))
	if got := w.Body.String(); w.Code != 200 || got != "/x/a%2fb [a/b] 192.0.2.1:1234 HTTP/1.1" {
		t.Errorf("%d %q", w.Code, got)
	}
	w = httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/", nil)
	req.URL.Path, req.URL.RawPath = "/x/%zz", "/x/%zz"
	req.TLS = new(tls.ConnectionState)
	h.ServeHTTP(w, req)
	if w.Code != 404 { // StripPrefix's
		t.Errorf("%d", w.Code)
	}
}

func TestHTTPHandlerOfALoopThatHasEnded(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	r.CallWhenRunning(func() { r.Stop() })
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	web.NewSite(hello, web.Config{Logger: quiet}).HTTPHandler(r).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 503 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
