// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

func parse(t testing.TB, s string) []ws.Extension {
	t.Helper()
	list, err := ws.ParseExtensions(slices.Values([]string{s}))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func show(p *ws.Params) string {
	if p == nil {
		return "none"
	}
	one := func(d ws.Direction) string {
		return fmt.Sprint(d.Bits) + map[bool]string{true: "+"}[d.Takeover]
	}
	return "client " + one(p.Client) + " server " + one(p.Server)
}

// What a server answers to an offer, and what is in force then: the bits, and + for takeover.
func TestAccept(t *testing.T) {
	const pd = "permessage-deflate"
	plain, both := &ws.Compression{}, &ws.Compression{SendTakeover: true, ReceiveTakeover: true}
	small := &ws.Compression{SendTakeover: true, ReceiveTakeover: true, SendBits: 12, ReceiveBits: 10}
	for _, tt := range []struct {
		c                     *ws.Compression
		offer, answer, params string
	}{
		{plain, "", "", "none"},
		{plain, "x-webkit-deflate-frame", "", "none"},
		{plain, pd, "; server_no_context_takeover; client_no_context_takeover", "client 15 server 15"},
		{plain, "foo, " + pd, "; server_no_context_takeover; client_no_context_takeover", "client 15 server 15"},
		{both, pd, ";", "client 15+ server 15+"},
		{both, pd + "; server_no_context_takeover", "; server_no_context_takeover", "client 15+ server 15"},
		{both, pd + "; client_no_context_takeover", "; client_no_context_takeover", "client 15 server 15+"},
		{both, pd + "; client_max_window_bits", ";", "client 15+ server 15+"},
		{both, pd + "; client_max_window_bits=10", "; client_max_window_bits=10", "client 10+ server 15+"},
		{both, pd + "; client_max_window_bits=8", "; client_max_window_bits=8", "client 8+ server 15+"},
		{both, pd + "; client_max_window_bits=15", ";", "client 15+ server 15+"},
		{both, pd + "; server_max_window_bits=10", "; server_max_window_bits=10", "client 15+ server 10+"},
		{both, pd + "; server_max_window_bits=8", "; server_max_window_bits=8", "client 15+ server 8+"},
		{both, pd + "; server_max_window_bits=15", "; server_max_window_bits=15", "client 15+ server 15+"},
		{both, pd + `; server_max_window_bits="9"`, "; server_max_window_bits=9", "client 15+ server 9+"},
		{small, pd, "; server_max_window_bits=12; client_no_context_takeover", "client 15 server 12+"}, // the client has not offered to keep to less
		{small, pd + "; client_max_window_bits", "; server_max_window_bits=12; client_max_window_bits=10", "client 10+ server 12+"},
		{small, pd + "; client_max_window_bits=12", "; server_max_window_bits=12; client_max_window_bits=10", "client 10+ server 12+"},
		{small, pd + "; client_max_window_bits=9", "; server_max_window_bits=12; client_max_window_bits=9", "client 9+ server 12+"},
		{small, pd + "; server_max_window_bits=9; client_max_window_bits", "; server_max_window_bits=9; client_max_window_bits=10", "client 10+ server 9+"},
		// Offers to decline.
		{both, pd + "; foo", "", "none"},
		{both, pd + "; server_no_context_takeover=1", "", "none"},
		{both, pd + "; client_no_context_takeover=true", "", "none"},
		{both, pd + "; server_no_context_takeover; server_no_context_takeover", "", "none"},
		{both, pd + "; server_max_window_bits", "", "none"},
		{both, pd + "; server_max_window_bits=7", "", "none"},
		{both, pd + "; server_max_window_bits=16", "", "none"},
		{both, pd + "; server_max_window_bits=08", "", "none"},
		{both, pd + "; server_max_window_bits=+9", "", "none"},
		{both, pd + "; server_max_window_bits=9; server_max_window_bits=9", "", "none"},
		{both, pd + "; client_max_window_bits=0", "", "none"},
		{both, pd + "; client_max_window_bits=1e1", "", "none"},
		{both, pd + "; client_max_window_bits; client_max_window_bits=9", "", "none"},
		{both, "Permessage-Deflate", "", "none"},
		// The next best.
		{both, pd + "; foo, " + pd + "; server_no_context_takeover", "; server_no_context_takeover", "client 15+ server 15"},
		{both, pd + "; server_max_window_bits=7, " + pd, ";", "client 15+ server 15+"},
		{both, pd + "; server_max_window_bits=9, " + pd, "; server_max_window_bits=9", "client 15+ server 9+"},
	} {
		want := tt.answer
		if want != "" {
			want = strings.TrimSuffix(pd+want, ";")
		}
		p, answer := tt.c.Accept(parse(t, tt.offer))
		if answer != want || show(p) != tt.params {
			t.Errorf("%+v, %q:\n got %q, %s\nwant %q, %s", *tt.c, tt.offer, answer, show(p), want, tt.params)
		}
	}
}

// What a client makes of an answer.
func TestConfirm(t *testing.T) {
	const pd = "permessage-deflate"
	plain, both := &ws.Compression{}, &ws.Compression{SendTakeover: true, ReceiveTakeover: true}
	small := &ws.Compression{SendTakeover: true, ReceiveTakeover: true, SendBits: 12, ReceiveBits: 10}
	for _, tt := range []struct {
		c            *ws.Compression
		answer, want string
	}{
		{plain, "", "none"},
		{nil, "", "none"},
		{nil, pd, "error"},
		{plain, "foo", "error"},
		{plain, pd + "; server_no_context_takeover; client_no_context_takeover", "client 15 server 15"},
		{plain, pd + "; server_no_context_takeover", "client 15 server 15"},
		{plain, pd, "client 15 server 15+"}, // as the server likes
		{both, pd, "client 15+ server 15+"},
		{both, pd + "; client_no_context_takeover", "client 15 server 15+"},
		{both, pd + "; client_max_window_bits=9; server_max_window_bits=8", "client 9+ server 8+"},
		{both, pd + "; client_max_window_bits=8", "client 8+ server 15+"},
		{both, pd + "; client_max_window_bits", "error"},
		{both, pd + "; server_max_window_bits", "error"},
		{both, pd + "; server_max_window_bits=16", "error"},
		{both, pd + "; client_max_window_bits=7", "error"},
		{both, pd + "; foo", "error"},
		{both, pd + "; server_no_context_takeover=1", "error"},
		{both, pd + "; client_no_context_takeover; client_no_context_takeover", "error"},
		{both, pd + ", " + pd, "error"},
		{both, pd + ", foo", "error"},
		{small, pd + "; server_max_window_bits=10", "client 12+ server 10+"},
		{small, pd + "; server_max_window_bits=9; client_max_window_bits=11", "client 11+ server 9+"},
		{small, pd + "; server_max_window_bits=10; client_max_window_bits=13", "error"},
		{small, pd + "; server_max_window_bits=11", "error"},
		{small, pd, "error"}, // it has to keep to what was asked for
	} {
		p, err := tt.c.Confirm(parse(t, tt.answer))
		got := show(p)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%+v, %q: %s (%v), want %s", tt.c, tt.answer, got, err, tt.want)
		}
	}
}

// All settings of a client against all settings of a server: they agree, and neither gets what it refused.
func TestAgreement(t *testing.T) {
	var all []*ws.Compression
	for _, send := range []bool{false, true} {
		for _, receive := range []bool{false, true} {
			for _, sendBits := range []int{0, 9, 12} {
				for _, receiveBits := range []int{0, 9, 12} {
					all = append(all, &ws.Compression{SendTakeover: send, ReceiveTakeover: receive, SendBits: sendBits, ReceiveBits: receiveBits})
				}
			}
		}
	}
	for _, client := range all {
		for _, server := range all {
			p, answer := server.Accept(parse(t, client.Offer()))
			q, err := client.Confirm(parse(t, answer))
			if err != nil || p == nil || *p != *q {
				t.Fatalf("%q, %q: %s to the server, %s to the client, %v", client.Offer(), answer, show(p), show(q), err)
			}
			if p.Client.Takeover && !(client.SendTakeover && server.ReceiveTakeover) || p.Server.Takeover && !(server.SendTakeover && client.ReceiveTakeover) {
				t.Errorf("%q, %q: %s", client.Offer(), answer, show(p))
			}
		}
	}
}
