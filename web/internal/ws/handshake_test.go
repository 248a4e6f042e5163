// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// fields are "Name: value" lines.
type fields []string

func (f fields) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range f {
			if n, v, _ := strings.Cut(line, ": "); strings.EqualFold(n, name) && !yield(v) {
				return
			}
		}
	}
}

// with is f with a line in place of the one of the same name; "Name" alone takes it out.
func (f fields) with(line string) fields {
	name, _, set := strings.Cut(line, ": ")
	out := slices.DeleteFunc(slices.Clone(f), func(l string) bool { return strings.HasPrefix(l, name+": ") })
	if set {
		out = append(out, line)
	}
	return out
}

const key = "dGhlIHNhbXBsZSBub25jZQ=="

func TestAcceptKey(t *testing.T) {
	if got := ws.AcceptKey(key); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
	if a, b := ws.NewKey(), ws.NewKey(); a == b || len(a) != 24 {
		t.Errorf("%s, %s", a, b)
	}
}

func TestCheckRequest(t *testing.T) {
	good := fields{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key}
	for _, tt := range []struct {
		h      fields
		status int // 0: accepted
	}{
		{good, 0},
		{good.with("Upgrade: WebSocket"), 0},
		{good.with("Upgrade: h2c, websocket"), 0},
		{good.with("Connection: keep-alive, Upgrade"), 0},
		{append(good.with("Connection: keep-alive"), "connection: UPGRADE"), 0},
		{good.with("Sec-WebSocket-Key: " + ws.NewKey()), 0},
		{good.with("Upgrade"), 426},
		{good.with("Upgrade: websockets"), 426},
		{good.with("Connection"), 400},
		{good.with("Connection: close"), 400},
		{good.with("Sec-WebSocket-Version"), 426},
		{good.with("Sec-WebSocket-Version: 8"), 426},
		{good.with("Sec-WebSocket-Version: 013"), 426},
		{append(good, "Sec-WebSocket-Version: 13"), 426},
		{good.with("Sec-WebSocket-Key"), 400},
		{good.with("Sec-WebSocket-Key: "), 400},
		{good.with("Sec-WebSocket-Key: " + key[:20]), 400},
		{good.with("Sec-WebSocket-Key: " + key + "AAAA"), 400},
		{good.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="), 400}, // bits that mean nothing
		{good.with("Sec-WebSocket-Key: ????????????????????????"), 400},
		{append(good, "Sec-WebSocket-Key: "+key), 400},
	} {
		got, err := ws.CheckRequest(tt.h)
		var e *ws.HandshakeError
		if tt.status == 0 && (err != nil || len(got) != 24) || tt.status != 0 && (!errors.As(err, &e) || e.Status != tt.status) {
			t.Errorf("%q: %q, %v; want status %d", tt.h, got, err, tt.status)
		}
	}
}

func TestCheckResponse(t *testing.T) {
	good := fields{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: " + ws.AcceptKey(key)}
	for _, tt := range []struct {
		h  fields
		ok bool
	}{
		{good, true},
		{good.with("Upgrade: WebSocket"), true},
		{good.with("Connection: upgrade, x"), true},
		{good.with("Upgrade"), false},
		{good.with("Upgrade: websocket, h2c"), false},
		{good.with("Connection"), false},
		{good.with("Sec-WebSocket-Accept"), false},
		{good.with("Sec-WebSocket-Accept: " + key), false},
		{good.with("Sec-WebSocket-Accept: " + strings.ToLower(ws.AcceptKey(key))), false},
		{append(good, "Sec-WebSocket-Accept: "+ws.AcceptKey(key)), false},
	} {
		if err := ws.CheckResponse(tt.h, key); (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.h, err)
		}
	}
}

func TestProtocols(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"chat, superchat", "[chat superchat]"},
		{"a|b,,c", "[a b c]"},
		{"", "[]"},
		{"a, a", "error"},
		{"a|a", "error"},
		{"a b", "error"},
		{"a/b", "error"},
		{"\"a\"", "error"},
		{strings.Repeat("x", 10) + ",A,a", "[xxxxxxxxxx A a]"},
	} {
		list, err := ws.ParseProtocols(slices.Values(strings.Split(tt.in, "|")))
		got := fmt.Sprint(list)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
	many := make([]string, 65)
	for i := range many {
		many[i] = fmt.Sprint("p", i)
	}
	if _, err := ws.ParseProtocols(slices.Values(many)); err == nil {
		t.Error("65 subprotocols")
	}
	if got := ws.SelectProtocol([]string{"a", "b"}, []string{"c", "b", "a"}); got != "b" {
		t.Errorf("%q", got)
	}
	if got := ws.SelectProtocol([]string{"A"}, []string{"a"}); got != "" {
		t.Errorf("%q", got)
	}
	for _, tt := range []struct {
		h    fields
		want string
		ok   bool
	}{
		{nil, "", true},
		{fields{"Sec-WebSocket-Protocol: b"}, "b", true},
		{fields{"Sec-WebSocket-Protocol: c"}, "", false},
		{fields{"Sec-WebSocket-Protocol: "}, "", false},
		{fields{"Sec-WebSocket-Protocol: a, b"}, "", false},
		{fields{"Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"}, "", false},
	} {
		if got, err := ws.ConfirmProtocol(tt.h, []string{"a", "b"}); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: %q, %v", tt.h, got, err)
		}
	}
}

