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
