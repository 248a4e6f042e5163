// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/web"
)

// A deadline ends a Read or Write that waits, or that is about to.
func TestHandlerDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs := make(chan error, 3)
		tr, _ := serve(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			errs <- rc.SetReadDeadline(time.Now().Add(time.Hour))
			_, err := r.Body.Read(make([]byte, 1))
			errs <- err
			if rc.SetReadDeadline(time.Time{}) != nil || rc.SetWriteDeadline(time.Now().Add(time.Hour)) != nil || rc.EnableFullDuplex() != nil {
				t.Error("a control is missing")
			}
			for err = nil; err == nil; {
				_, err = w.Write(make([]byte, 16384))
			}
			errs <- err
		})), web.Config{})
		tr.Stalled = true
		tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
		want := []error{nil, os.ErrDeadlineExceeded, os.ErrDeadlineExceeded}
		for i := range want {
			for len(errs) == 0 {
				settle(tr)
				synctest.Wait()
				if len(errs) == 0 {
					time.Sleep(time.Hour) // of the bubble
				}
			}
			if err := <-errs; !errors.Is(err, want[i]) {
				t.Errorf("%d: got %v, want %v", i, err, want[i])
			}
		}
		synctest.Wait()
		settle(tr)
		if !tr.Aborted() {
			t.Error("a response of which a part is missing ends as if it were whole")
		}
	})
}

// The connection is the handler's, with what came behind the request; the request's context lives on until it returns.
func TestHandlerHijack(t *testing.T) {
	ended := make(chan error, 1)
	tr, site := serve(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		c, rw, err := rc.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if _, _, err := rc.Hijack(); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("twice: %v", err)
		}
		if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) || !errors.Is(rc.Flush(), http.ErrHijacked) {
			t.Errorf("Write: %v", err)
		}
		w.WriteHeader(500)
		line, err := rw.ReadString('\n')
		fmt.Fprintf(rw, "raw %q %v %v %s", line, err, r.Context().Err(), c.RemoteAddr())
		rw.Flush()
		go func() { <-r.Context().Done(); ended <- r.Context().Err() }() // ends when the handler does
	})), web.Config{})
	tr.FeedString(get + "hel")
	tr.FeedString("lo\n")
	until(t, tr, tr.Disconnected)
	if got := tr.Value(); got != `raw "hello\n" <nil> <nil> 192.168.1.1:54321` {
		t.Errorf("got %q", got)
	}
	<-ended
	if n := site.Stats(); n.Upgraded != 1 || n.Open != 0 || n.Panics != 0 {
		t.Errorf("%+v", n)
	}
}

func TestHandlerHijackTooLate(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "begun")
		_, _, err := http.NewResponseController(w).Hijack()
		fmt.Fprint(w, " ", errors.Is(err, web.ErrNotUpgradable))
	}, get, "begun true")
	if body(got) != "begun true" {
		t.Errorf("got %q", got)
	}
}

// Class 8: an interim response has no framing, and its fields are not the final ones by accident.
func TestHandlerInterimResponses(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a>")
		w.Header().Set("Content-Length", "3")
		w.WriteHeader(103)
		w.WriteHeader(100)
		io.ReadAll(r.Body)
		io.WriteString(w, "end")
	}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx", "end")
	interim := "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\nLink: </a>\r\n\r\n"
	rest, ok := strings.CutPrefix(got, interim)
	if !ok || body(rest) != "end" || header(rest, "Connection") != "" {
		t.Errorf("got %q", got)
	}
}

// The body is read while the response is written.
func TestHandlerFullDuplex(t *testing.T) {
	addr := listen(t, web.NewSite(web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(w, strings.ToUpper(line))
			http.NewResponseController(w).Flush()
		}
	})), web.Config{Logger: quiet}))
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	for i := range 3 {
		io.WriteString(c, "4\r\nabc\n\r\n")
		if i == 0 {
			for line := ""; line != "\r\n"; {
				if line, err = in.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
		}
		chunk := make([]byte, len("4\r\nABC\n\r\n"))
		if _, err := io.ReadFull(in, chunk); err != nil || string(chunk) != "4\r\nABC\n\r\n" {
			t.Fatalf("got %q, %v", chunk, err)
		}
	}
	io.WriteString(c, "0\r\n\r\n")
	if rest := make([]byte, 5); true {
		if _, err := io.ReadFull(in, rest); err != nil || string(rest) != "0\r\n\r\n" {
			t.Errorf("got %q, %v", rest, err)
		}
	}
}

