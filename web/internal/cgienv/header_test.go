// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// parse reads a header block and tells what it saw.
func parse(pieces iter.Seq[[]byte], limit int) string {
	p := cgienv.Parser{Max: limit}
	done, body := false, ""
	for piece := range pieces {
		if done {
			body += string(piece)
			continue
		}
		rest, d, err := p.Parse(piece)
		if err != nil {
			return err.Error()
		}
		if done = d; d {
			body += string(rest)
		}
	}
	if err := p.End(); err != nil {
		return err.Error()
	}
	h := p.Header
	return fmt.Sprintf("%d %q %q %v %d %q body %q", h.Status, h.Phrase, h.Location, h.Fields, h.Skipped, h.First, body)
}

func TestHeaderBlocks(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"A: b\n\nbody", `0 "" "" [{A b}] 0 "" body "body"`},
		{"A: b\r\n\r\nbody", `0 "" "" [{A b}] 0 "" body "body"`},
		{"A: b\r\rbody", `0 "" "" [{A b}] 0 "" body "body"`},
		{"A: b\r\r\nbody", `0 "" "" [{A b}] 0 "" body "\nbody"`},
		{"A: b\n\r\nbody", `0 "" "" [{A b}] 0 "" body "body"`},
		{"A: b\r\n\nbody", `0 "" "" [{A b}] 0 "" body "body"`},
		{"A: b\rB: c\r\r", `0 "" "" [{A b} {B c}] 0 "" body ""`},
		{"Status: 404 Not There\nA: b\n\n", `404 "Not There" "" [{A b}] 0 "" body ""`},
		{"Status: 200\nStatus: 500\n\n", `200 "" "" [] 0 "" body ""`},
		{"HTTP/1.1 404 Gone Away\r\nA: b\r\n\r\n", `404 "Gone Away" "" [{A b}] 0 "" body ""`},
		{"location: /x\n\n", `0 "" "/x" [] 0 "" body ""`},
		{"Location: /x\nStatus: 303\n\n", `303 "" "" [{Location /x}] 0 "" body ""`},
		{"A: 1\nA: 2\nServer: me\nDate: now\nTransfer-Encoding: chunked\nConnection: close\n\n", `0 "" "" [{A 1} {A 2}] 0 "" body ""`},
		{"A: b\nno colon\nbad name: x\nC: a\x01b\nD: a\rE: b\n\n", `0 "" "" [{A b}] 4 "no colon" body ""`},
		{" A: folded\nB: c\n\n", `0 "" "" [{B c}] 1 " A: folded" body ""`},
		{"Status: 42\n\n", "the status is not one of 200 to 599"},
		{"Status: 100 Continue\n\n", "the status is not one of 200 to 599"},
		{"Status: abc\n\n", "the status is not one of 200 to 599"},
		{"\n", "the header block has no field"},
		{"junk\n\n", "the header block has no field"},
		{"A: b\n", "the output ended before its header block"},
		{"", "the output ended before its header block"},
		{strings.Repeat("A: bbbbbbbb\n", 9), "the header block is too long"},
		{strings.Repeat("x", 101), "the header block is too long"},
	} {
		protocoltest.Splits(t, []byte(test.in), func(pieces iter.Seq[[]byte]) string {
			got := parse(pieces, 100)
			if got != test.want {
				t.Errorf("%q: got %s, want %s", test.in, got, test.want)
			}
			return got
		})
	}
	many := strings.Repeat("A: b\n", 300) + "\n"
	if got := parse(func(yield func([]byte) bool) { yield([]byte(many)) }, 0); got != cgienv.ErrFields.Error() {
		t.Errorf("300 fields: %.100s", got)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("Status: 200 OK\r\nA: b\r\n\r\nbody"), 3)
	f.Add([]byte("A: b\r\rbody"), 5)
	f.Fuzz(func(t *testing.T, in []byte, at int) {
		whole := parse(func(yield func([]byte) bool) { yield(in) }, 200)
		at = min(max(at, 0), len(in))
		split := parse(func(yield func([]byte) bool) { _ = yield(in[:at]) && yield(in[at:]) }, 200)
		if whole != split {
			t.Errorf("whole %s, split %s", whole, split)
		}
	})
}
