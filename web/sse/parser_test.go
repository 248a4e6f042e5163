// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/sse"
)

// parse returns what a Parser makes of input, for comparing.
func parse(p *sse.Parser, pieces iter.Seq[[]byte]) string {
	var b strings.Builder
	for piece := range pieces {
		p.Feed(piece)
		for {
			e, ok, err := p.Next()
			if err != nil {
				fmt.Fprintln(&b, "error:", err)
				return b.String()
			}
			if !ok {
				break
			}
			fmt.Fprintf(&b, "%q %q %q %v\n", e.ID, e.Name, e.Data, e.Retry)
		}
	}
	retry, _ := p.Retry()
	fmt.Fprintf(&b, "last %q retry %v", p.LastEventID(), retry)
	return b.String()
}

func one(s string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { yield([]byte(s)) }
}

func TestParser(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"none", "", `last "" retry 0s`},
		{"the standard's first", "data: YHOO\ndata: +2\ndata: 10\n\n", "\"\" \"\" \"YHOO\\n+2\\n10\" 0s\n" + `last "" retry 0s`},
		{"the standard's second", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
			"\"1\" \"\" \"first event\" 0s\n\"\" \"\" \"second event\" 0s\n" + `last "" retry 0s`},
		{"the standard's third", "data\n\ndata\ndata\n\ndata:", "\"\" \"\" \"\" 0s\n\"\" \"\" \"\\n\" 0s\n" + `last "" retry 0s`},
		{"the standard's fourth", "data:test\n\ndata: test\n\n", "\"\" \"\" \"test\" 0s\n\"\" \"\" \"test\" 0s\n" + `last "" retry 0s`},
		{"BOM", "\uFEFFdata: a\n\n", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"two BOMs", "\uFEFF\uFEFFdata: a\n\ndata: b\n\n", "\"\" \"\" \"b\" 0s\n" + `last "" retry 0s`},
		{"a BOM later", "data: \uFEFFa\n\n", "\"\" \"\" \"\\ufeffa\" 0s\n" + `last "" retry 0s`},
		{"CR", "event: x\rdata: a\rdata: b\r\rdata: c\r\r", "\"\" \"x\" \"a\\nb\" 0s\n\"\" \"\" \"c\" 0s\n" + `last "" retry 0s`},
		{"CRLF", "event: x\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", "\"\" \"x\" \"a\\nb\" 0s\n\"\" \"\" \"c\" 0s\n" + `last "" retry 0s`},
		{"all mixed", "data: a\r\ndata: b\n\rdata: c\r\n\n", "\"\" \"\" \"a\\nb\" 0s\n\"\" \"\" \"c\" 0s\n" + `last "" retry 0s`},
		{"a CR at the end ends the event", "data: a\r\r", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"comments and unknown fields", ":\n:x: y\nfoo: bar\nDATA: no\n data: no\ndata: a\n:\n\n", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"id alone", "id: 7\n\n", `last "7" retry 0s`},
		{"id of what is cut off", "id: 7\n\nid: 8\ndata: a\n", `last "7" retry 0s`},
		{"id stays", "id: 7\ndata: a\n\ndata: b\n\n", "\"7\" \"\" \"a\" 0s\n\"7\" \"\" \"b\" 0s\n" + `last "7" retry 0s`},
		{"id with NUL", "id: 7\ndata: a\n\nid: 8\x00\ndata: b\n\n", "\"7\" \"\" \"a\" 0s\n\"7\" \"\" \"b\" 0s\n" + `last "7" retry 0s`},
		{"long id", "id: " + strings.Repeat("x", 4097) + "\ndata: a\n\n", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"name without data", "event: x\n\ndata: a\n\n", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"name twice", "event: x\nevent\ndata: a\n\n", "\"\" \"\" \"a\" 0s\n" + `last "" retry 0s`},
		{"retry", "retry: 1500\ndata: a\n\ndata: b\n\n", "\"\" \"\" \"a\" 1.5s\n\"\" \"\" \"b\" 0s\n" + `last "" retry 1.5s`},
		{"retry at once", "retry:0", `last "" retry 0s`},
		{"retry of 0", "retry:0\n", `last "" retry 1ms`},
		{"no retry", "retry\nretry: -5\nretry: 1.5\nretry: 1e3\nretry:  5\nretry: 5 \nretry: +5\nretry: ٣\n\n", `last "" retry 0s`},
		{"too large a retry", "retry: 99999999999999999999999\n", `last "" retry 2562047h47m16.854s`},
		{"no UTF-8", "data: a\xffb\xe2\x82c\nevent: \xc0\n\n", "\"\" \"\ufffd\" \"a\ufffdb\ufffdc\" 0s\n" + `last "" retry 0s`},
		{"a space or two, and colons", "data:  a: b\n\n", "\"\" \"\" \" a: b\" 0s\n" + `last "" retry 0s`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(&sse.Parser{}, one(tt.in)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string { return parse(&sse.Parser{}, pieces) })
		})
	}
}

