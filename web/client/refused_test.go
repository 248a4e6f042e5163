// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A server of HTTP/2 that goes away has not looked at requests: they are sent again whatever their method, with bodies that were on their way if these can be rewound, or if nothing of them has left.
func TestRefusedUploads(t *testing.T) {
	for _, tt := range []struct {
		name    string
		body    func(s *source) client.Body
		before  string // what is written before the refusal
		between string // and while there is no connection
		phase   string
	}{
		{"nothing was sent", func(s *source) client.Body { return s }, "", "", "none"},
		{"a piece was on its way to the connection", func(s *source) client.Body { return s }, "", "abc", "none"},
		{"rewound", func(s *source) client.Body { return rewindable{s} }, "ab", "", "none"},
		{"gone", func(s *source) client.Body { return s }, "ab", "", "send"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, client.Config{HTTP2: client.HTTP2PriorKnowledge})
			s := &source{length: 3, register: true}
			x := g.send(&client.Request{Method: "POST", Body: tt.body(s)}, false)
			g.settle()
			s.c.Write([]byte(tt.before))
			g.hold = true
			g.conns[0].Feed(h2.AppendGoAway(h2.AppendSettings(nil), 0, h2.NoError, ""))
			g.settle()
			if tt.phase != "none" {
				if x.phase() != tt.phase || x.over != 1 {
					t.Errorf("%s, %v", x.phase(), x.err)
				}
				return
			}
			if len(g.tries) != 1 {
				t.Fatalf("%d attempts to connect: %v", len(g.tries), x.err)
			}
			rest := "abc"
			if tt.between != "" {
				s.c.Write([]byte(tt.between))
				s.c.UnregisterProducer()
				s.d.Callback(struct{}{})
				rest = ""
			}
			tr := g.accept(0)
			g.settle()
			if rest != "" {
				s.c.Write([]byte(rest))
				s.c.UnregisterProducer()
				s.d.Callback(struct{}{})
			}
			g.settle()
			if sent := tr.Value(); !strings.Contains(sent, "abc") {
				t.Errorf("sent %q", sent)
			}
			out := h2.AppendHeaders(h2.AppendSettings(nil), 1, []byte{0x89}, true, h2.MinFrameSize) // :status 204
			tr.Feed(out)
			g.settle()
			if x.err != nil || x.over != 1 || x.res.Status != 204 {
				t.Errorf("%v, %d times over", x.err, x.over)
			}
		})
	}
}

var _ protocol.Producer = (*source)(nil)
