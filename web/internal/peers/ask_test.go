// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An ask is a request, and what its answer must be.
type ask struct {
	kind, method, path string
	name, value        string // of a field of the header, if there is any
	body               []byte
	chunked            bool // length unknown
	status             int
	want               []byte // nil: whatever has the length that was said
	check              func(a *answer) error
}

// An answer is what a client of whatever kind has received.
type answer struct {
	status   int
	proto    string
	length   int64 // -1 if it is not known
	header   func(name string) string
	body     []byte
	follows, // redirects were followed
	decodes bool // content codings are gone
}

// fault tells what is wrong with an answer.
func (q *ask) fault(a *answer) error {
	status := q.status
	if status == 302 && a.follows {
		status = 200
	}
	if a.status != status {
		return fmt.Errorf("status %d, want %d", a.status, status)
	}
	if q.check != nil {
		if err := q.check(a); err != nil {
			return err
		}
	}
	if q.method != "HEAD" && status != 304 && a.length >= 0 && a.length != int64(len(a.body)) {
		return fmt.Errorf("%d bytes, but Length %d", len(a.body), a.length)
	}
	if q.want != nil && !bytes.Equal(a.body, q.want) {
		return fmt.Errorf("%d bytes %.40q, want %d bytes", len(a.body), a.body, len(q.want))
	}
	return nil
}

func field(name, want string) func(a *answer) error {
	return func(a *answer) error {
		if got := a.header(name); got != want {
			return fmt.Errorf("%s is %q, want %q", name, got, want)
		}
		return nil
	}
}

// asks returns what a server can be asked for, each kind as often as it comes among 47, so that no kind is left to one of three clients.
func (s *site) asks(v server, onlyIdempotent bool) []*ask {
	empty := []byte{}
	get := func(kind, path string, want []byte) *ask {
		return &ask{kind: kind, method: "GET", path: path, status: 200, want: want}
	}
	post := func(kind, method string, n int, chunked bool) *ask {
		return &ask{kind: kind, method: method, path: "/echo", body: s.big[:n], chunked: chunked, status: 200, want: s.big[:n]}
	}
	small := get("small", "/files/small.txt", s.small)
	head := &ask{kind: "HEAD", method: "HEAD", path: "/files/big.bin", status: 200, want: empty, check: func(a *answer) error {
		if !a.decodes && a.length != int64(len(s.big)) {
			return fmt.Errorf("Length %d, want %d", a.length, len(s.big))
		}
		return nil
	}}
	missing := get("missing", "/files/missing", nil)
	missing.status = 404
	same := get("not modified", "/files/small.txt", empty)
	same.status, same.name, same.value = 304, "If-Modified-Since", httpTime(s.modified)
	asks := []*ask{
		get("large", "/files/big.bin", s.big), head, missing, same, get("text", "/files/text.txt", s.text),
		post("POST", "POST", 10, false), post("large POST", "POST", 200000, false), post("empty POST", "POST", 0, false), post("chunked POST", "POST", 150000, true), post("PUT", "PUT", 70000, false),
		post("chunked PUT", "PUT", 11, true),
	}
	if !v.noRedirect {
		moved := get("moved", "/moved", nil)
		moved.status = 302
		moved.check = func(a *answer) error {
			if a.follows && !bytes.Equal(a.body, s.small) {
				return fmt.Errorf("it leads to %.40q", a.body)
			}
			if to := a.header("Location"); !a.follows && !strings.HasSuffix(to, "/files/small.txt") {
				return fmt.Errorf("Location is %q", to)
			}
			return nil
		}
		asks = append(asks, moved)
	}
	if !v.noGzip {
		zipped := get("gzip", "/files/text.txt", nil)
		zipped.name, zipped.value = "Accept-Encoding", "gzip"
		zipped.check = func(a *answer) error {
			text := a.body
			if !a.decodes {
				if err := field("Content-Encoding", "gzip")(a); err != nil {
					return err
				}
				z, err := gzip.NewReader(bytes.NewReader(a.body))
				if err != nil {
					return err
				}
				if text, err = io.ReadAll(z); err != nil {
					return err
				}
			}
			if !bytes.Equal(text, s.text) {
				return fmt.Errorf("%d bytes %.40q after decoding", len(text), text)
			}
			return nil
		}
		asks = append(asks, zipped)
	}
	if !v.noRanges {
		part := get("range", "/files/big.bin", s.big[1000:2000])
		part.status, part.name, part.value = 206, "Range", "bytes=1000-1999"
		part.check = field("Content-Range", fmt.Sprintf("bytes 1000-1999/%d", len(s.big)))
		asks = append(asks, part)
	}
	if onlyIdempotent {
		asks = slices.DeleteFunc(asks, func(q *ask) bool { return q.method == "POST" })
	}
	n := len(asks)
	for i := 0; len(asks) < 47; i++ {
		if i%3 == 0 {
			asks = append(asks, asks[1+i%(n-1)]) // but the large one
		} else {
			asks = append(asks, small)
		}
	}
	return asks
}
