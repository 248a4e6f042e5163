// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"strings"
	"testing"
	"unsafe"
)

// A head like the one before shares its text; any other one, longer ones included, has its own.
func TestSameHead(t *testing.T) {
	var p Parser
	var first, again, other Head
	text := "GET /a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n"
	parse := func(text string, h *Head) {
		t.Helper()
		if n, err := p.Parse([]byte(text), h); err != nil || n != len(text) {
			t.Fatalf("%d, %v", n, err)
		}
	}
	parse(text, &first)
	parse(text, &again)
	if again.Target != "/a?b" || again.Host != "a" || unsafe.StringData(first.Target) != unsafe.StringData(again.Target) {
		t.Errorf("%+v has a text of its own", again)
	}
	for _, text := range []string{strings.Replace(text, "X: 1", "X: 2", 1), strings.Replace(text, "X: 1", "X: 1\r\nY: 2", 1), strings.Replace(text, "b", strings.Repeat("b", keepMax), 1)} {
		parse(text, &other)
		if want := text[strings.Index(text, "X") : len(text)-4]; !strings.Contains(string(other.Fields), want) || first.Target != "/a?b" {
			t.Errorf("%+v", other)
		}
	}
	if p.last != "" {
		t.Errorf("a head of %d bytes is kept", len(p.last))
	}
}

// What was made a string of the next head, before that was complete, is not taken for the one behind it when the next head is like the one before.
func TestSameHeadInPieces(t *testing.T) {
	var p Parser
	var h Head
	long, short := "GET /long HTTP/1.1\r\nHost: a\r\nX: 12345678\r\n\r\n", "GET /s HTTP/1.0\r\n\r\n"
	in := []byte(long + long[:len(short)+4])
	n, err := p.Parse(in, &h)
	if n != len(long) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err = p.Parse(in[n:], &h); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	in = []byte(long + short)
	if n, err = p.Parse(in, &h); n != len(long) || err != nil || h.Target != "/long" {
		t.Fatalf("%d, %v, %q", n, err, h.Target)
	}
	if n, err = p.Parse(in[n:], &h); n != len(short) || err != nil || h.Target != "/s" {
		t.Fatalf("%d, %v, %q", n, err, h.Target)
	}
}

// A head like the one before is known for it only where it begins: behind an empty line it is read like any other, and so is one that has come in part.
func TestSameHeadElsewhere(t *testing.T) {
	const text = "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	var p Parser
	read := func(in string) {
		t.Helper()
		var want, h Head
		n, err := new(Parser).Parse([]byte(in), &want)
		if m, e := p.Parse([]byte(in), &h); m != n || e != err || h != want {
			t.Errorf("%q: %d, %v, %+v, want %d, %v, %+v", in, m, e, h, n, err, want)
		}
	}
	for _, in := range []string{text, text + "more", "\r\n" + text, text, "\r\n" + text, "\r\n" + text, text, text} {
		read(in)
	}
	for cut := range text {
		if n, err := p.Parse([]byte(text[:cut]), new(Head)); n != 0 || err != nil {
			t.Fatalf("the first %d bytes: %d, %v", cut, n, err)
		}
		read(text)
	}
	post := "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
	for _, in := range []string{post, post + "abc", text, post, post + text} {
		read(in)
	}
}

// A response head like the one before shares its text and means the same; one that differs, however late and in whatever pieces it comes, is read for itself.
func TestSameResponseHead(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\n"
	others := []string{
		strings.Replace(text, "X: 1", "X: 2", 1), strings.Replace(text, "X: 1", "X: 1\r\nConnection: close", 1), strings.Replace(text, "5", "6", 1),
		"HTTP/1.1 100 Continue\r\n\r\n", strings.Replace(text, "X: 1", "X: "+strings.Repeat("1", keepMax), 1), "HTTP/1.0 204\r\n\r\n",
	}
	for _, other := range others {
		for split := range len(other) {
			var p, fresh ResponseParser
			var first, again, h, want ResponseHead
			parse := func(p *ResponseParser, text string, split int, h *ResponseHead) {
				t.Helper()
				if n, err := p.Parse([]byte(text[:split]), h); n != 0 || err != nil {
					t.Fatalf("%d, %v", n, err)
				}
				if n, err := p.Parse([]byte(text+"body"), h); err != nil || n != len(text) {
					t.Fatalf("%d, %v", n, err)
				}
			}
			parse(&p, text, 0, &first)
			parse(&p, text, 0, &again)
			if again != first || unsafe.StringData(again.Phrase) != unsafe.StringData(first.Phrase) {
				t.Fatalf("%+v is not %+v", again, first)
			}
			parse(&fresh, other, 0, &want)
			for _, text := range []string{other, text, other} {
				expected := want
				if text != other {
					expected = first
				}
				if parse(&p, text, min(split, len(text)-1), &h); h != expected {
					t.Fatalf("split at %d: %+v is not %+v", split, h, expected)
				}
			}
		}
	}
}