func TestMounted(t *testing.T) {
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s|%s|%s|%s|%s", r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI, r.URL.Host)
	})
	var root, sub web.Tree
	root.PutChild("a b", &sub)
	sub.PutChild("m", web.Mounted(show))
	for target, want := range map[string]string{
		"/a%20b/m":             "/|||/a%20b/m|",
		"/a%20b/m/":            "/|||/a%20b/m/|",
		"/a%20b/m/x%2fy/z?q=1": "/x/y/z|/x%2fy/z|q=1|/a%20b/m/x%2fy/z?q=1|",
		"/a%20b/m//x":          "//x|||/a%20b/m//x|",
		"http://h/a%20b/m/x":   "/x|||http://h/a%20b/m/x|h",
	} {
		tr, _ := serve(t, &root, web.Config{})
		tr.FeedString("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
		until(t, tr, func() bool { return tr.Value() != "" })
		if got := body(tr.Value()); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

// Over HTTP/2 there is no connection to take, and all else is the same.
func TestHandlerOverHTTP2(t *testing.T) {
	var root web.Tree
	root.PutChild("x", web.Mounted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_, _, err := rc.Hijack()
		fmt.Fprint(w, r.ProtoMajor, r.ProtoMinor, " ", r.URL.Path, " ", errors.Is(err, http.ErrNotSupported), " ", rc.EnableFullDuplex(), rc.SetReadDeadline(time.Now().Add(time.Hour)))
	})))
	root.PutChild("late", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "begun")
		http.NewResponseController(w).Flush()
		http.NewResponseController(w).SetWriteDeadline(time.Now())
		io.WriteString(w, strings.Repeat("x", 100000))
	})))
	root.PutChild("upgrade", web.Get(func(r *web.Request) {
		fmt.Fprint(r, errors.Is(r.Upgrade(shout()), web.ErrNotUpgradable), errors.Is(r.Detach(shout()), web.ErrNotUpgradable))
	}))
	addr := listen(t, web.NewSite(&root, web.Config{Logger: quiet}))
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for path, want := range map[string]string{"/x/y": "2 0 /y true <nil> <nil>", "/upgrade": "true true"} {
		resp, err := client.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(b) != want || resp.ProtoMajor != 2 {
			t.Errorf("%s: got %q, %v", path, b, err)
		}
	}
	if resp, err := client.Get("http://" + addr + "/late"); err == nil {
		if b, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("a response of which a part is missing ends as if it were whole: %d bytes", len(b))
		}
		resp.Body.Close()
	}
}

// A CONNECT request has the URL that net/http gives it.
func TestHandlerConnect(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, r.URL.Host+" "+r.URL.Path+" "+r.RequestURI, http.StatusForbidden)
	}, "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n", "b:1\n")
	if status(got) != "403 Forbidden" || body(got) != "b:1  b:1\n" {
		t.Errorf("got %q", got)
	}
}

// net/http's own file server and reverse proxy run inside, and a protocol switch goes through the proxy.
func TestNetHTTPInside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.txt"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	var inner web.Tree
	inner.PutChild("chat", web.Func(func(r *web.Request) {
		if err := r.Upgrade(shout()); err != nil {
			r.Error(426, "")
		}
	}))
	inner.PutChild("echo", echo)
	inner.PutChild("broken", web.Func(func(r *web.Request) {
		io.WriteString(r, "begun")
		r.Flush()
		r.Abort()
	}))
	backend, err := url.Parse("http://" + listen(t, web.NewSite(&inner, web.Config{Logger: quiet})))
	if err != nil {
		t.Fatal(err)
	}
	var root web.Tree
	root.PutChild("files", web.Mounted(http.FileServer(http.Dir(dir))))
	root.PutChild("proxy", web.Mounted(&httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(backend) }}))
	addr := listen(t, web.NewSite(&root, web.Config{Logger: quiet}))

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for path, want := range map[string]string{"/files/f.txt": "0123456789", "/files/": "f.txt", "/proxy/echo": `GET /echo ""`} {
		resp, err := client.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: got %q, %v", path, b, err)
		}
	}
	if resp, err := client.Get("http://" + addr + "/proxy/broken"); err == nil {
		if b, err := io.ReadAll(resp.Body); err == nil && resp.StatusCode == http.StatusOK {
			t.Errorf("a response that was cut off comes as %q, whole", b)
		}
		resp.Body.Close()
	}
	req, _ := http.NewRequest("GET", "http://"+addr+"/proxy/chat", nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "shout/1")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	rw, ok := resp.Body.(io.ReadWriteCloser)
	if resp.StatusCode != 101 || !ok {
		t.Fatalf("got %v", resp)
	}
	defer rw.Close()
	io.WriteString(rw, "hello through two servers")
	got := make([]byte, len("READY;HELLO THROUGH TWO SERVERS"))
	if _, err := io.ReadFull(rw, got); err != nil || string(got) != "READY;HELLO THROUGH TWO SERVERS" {
		t.Errorf("got %q, %v", got, err)
	}
}