func TestParseExtensions(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"foo", "foo"},
		{"foo, bar; baz=2", "foo, bar; baz=2"},
		{"foo;bar|  baz ; a = 1;b ,\tc", "foo; bar, baz; a=1; b, c"},
		{", ,foo,,", "foo"},
		{`foo; a="b"; c="\d\e"`, "foo; a=b; c=de"},
		{`foo; a="b,c"`, "error"}, // not a token inside
		{`foo; a="b c"`, "error"},
		{`foo; a=""`, "error"},
		{`foo; a="b`, "error"},
		{`foo; a="`, "error"},
		{`foo; a="b\`, "error"},
		{`foo; a="b"c`, "error"},
		{"foo bar", "error"},
		{"foo;", "error"},
		{"foo; =1", "error"},
		{"foo; a=", "error"},
		{"foo; a=1=2", "error"},
		{";foo", "error"},
		{"=1", "error"},
		{"foo/bar", "error"},
		{"f\xfco", "error"},
		{strings.Repeat("a,", 64), strings.TrimSuffix(strings.Repeat("a, ", 64), ", ")},
		{strings.Repeat("a,", 65), "error"},
		{"a" + strings.Repeat(";b", 64), "error"},
	} {
		list, err := ws.ParseExtensions(slices.Values(strings.Split(tt.in, "|")))
		got := print(list)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func print(list []ws.Extension) string {
	var all []string
	for _, e := range list {
		s := e.Name
		for _, p := range e.Params {
			s += "; " + p.Name
			if p.HasValue {
				s += "=" + p.Value
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// What is read can be printed and read again; and the negotiation comes to the same on both sides whatever is offered.
func FuzzHandshake(f *testing.F) {
	for _, s := range []string{"permessage-deflate; client_max_window_bits", `permessage-deflate; server_max_window_bits="10"; client_no_context_takeover, foo`, "a;b=\"\\c\"", ",,"} {
		f.Add(s, uint8(0), uint8(15))
	}
	f.Fuzz(func(t *testing.T, s string, send, receive uint8) {
		ws.ParseProtocols(slices.Values([]string{s}))
		list, err := ws.ParseExtensions(slices.Values([]string{s}))
		if err != nil {
			return
		}
		again, err := ws.ParseExtensions(slices.Values([]string{print(list)}))
		if err != nil || print(again) != print(list) {
			t.Fatalf("%q is %q, and that %q, %v", s, print(list), print(again), err)
		}
		c := &ws.Compression{SendTakeover: send&16 != 0, ReceiveTakeover: receive&16 != 0, SendBits: int(send % 16), ReceiveBits: int(receive % 16)}
		p, answer := c.Accept(list)
		if (p == nil) != (answer == "") {
			t.Errorf("%+v, %q", p, answer)
		}
		if p == nil {
			return
		}
		parsed, err := ws.ParseExtensions(slices.Values([]string{answer}))
		if err != nil {
			t.Fatal(err)
		}
		// A client that is ready for everything reads the answer as it was meant.
		back, err := (&ws.Compression{SendTakeover: true, ReceiveTakeover: true}).Confirm(parsed)
		if err != nil || *back != *p {
			t.Errorf("%q: %+v to the server, %+v to the client, %v", answer, p, back, err)
		}
	})
}
