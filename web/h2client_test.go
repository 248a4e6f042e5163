// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
)

// h2root is a site for real clients.
func h2root() *web.Tree {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	var root web.Tree
	root.PutChild("", hello)
	root.PutChild("proto", web.Get(func(r *web.Request) { fmt.Fprint(r, r.Proto) }))
	root.PutChild("echo", web.Func(func(r *web.Request) { r.ReadBody(func(b []byte, err error) { r.Write(b) }) }))
	root.PutChild("large", web.Get(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for p := range slices.Chunk(large, 40000) {
				if !yield(p, nil) {
					return
				}
			}
		})
	}))
	root.PutChild("handler", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Proto")
		io.Copy(w, r.Body)
		w.Header().Set("X-Proto", r.Proto)
	})))
	return &root
}

// h2servers returns addresses of the site with and without TLS.
func h2servers(t *testing.T) (plain, secure string, client *http.Client) {
	t.Helper()
	site := web.NewSite(h2root(), web.Config{Logger: quiet})
	cert, roots := selfSigned(t)
	over, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: quiet}, site)
	if err != nil {
		t.Fatal(err)
	}
	var both, h2c http.Protocols
	both.SetHTTP1(true)
	both.SetHTTP2(true)
	h2c.SetUnencryptedHTTP2(true)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: &both}
	clear := &http.Transport{Protocols: &h2c}
	tr.RegisterProtocol("http", clear)
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		clear.CloseIdleConnections()
	})
	return listen(t, protocol.Factory(site)), listen(t, over), &http.Client{Transport: tr}
}

// Go's own client, over TLS by ALPN and in plain text.
func TestH2WithNetHTTP(t *testing.T) {
	plain, secure, client := h2servers(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for _, url := range []string{"http://" + plain, "https://" + secure} {
		fetch := func(method, path string, in []byte) (*http.Response, []byte) {
			var body io.Reader
			if in != nil {
				body = bytes.NewReader(in)
			}
			req, _ := http.NewRequest(method, url+path, body)
			if strings.Contains(path, "?unknown") {
				req.ContentLength = -1
			}
			res, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return &http.Response{}, nil
			}
			defer res.Body.Close()
			out, err := io.ReadAll(res.Body)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return res, out
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if res, out := fetch("GET", "/proto", nil); res.Proto != "HTTP/2.0" || string(out) != "HTTP/2.0" {
					t.Errorf("%s, %q", res.Proto, out)
				}
				if res, out := fetch("GET", "/large", nil); res.StatusCode != 200 || !bytes.Equal(out, large) {
					t.Errorf("large: %d, %d bytes", res.StatusCode, len(out))
				}
				for _, path := range []string{"/echo", "/echo?unknown", "/handler"} {
					if res, out := fetch("POST", path, large); res.StatusCode != 200 || !bytes.Equal(out, large) {
						t.Errorf("%s: %d, %d bytes", path, res.StatusCode, len(out))
					}
				}
				if res, _ := fetch("POST", "/handler", []byte("x")); res.Trailer.Get("X-Proto") != "HTTP/2.0" {
					t.Errorf("trailer %v", res.Trailer)
				}
				if res, _ := fetch("GET", "/missing", nil); res.StatusCode != 404 {
					t.Errorf("missing: %d", res.StatusCode)
				}
			})
		}
		wg.Wait()
	}
}

// run runs a program that may be missing, and returns what it prints.
func h2run(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip(program + " is not installed")
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%.3000s", program, err, out)
	}
	return string(out)
}

// curl chooses by ALPN, and speaks HTTP/2 in plain text when it is told to.
func TestH2WithCurl(t *testing.T) {
	plain, secure, _ := h2servers(t)
	for want, args := range map[string][]string{
		"HTTP/2.0":  {"--http2", "https://" + secure + "/proto"},
		"HTTP/1.1":  {"--http1.1", "https://" + secure + "/proto"},
		"HTTP/2.0 ": {"--http2-prior-knowledge", "http://" + plain + "/proto"},
		"HTTP/1.1 ": {"http://" + plain + "/proto"},
	} {
		if got := h2run(t, "curl", append([]string{"-sk", "--max-time", "20"}, args...)...); got != strings.TrimSpace(want) {
			t.Errorf("%q: got %q", args, got)
		}
	}
	if got := h2run(t, "curl", "-sk", "--max-time", "20", "--http2", "-H", "Expect: 100-continue", "-d", "hello", "https://"+secure+"/echo"); got != "hello" {
		t.Errorf("got %q", got)
	}
}

func TestH2WithNghttp(t *testing.T) {
	plain, secure, _ := h2servers(t)
	for _, url := range []string{"http://" + plain, "https://" + secure} {
		out := h2run(t, "nghttp", "-nvy", "-t", "20", "-m", "20", "--window-bits=10", url+"/large")
		if n := strings.Count(out, ":status: 200"); n != 20 || strings.Contains(out, "RST_STREAM") {
			t.Errorf("%s: %d of 20 answers", url, n)
		}
		out = h2run(t, "h2load", "-n", "2000", "-c", "5", "-m", "50", "-T", "20", url+"/")
		if !strings.Contains(out, "2000 succeeded, 0 failed, 0 errored") {
			t.Errorf("%s", out)
		}
	}
}

// All cases of h2spec (github.com/summerwind/h2spec), the strict ones too. On a port in plain text that serves both, a client that does not begin with the preface is answered by
// HTTP/1: case 3.5/2 takes that for a frame.
func TestH2Spec(t *testing.T) {
	plain, secure, _ := h2servers(t)
	only := listen(t, protocol.Factory(web.NewSite(h2root(), onlyH2)))
	path, err := exec.LookPath("h2spec")
	if err != nil {
		t.Skip("h2spec is not installed")
	}
	total := regexp.MustCompile(`(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed`)
	for _, tt := range []struct {
		name, addr string
		args       []string
		failed     string
	}{
		{"TLS", secure, []string{"-t", "-k"}, "0"},
		{"plain text", only, nil, "0"},
		{"plain text beside HTTP/1", plain, nil, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host, port, _ := net.SplitHostPort(tt.addr)
			out, _ := exec.CommandContext(t.Context(), path, append(tt.args, "--strict", "-o", "5", "-h", host, "-p", port)...).CombinedOutput() // failures are in its output
			m := total.FindSubmatch(out)
			if m == nil || string(m[1]) != "146" || string(m[3]) != "0" || string(m[4]) != tt.failed {
				t.Errorf("%s", out[max(0, len(out)-4000):])
			}
			if tt.failed == "1" && !bytes.Contains(out, []byte("× 2: Sends invalid connection preface")) {
				t.Errorf("another case failed: %s", out[max(0, len(out)-4000):])
			}
		})
	}
}