// What a server may make grow is bounded: a line that has no end, an event that has none, be it of comments.
func TestParserTooLarge(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		events   int
		err      error
	}{
		{"as much as may be", "data: 345678901\ndata: 9\n\n" + "data: 345678901\ndata: 9\n\n", 2, nil},
		{"a line", "data: 1\n\ndata: 3456789012345678901234", 1, sse.ErrTooLarge},
		{"many lines", "data: 1\n\n" + strings.Repeat("data\n", 7), 1, sse.ErrTooLarge},
		{"a comment", "data: 1\n\n:34567890123456789012345678", 1, sse.ErrTooLarge},
		{"comments", strings.Repeat(":123456789\n", 100) + "data: 1\n\n", 1, nil},
		{"comments apart", ":123456789\n\n:123456789\n\n:123456789\n\n", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string {
				p := sse.Parser{MaxEvent: 25}
				return parse(&p, pieces)
			})
			p := sse.Parser{MaxEvent: 25}
			p.Feed([]byte(tt.in))
			n := 0
			var err error
			for {
				var ok bool
				if _, ok, err = p.Next(); !ok {
					break
				}
				n++
			}
			if n != tt.events || !errors.Is(err, tt.err) {
				t.Errorf("%d events, %v", n, err)
			}
			if _, _, again := p.Next(); again != err {
				t.Errorf("then %v", again)
			}
		})
	}
}

func TestParserReset(t *testing.T) {
	var p sse.Parser
	parse(&p, one("retry: 5\nid: 1\ndata: a\n\nid: 2\ndata: cut off"))
	p.Reset()
	if got, want := parse(&p, one("\uFEFFdata: b\n\n")), "\"1\" \"\" \"b\" 0s\nlast \"1\" retry 5ms"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzParser(f *testing.F) {
	f.Add([]byte("\uFEFFid: 1\nevent: x\r\ndata: a\rdata\n\nretry: 5\n\n"))
	f.Add([]byte(":\n\ndata:\xff\n\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		protocoltest.Splits(t, in, func(pieces iter.Seq[[]byte]) string {
			p := sse.Parser{MaxEvent: 64}
			return parse(&p, pieces)
		})
	})
}

// What is appended is what is read.
func FuzzRoundTrip(f *testing.F) {
	f.Add("1", "price", "a\nb\n", int64(5))
	f.Fuzz(func(t *testing.T, id, name, data string, ms int64) {
		data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
		want := sse.Event{ID: id, Name: name, Data: data, Retry: time.Duration(ms%1e9) * time.Millisecond}
		text, err := want.Append(nil)
		if err != nil || len(id) > 4096 || name == "" && data == "" || want.Retry < 0 || !utf8.ValidString(id+"|"+name+"|"+data) {
			return
		}
		var p sse.Parser
		p.Feed(text)
		got, ok, err := p.Next()
		if !ok || err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v, %v, want %+v", text, got, ok, err, want)
		}
	})
}
