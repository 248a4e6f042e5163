// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// small are limits that short inputs reach.
var small = h1.Limits{RequestLine: 40, Field: 30, Head: 100, Fields: 4, ChunkLine: 12, ChunkExcess: 40}

// read parses requests with their bodies until the input ends or is wrong, and tells what it saw.
func read(pieces iter.Seq[[]byte], limits h1.Limits) string {
	var (
		log  strings.Builder
		buf  []byte
		p    = h1.Parser{Limits: &limits}
		h    h1.Head
		body h1.Body
		data []byte
		in   bool // a body
	)
	for piece := range pieces {
		buf = append(buf, piece...)
		for {
			if !in {
				n, err := p.Parse(buf, &h)
				if err != nil {
					return log.String() + err.Error()
				}
				if n == 0 {
					break
				}
				buf = buf[n:]
				fmt.Fprintf(&log, "%s %s [%s %s %s] 1.%d %q %d %v %v %v\n", h.Method, h.Target, h.Host, h.Path, h.Query, h.Minor, h.Fields.Append(nil), h.Length, h.Chunked, h.KeepAlive, h.Continue)
				body, in, data = h1.NewBody(&h, &limits), true, nil
			}
			d, n, err := body.Next(buf)
			if err != nil {
				return log.String() + string(data) + err.Error()
			}
			data = append(data, d...)
			buf = buf[n:]
			if body.Done() {
				fmt.Fprintf(&log, "%q %q\n", data, body.Trailer)
				in = false
			} else if n == 0 {
				break
			}
		}
	}
	return log.String()
}

func whole(s string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { yield([]byte(s)) }
}

var seeds = []string{
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"\r\nGET /a?b HTTP/1.0\r\n\r\nGET * HTTP/1.1\r\nHost:\tb \r\nX:\r\n\r\n",
	"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\nx",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;234567890\r\na\r\n1;234567890\r\na\r\n1;234567890\r\na\r\n1;234567890\r\na\r\n1;234567890\r\na\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
	"GET /" + strings.Repeat("a", 25) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /" + strings.Repeat("a", 26) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 27) + "\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 28) + "\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX: 23456789012345678901234567\r\nX: 23456789012345678901234567\r\nX: 2345\r\n\r\n",
	"GET / HTTP/1.1\r\nA: a\r\nA: a\r\nA: a\r\nA: a\r\nA: a\r\n\r\n",
	"GET http://a:80 HTTP/1.1\r\nHost: a:80\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nb",
	"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\n", "GET / HTTP/3.0\r\n", "G(T / HTTP/1.1\r\n", "\r\n\r\n",
}

func TestEverySplit(t *testing.T) {
	for _, s := range seeds {
		protocoltest.Splits(t, []byte(s), func(pieces iter.Seq[[]byte]) string { return read(pieces, small) })
	}
}

func TestLimitsAreExact(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	tests := []struct {
		name, fits, exceeds string
		status              int
	}{
		{"request line", "GET /" + long(26) + " HTTP/1.1\r\n", "GET /" + long(27) + " HTTP/1.1\r\n", 414},
		{"field", "GET / HTTP/1.0\r\nX: " + long(27) + "\r\n", "GET / HTTP/1.0\r\nX: " + long(28) + "\r\n", 431},
		{"unended field", "GET / HTTP/1.0\r\nX: " + long(29), "GET / HTTP/1.0\r\nX: " + long(30), 431},
		{"head", "GET / HTTP/1.0\r\n" + strings.Repeat("X: "+long(21)+"\r\n", 3) + "\r\n", "GET / HTTP/1.0\r\n" + strings.Repeat("X: "+long(25)+"\r\n", 3) + "\r\n", 431},
		{"fields", "GET / HTTP/1.0\r\n" + strings.Repeat("X: a\r\n", 4) + "\r\n", "GET / HTTP/1.0\r\n" + strings.Repeat("X: a\r\n", 5) + "\r\n", 431},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h h1.Head
			p := h1.Parser{Limits: &small}
			if _, err := p.Parse([]byte(tt.fits), &h); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			p = h1.Parser{Limits: &small}
			_, err := p.Parse([]byte(tt.exceeds), &h)
			if e, ok := errors.AsType[*h1.Error](err); !ok || e.Status != tt.status {
				t.Errorf("beyond the limit: %v, want %d", err, tt.status)
			}
		})
	}
}

