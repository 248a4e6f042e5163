// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
)

// smuggling are inputs that two readers might take apart in different ways: classes 1 to 6, 9 and 25.
var smuggling = []string{
	"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
	"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd",
	"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;\nx\r\nabc\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff3\r\nabc\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
	"POST /app HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nConnection: Host, Via, X-Forwarded-For\r\nContent-Length: 5\r\n\r\nhello",
	"POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX-T: y\r\n\r\n",
	"GET /app HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	"GET /app HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
	"GET /app HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
	"GET /app HTTP/1.1\nHost: a\n\n",
	"GET /app HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"GET /app HTTP/1.1\r\nHost: a@b\r\n\r\n",
	"GET http://b/app HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app\x0b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app?a b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app/%0d%0aX:%20y?q=%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app/%20HTTP/1.1%0d%0aHost:%20b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
	"GET /app HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /app/second HTTP/1.0\r\n\r\n",
	"G\x00T /app HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
	"POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
}

// What the upstream gets is one well-formed request for each of the client's, by the reading of another implementation, and none that the client hid in another.
func TestNothingIsSmuggled(t *testing.T) {
	for i, input := range smuggling {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					if r.Header.Get("Expect") != "" {
						io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
					}
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						return
					}
					io.WriteString(c, ok)
				}
			})
			front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
			c, in := dial(t, front)
			io.WriteString(c, input)
			c.(*net.TCPConn).CloseWrite()
			answers, _ := io.ReadAll(in)
			checkSeen(t, input, b.seen(), strings.Count(string(answers), "HTTP/1.1 200"))
		})
	}
}

// checkSeen reads what the upstream got with net/http.
func checkSeen(t *testing.T, input, seen string, answered int) {
	t.Helper()
	in := bufio.NewReader(strings.NewReader(seen))
	whole := 0
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Errorf("%q: the upstream got %q: %v", input, seen, err)
			}
			break
		}
		if r.Host == "b" || r.Host == "evil" || strings.Contains(r.RequestURI, "evil") || r.Header.Get("X") != "" || strings.HasPrefix(r.RequestURI, "http") {
			t.Errorf("%q: the upstream got %q", input, seen)
		}
		if r.Header.Get("Via") == "" || r.Header.Get("X-Forwarded-For") == "" {
			t.Errorf("%q: a request that is not of the proxy: %q", input, seen)
		}
		if len(r.TransferEncoding) > 0 && r.Header.Get("Content-Length") != "" || strings.Count(strings.ToLower(seen), "content-length") > strings.Count(seen, " HTTP/1.1\r\n") {
			t.Errorf("%q: two framings: %q", input, seen)
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			break // cut off with its connection
		}
		whole++
	}
	if whole != answered {
		t.Errorf("%q: %d whole requests for %d answers: %q", input, whole, answered, seen)
	}
}

// FuzzSmuggling holds the same for any input, through the server's parser and the proxy's writer, in memory.
func FuzzSmuggling(f *testing.F) {
	for _, s := range smuggling {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		clock := protocoltest.NewClock()
		up := &memoryUpstream{clock: clock}
		p, err := proxy.NewReverse(proxy.ReverseConfig{Upstreams: []string{"memory:up"}, Dial: up.dial, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		var root web.Tree
		root.PutChild("app", p)
		tr := protocoltest.NewStringTransport()
		tr.Clock = clock
		built, _ := web.NewSite(&root, web.Config{Logger: quiet}).BuildProtocol(tr.Remote)
		tr.Connect(built)
		tr.Feed(input)
		for range 8 {
			clock.Advance(0)
			clock.Settle()
			up.answer()
		}
		clock.Advance(2 * time.Second) // an upstream that does not answer an expectation
		up.answer()
		for _, c := range up.conns {
			for in := bufio.NewReader(strings.NewReader(c.Value())); ; {
				r, err := http.ReadRequest(in)
				if err != nil {
					if err != io.EOF && err != io.ErrUnexpectedEOF {
						t.Fatalf("%q: the upstream got %q: %v", input, c.Value(), err)
					}
					break
				}
				if r.Header.Get("Via") == "" || r.Header.Get("Forwarded") == "" {
					t.Fatalf("%q: a request that is not of the proxy: %q", input, c.Value())
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					break
				}
			}
		}
		if bytes.Count([]byte(tr.Value()), []byte("HTTP/1.1 500")) > 0 {
			t.Fatalf("%q: %q", input, tr.Value())
		}
	})
}
