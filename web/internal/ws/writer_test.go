// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// All that a Writer makes is read at the other end, in both directions.
func TestWriter(t *testing.T) {
	for _, role := range []ws.Role{ws.Server, ws.Client} {
		w := ws.NewWriter(role, nil, nil)
		out := w.AppendMessage(nil, ws.Text, []byte("whole"))
		out = w.AppendMessage(out, ws.Binary, nil)
		out = w.AppendFragment(out, ws.Binary, []byte("in "), false)
		out = w.AppendPing(out, []byte("ping"))
		out = w.AppendFragment(out, 0, []byte("three "), false)
		out = w.AppendPong(out, nil)
		out = w.AppendFragment(out, 0, []byte("pieces"), true)
		out = w.AppendFragment(out, ws.Text, []byte("in one"), true)
		want := `text "whole"; binary ""; ping "ping"; pong ""; binary "in three pieces"; text "in one"; `
		if role == ws.Server {
			out = append(w.AppendHead(out, ws.Text, 3), "own"...)
			want += `text "own"; `
		}
		out = w.AppendClose(out, ws.GoingAway, strings.Repeat("é", 70))
		want += tell("close 1001", []byte(strings.Repeat("é", 61)))
		r := ws.NewReader(1-role, nil, nil)
		if got := run(t, &r, out, randomly); got != want {
			t.Errorf("%v:\n got %s\nwant %s", role, got, want)
		}
	}
}

// Two messages of a client never have the same key, or it would be of no use.
func TestMasked(t *testing.T) {
	w := ws.NewWriter(ws.Client, nil, nil)
	a := w.AppendMessage(nil, ws.Text, []byte("same text"))
	b := w.AppendMessage(nil, ws.Text, []byte("same text"))
	if a[1]&0x80 == 0 || string(a[2:]) == string(b[2:]) {
		t.Errorf("%x, %x", a, b)
	}
}

// What a caller must not do.
func TestMisuse(t *testing.T) {
	w := ws.NewWriter(ws.Client, nil, nil)
	for name, f := range map[string]func(){
		"op":             func() { w.AppendMessage(nil, ws.Ping, nil) },
		"continuation":   func() { w.AppendFragment(nil, ws.Continuation, nil, false) },
		"ping":           func() { w.AppendPing(nil, make([]byte, 126)) },
		"pong":           func() { w.AppendPong(nil, make([]byte, 126)) },
		"code":           func() { w.AppendClose(nil, ws.Abnormal, "") },
		"head of client": func() { w.AppendHead(nil, ws.Text, 1) },
		"in a message": func() {
			w := ws.NewWriter(ws.Server, nil, nil)
			w.AppendFragment(nil, ws.Text, nil, false)
			w.AppendMessage(nil, ws.Text, nil)
		},
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.HasPrefix(s, "ws: ") {
					t.Errorf("%s: %q", name, s)
				}
			}()
			f()
		}()
	}
}

func TestCutReason(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"bye", "bye"},
		{strings.Repeat("a", 123), strings.Repeat("a", 123)},
		{strings.Repeat("a", 124), strings.Repeat("a", 123)},
		{strings.Repeat("a", 122) + "é", strings.Repeat("a", 122)},
		{"a\xffb", "a"},
	} {
		if got := ws.CutReason(tt.in); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ws.Text.String(), "text"},
		{ws.Opcode(11).String(), "opcode 11"},
		{ws.NormalClosure.String(), "1000 (normal closure)"},
		{ws.Code(4001).String(), "4001"},
		{ws.MessageEvent.String(), "message"},
		{ws.Client.String(), "client"},
		{ws.ErrMessageSize.Error(), "websocket: message is longer than the limit (1009 (message too big))"},
		{(&ws.HandshakeError{Status: 400, Reason: "why"}).Error(), "websocket: handshake: why"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