func TestWrittenHeadsAreRead(t *testing.T) {
	b := h1.AppendStatusLine(nil, 299, "")
	b = h1.AppendField(b, "X", "y")
	b = h1.AppendIntField(b, "N", 42)
	if want := "HTTP/1.1 299 Status\r\nX: y\r\nN: 42\r\n"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
	b = h1.AppendChunkHeader(nil, 255)
	b = append(b, strings.Repeat("z", 255)+"\r\n"...)
	b = h1.AppendLastChunk(b, []h1.Field{{Name: "T", Value: "u"}})
	body := h1.NewBody(&h1.Head{Chunked: true}, nil)
	data, n, err := body.Next(b)
	if len(data) != 255 || err != nil {
		t.Fatal(len(data), err)
	}
	if _, _, err := body.Next(b[n:]); err != nil || !body.Done() || len(body.Trailer) != 1 {
		t.Error(err, body.Done(), body.Trailer)
	}
}

func TestDates(t *testing.T) {
	want := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "06-Nov-94 08:49:37",
		"Sun Nov  6 08:49:37 1994", "Nov  6 08:49:37 1994", "sun, 06 nov 1994 08:49:37 GMT",
	} {
		if got, err := h1.ParseDate(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if got, err := h1.ParseDate("Sunday, 06-Nov-68 08:49:37 GMT"); err != nil || got.Year() != 2068 {
		t.Errorf("two digits: %v, %v", got, err)
	}
	for _, s := range []string{
		"", "GMT", "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
		"Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "0 Nov 1994 08:49:37",
	} {
		if got, err := h1.ParseDate(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, at := range []time.Time{want, time.Unix(0, 0), time.Date(2026, 2, 28, 23, 59, 59, 0, time.FixedZone("", 3600))} {
		if got, w := string(h1.AppendDate(nil, at)), at.UTC().Format(http.TimeFormat); got != w {
			t.Errorf("got %q, want %q", got, w)
		}
	}
}

func TestValidHost(t *testing.T) {
	for host, want := range map[string]bool{
		"a": true, "a.b:80": true, "[::1]": true, "[::1]:80": true, "127.0.0.1": true, "xn--a": true, "a:": true,
		"": false, ":80": false, "a:b": false, "a:123456": false, "[::1": false, "[]": false, "[::1]80": false, "a b": false, "a/b": false, "a:1:2": false, "[g::]": false, "a,b": false,
	} {
		if got := h1.ValidHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestAllocParse(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	in := []byte("GET /index.html HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
	var p h1.Parser
	var h h1.Head
	if n := testing.AllocsPerRun(100, func() {
		if n, err := p.Parse(in, &h); n != len(in) || err != nil {
			t.Fatal(n, err)
		}
	}); n > 1 {
		t.Errorf("%v allocations, want the one for the strings", n)
	}
}

// FuzzRequests checks that nothing panics, and that the outcome is the same for the whole, for single bytes and for two halves.
func FuzzRequests(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), uint16(len(s)/2))
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		want := read(whole(string(in)), small)
		bytewise := read(func(yield func([]byte) bool) {
			for i := range in {
				if !yield(in[i : i+1]) {
					return
				}
			}
		}, small)
		if bytewise != want {
			t.Errorf("whole:\n%s\nbytewise:\n%s", want, bytewise)
		}
		k := int(cut) % (len(in) + 1)
		if got := read(func(yield func([]byte) bool) { _ = yield(in[:k]) && yield(in[k:]) }, small); got != want {
			t.Errorf("whole:\n%s\ncut at %d:\n%s", want, k, got)
		}
	})
}

// FuzzAgainstNetHTTP checks that a request which is accepted here and by net/http has the same method, target and header in both.
func FuzzAgainstNetHTTP(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var p h1.Parser
		var h h1.Head
		n, err := p.Parse(in, &h)
		if n == 0 || err != nil {
			return
		}
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in)))
		if err != nil {
			return // net/http refuses some targets that are none of the parser's business
		}
		if req.Method != h.Method || req.RequestURI != h.Target || !strings.EqualFold(req.Host, h.Host) {
			t.Errorf("%q: %s %s %s, net/http has %s %s %s", in[:n], h.Method, h.Target, h.Host, req.Method, req.RequestURI, req.Host)
		}
		if chunked := len(req.TransferEncoding) > 0; chunked != h.Chunked || !chunked && req.ContentLength != max(h.Length, 0) {
			t.Errorf("%q: length %d, chunked %v; net/http has %d, %v", in[:n], h.Length, h.Chunked, req.ContentLength, chunked)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	in := []byte("GET /index.html HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
	var p h1.Parser
	var h h1.Head
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(in, &h); err != nil {
			b.Fatal(err)
		}
	}
}
