// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var (
	headEnd    = []byte("\r\n\r\n")
	lineEnd    = []byte("\r\n")
	lengthName = []byte("content-length")
)

// checkAnswer verifies the HTTP answer that p begins with, and returns its length, or 0 when it is not complete. Status, length and body have to be right.
func checkAnswer(p, body []byte) (int, error) {
	end := bytes.Index(p, headEnd)
	if end < 0 {
		if len(p) > 4096 {
			return 0, errors.New("the head of an answer has no end")
		}
		return 0, nil
	}
	head := p[:end+2]
	line := bytes.Index(head, lineEnd)
	const want = "HTTP/1.1 200 OK"
	if string(head[:line]) != want {
		return 0, fmt.Errorf("the status line is %q, not %q", head[:line], want)
	}
	head = head[line+2:]
	length := -1
	for len(head) > 0 {
		line := bytes.Index(head, lineEnd)
		if value, ok := contentLength(head[:line]); ok {
			n, err := strconv.Atoi(string(value))
			if err != nil || length >= 0 {
				return 0, errors.New("the answer has no clear Content-Length")
			}
			length = n
		}
		head = head[line+2:]
	}
	if length != len(body) {
		return 0, fmt.Errorf("Content-Length is %d, not %d", length, len(body))
	}
	rest := p[end+4:]
	if n := min(len(rest), len(body)); !bytes.Equal(rest[:n], body[:n]) {
		return 0, errWrong
	}
	if len(rest) < len(body) {
		return 0, nil
	}
	return end + 4 + len(body), nil
}

// contentLength returns the value of a header line if it is that.
func contentLength(line []byte) ([]byte, bool) {
	n := len(lengthName)
	if len(line) <= n || line[n] != ':' || line[0]|0x20 != 'c' || !bytes.EqualFold(line[:n], lengthName) {
		return nil, false
	}
	return bytes.TrimSpace(line[n+1:]), true
}
