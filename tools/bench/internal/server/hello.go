// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"time"
)

// requestHead returns the length of the request that p begins with, 0 if it is not complete, and whether it asks for the connection to be closed. It is the
// minimal parser of engines without an HTTP server: requests have no body, and what they ask for is not looked at.
func requestHead(p []byte) (size int, last bool) {
	end := bytes.Index(p, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, false
	}
	for line := range bytes.SplitSeq(p[:end], []byte("\r\n")) {
		if len(line) >= len("connection:") && line[0]|0x20 == 'c' && bytes.EqualFold(line[:len("connection:")], []byte("connection:")) {
			last = bytes.EqualFold(bytes.TrimSpace(line[len("connection:"):]), []byte("close"))
		}
	}
	return end + 4, last
}

// appendHello appends the answer to a request.
func appendHello(p []byte, server string, last bool) []byte {
	p = append(p, "HTTP/1.1 200 OK\r\nServer: "...)
	p = append(p, server...)
	p = append(p, "\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nDate: "...)
	p = append(p, httpDate()...)
	if last {
		p = append(p, "\r\nConnection: close"...)
	}
	return append(p, "\r\n\r\n"+Hello...)
}

type date struct {
	second int64
	text   string
}

var today atomic.Pointer[date]

// httpDate formats the time once a second. Safe from any goroutine.
func httpDate() string {
	now := time.Now()
	d := today.Load()
	if d == nil || d.second != now.Unix() {
		d = &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
		today.Store(d)
	}
	return d.text
}
