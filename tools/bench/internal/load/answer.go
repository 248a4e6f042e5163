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

// headMax is how long the head of an answer may be.
const headMax = 4096

// An answer is one HTTP answer on its way. It is verified as it comes: no byte is looked at twice but for those of a head that comes in parts.
type answer struct {
	head []byte // what has come of a head that is not complete
	size int    // bytes so far
	left int    // bytes of body still to come, once body is set
	body bool   // the head is complete
}

// feed takes what belongs to the answer off p, and reports whether the answer is complete. Status, length and body have to be right. The next call begins the next
// answer then.
func (a *answer) feed(p, body []byte) (rest []byte, complete bool, err error) {
	if !a.body {
		head, before := p, len(a.head)
		if before > 0 {
			a.head = append(a.head, p...)
			head = a.head
		}
		end := bytes.Index(head, headEnd)
		if end < 0 {
			if len(head) > headMax {
				return nil, false, errors.New("the head of an answer has no end")
			}
			if before == 0 {
				a.head = append(a.head, p...)
			}
			return nil, false, nil
		}
		if err := checkHead(head[:end+2], len(body)); err != nil {
			return nil, false, err
		}
		p = p[end+4-before:]
		*a = answer{head: a.head[:0], size: end + 4, left: len(body), body: true}
	}
	n := min(len(p), a.left)
	if at := len(body) - a.left; !bytes.Equal(p[:n], body[at:at+n]) {
		return nil, false, errWrong
	}
	a.left -= n
	a.size += n
	if a.left > 0 {
		return nil, false, nil
	}
	a.body = false
	return p[n:], true, nil
}

// checkHead verifies the head of an answer, which ends with the end of its last line.
func checkHead(head []byte, size int) error {
	line := bytes.Index(head, lineEnd)
	const want = "HTTP/1.1 200 OK"
	if string(head[:line]) != want {
		return fmt.Errorf("the status line is %q, not %q", head[:line], want)
	}
	head = head[line+2:]
	length := -1
	for len(head) > 0 {
		line := bytes.Index(head, lineEnd)
		if value, ok := contentLength(head[:line]); ok {
			n, err := strconv.Atoi(string(value))
			if err != nil || length >= 0 {
				return errors.New("the answer has no clear Content-Length")
			}
			length = n
		}
		head = head[line+2:]
	}
	if length != size {
		return fmt.Errorf("Content-Length is %d, not %d", length, size)
	}
	return nil
}

// contentLength returns the value of a header line if it is that.
func contentLength(line []byte) ([]byte, bool) {
	n := len(lengthName)
	if len(line) <= n || line[n] != ':' || line[0]|0x20 != 'c' || !bytes.EqualFold(line[:n], lengthName) {
		return nil, false
	}
	return bytes.TrimSpace(line[n+1:]), true
}
