// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// readResponses parses the answers to that method until the input ends or is wrong, and tells what it saw.
func readResponses(pieces iter.Seq[[]byte], method string, limits h1.Limits) string {
	var (
		log  strings.Builder
		buf  []byte
		p    = h1.ResponseParser{Limits: &limits}
		h    h1.ResponseHead
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
				fmt.Fprintf(&log, "%d %q 1.%d %q %d %v %v %v\n", h.Status, h.Phrase, h.Minor, h.Fields.Append(nil), h.Length, h.Chunked, h.KeepAlive, h.UntilClose(method))
				body, in, data = h1.NewResponseBody(&h, method, &limits), !h.Interim(), nil
				continue
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
	if in {
		fmt.Fprintf(&log, "%q...", data)
	}
	return log.String()
}

var responseSeeds = []string{
	"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: u\r\n\r\n",
	"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc\r\n\r\ndef",
	"HTTP/1.1 204\r\nContent-Length: 5\r\nConnection: close\r\n\r\nHTTP/1.1 304 x\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	"HTTP/1.1 200 " + strings.Repeat("a", 27) + "\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 200 " + strings.Repeat("a", 28) + "\r\n\r\n",
	"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 28) + "\r\n\r\n",
	"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 5) + "\r\n",
	"HTTP/1.1 200 OK\r\nA: 345678901234567890\r\nA: 345678901234567890\r\nA: 345678901234567890\r\nA: 345678901234567890\r\n\r\n",
	"HTTP/1.1 200 OK\nX: y\n\n",
}

func TestResponseSplits(t *testing.T) {
	for _, s := range responseSeeds {
		for _, method := range []string{"GET", "HEAD"} {
			protocoltest.Splits(t, []byte(s), func(pieces iter.Seq[[]byte]) string { return readResponses(pieces, method, small) })
		}
	}
}

func TestResponses(t *testing.T) {
	for _, tt := range []struct{ name, method, input, want string }{
		{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", `200 "OK" 1.1 [{"Content-Length" "3"}] 3 false true false` + "\n\"abc\" []\n"},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", `200 "OK" 1.1 [{"Content-Length" "3"}] 3 false true false` + "\n\"\" []\n"},
		{"until close", "GET", "HTTP/1.1 200\r\n\r\nabc", `200 "" 1.1 [] -1 false true true` + "\n\"abc\"..."},
		{"1.0", "GET", "HTTP/1.0 200 \r\nContent-Length: 0\r\n\r\n", `200 "" 1.0 [{"Content-Length" "0"}] 0 false false false` + "\n\"\" []\n"},
		{"CONNECT", "CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", `200 "OK" 1.1 [{"Content-Length" "3"}] 3 false true false` + "\n\"\" []\n"},
		{"CONNECT refused", "CONNECT", "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nabc", `403 "No" 1.1 [{"Content-Length" "3"}] 3 false true false` + "\n\"abc\" []\n"},
		{"a Host means nothing", "GET", "HTTP/1.1 204 x\r\nHost: a b\r\nHost: c\r\nExpect: x\r\n\r\n", `204 "x" 1.1 [{"Host" "a b"} {"Host" "c"} {"Expect" "x"}] -1 false true false` + "\n\"\" []\n"},
		{"obs-text", "GET", "HTTP/1.1 204 \xe9t\xe9\r\n\r\n", `204 "\xe9t\xe9" 1.1 [] -1 false true false` + "\n\"\" []\n"},

		{"version 2", "GET", "HTTP/2.0 200 OK\r\n\r\n", "http: unsupported HTTP version (505)"},
		{"no version", "GET", "ICY 200 OK\r\n\r\n", "http: malformed status line (502)"},
		{"empty line", "GET", "\r\nHTTP/1.1 200 OK\r\n\r\n", "http: malformed status line (502)"},
		{"status 099", "GET", "HTTP/1.1 099 OK\r\n\r\n", "http: malformed status line (502)"},
		{"status 20", "GET", "HTTP/1.1 20 OK\r\n\r\n", "http: malformed status line (502)"},
		{"status 2000", "GET", "HTTP/1.1 2000 OK\r\n\r\n", "http: malformed status line (502)"},
		{"two spaces", "GET", "HTTP/1.1  200 OK\r\n\r\n", "http: malformed status line (502)"},
		{"NUL in the phrase", "GET", "HTTP/1.1 200 O\x00K\r\n\r\n", "http: malformed status line (502)"},
		{"folded", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "http: folded header line (400)"},
		{"space before colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n", "http: header name is not a token (400)"},
		{"bare CR", "GET", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "http: control character in a header value (400)"},
		{"two lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "http: more than one Content-Length (400)"},
		{"list of lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc", "http: malformed Content-Length (400)"},
		{"signed length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc", "http: malformed Content-Length (400)"},
		{"both", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "http: both Content-Length and Transfer-Encoding (400)"},
		{"two codings", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "http: malformed Transfer-Encoding (400)"},
		{"gzip", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "http: unknown transfer coding (501)"},
		{"chunked in 1.0", "GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "http: Transfer-Encoding in an HTTP/1.0 response (502)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := readResponses(whole(tt.input), tt.method, h1.Limits{}.WithDefaults()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What we accept net/http understands likewise, and every split gives the same.
func FuzzResponse(f *testing.F) {
	for _, s := range responseSeeds {
		f.Add([]byte(s), uint16(7))
	}
	f.Fuzz(func(t *testing.T, input []byte, at uint16) {
		got := readResponses(whole(string(input)), "GET", small)
		i := min(int(at), len(input))
		if parts := readResponses(func(yield func([]byte) bool) { _ = yield(input[:i]) && yield(input[i:]) }, "GET", small); parts != got {
			t.Fatalf("whole: %s\nsplit at %d: %s", got, i, parts)
		}
		var p h1.ResponseParser
		var h h1.ResponseHead
		n, err := p.Parse(input, &h)
		if n == 0 || err != nil || h.Interim() || h.Status == 101 || h.Chunked {
			return
		}
		body := h1.NewResponseBody(&h, "GET", nil)
		data, _, _ := body.Next(input[n:])
		req, _ := http.NewRequest("GET", "http://a/", nil)
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(input)), req)
		if err != nil {
			return // net/http is stricter about some dates of the status line and the like
		}
		want, _ := io.ReadAll(res.Body)
		if res.StatusCode != h.Status || !bytes.Equal(data, want) {
			t.Errorf("%d %q, net/http: %d %q", h.Status, data, res.StatusCode, want)
		}
	})
}

func TestFramed(t *testing.T) {
	for name, want := range map[string]bool{
		"te": true, "HOST": true, "upgrade": true, "Trailer": true, "Connection": true, "keep-alive": true, "Content-Length": true, "Proxy-Connection": true,
		"transfer-encoding": true, "Accept": false, "Hosts": false, "Cookie": false, "": false,
	} {
		if h1.Framed(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if h1.IsTarget("") || h1.IsTarget("/a b") || h1.IsTarget("/a\r\nb") || h1.IsTarget("/a#b") || h1.IsTarget("/é") || !h1.IsTarget("/a?b=%20") {
		t.Error("IsTarget")
	}
}
