// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// A Request says what to send. The zero Request is GET / of example.com.
type Request struct {
	Method string      // "" means GET
	Target string      // the request target; "" means /
	Host   string      // "" means example.com
	Header http.Header // sent in the order of the names; Content-Length and Transfer-Encoding are supplied as Body and Stream need them
	Body   string
	// Stream leaves the body open behind Body: it goes on with [Response.Send] and ends with [Response.End]. It is sent in chunks unless Header has a Content-Length.
	Stream bool
	HTTP10 bool // HTTP/1.0
}

func (q Request) method() string { return cmp.Or(q.Method, http.MethodGet) }

func (q Request) chunked() bool { return q.Stream && q.Header.Get("Content-Length") == "" }

// withLength reports whether a request says how long its body is, without being told to.
func (q Request) withLength() bool {
	return !q.Stream && (q.Body != "" || q.method() == "POST" || q.method() == "PUT" || q.method() == "PATCH")
}

func (q Request) append(b []byte) []byte {
	minor := 1
	if q.HTTP10 {
		minor = 0
	}
	b = fmt.Appendf(b, "%s %s HTTP/1.%d\r\n", q.method(), cmp.Or(q.Target, "/"), minor)
	b = fmt.Appendf(b, "Host: %s\r\n", cmp.Or(q.Host, "example.com"))
	for _, name := range slices.Sorted(maps.Keys(q.Header)) {
		for _, v := range q.Header[name] {
			b = fmt.Appendf(b, "%s: %s\r\n", name, v)
		}
	}
	switch {
	case q.chunked():
		b = append(b, "Transfer-Encoding: chunked\r\n\r\n"...)
		return appendChunk(b, q.Body)
	case q.withLength() && q.Header.Get("Content-Length") == "":
		b = append(b, "Content-Length: "+strconv.Itoa(len(q.Body))+"\r\n"...)
	}
	return append(append(b, "\r\n"...), q.Body...)
}

func appendChunk(b []byte, p string) []byte {
	if p == "" {
		return b
	}
	return fmt.Appendf(b, "%x\r\n%s\r\n", len(p), p)
}
