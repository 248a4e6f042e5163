// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"bytes"
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A rot is a layer that turns letters by 13 places: the simplest there is.
type rot struct {
	protocol.Transport // the raw one
	self               protocol.Transport
	inner              protocol.Protocol
}

func (r *rot) Unwrap() protocol.Transport { return r.Transport }

func rotate(p []byte) []byte {
	return bytes.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return 'a' + (c-'a'+13)%26
		}
		return c
	}, p)
}

func (r *rot) Write(p []byte) (int, error) { return r.Transport.Write(rotate(p)) }

func (r *rot) WriteSequence(v [][]byte) (int, error) { return r.Write(bytes.Join(v, nil)) }

func (r *rot) ConnectionMade(protocol.Transport) {}
func (r *rot) DataReceived(_ protocol.Transport, p []byte) {
	r.inner.DataReceived(r.self, rotate(p))
}
func (r *rot) ConnectionLost(_ protocol.Transport, reason error) {
	r.inner.ConnectionLost(r.self, reason)
}

func testInterpose(g *rig) {
	lost := make(chan error, 1)
	port := g.serve(func() protocol.Protocol {
		var kept protocol.Transport
		return &script{
			made: func(t protocol.Transport) { kept = t },
			data: func(t protocol.Transport, p []byte) {
				if t != kept {
					g.Error("the transport changed")
				}
				if string(p) != "go" {
					kept.Write(p)
					return
				}
				t.Write([]byte("plain "))
				i, ok := protocol.As[protocol.Interposer](t)
				if !ok {
					g.Error("no Interposer")
					return
				}
				failed := errors.New("no layer")
				if err := i.Interpose(func(_, _ protocol.Transport, _ protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
					return nil, nil, failed
				}); err != failed {
					g.Errorf("a layer that fails: %v", err)
				}
				g.check(i.Interpose(func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
					r := &rot{raw, self, inner}
					return r, r, nil
				}))
				if _, ok := protocol.As[*rot](kept); !ok {
					g.Error("the layer is not found through the transport")
				}
				if _, ok := protocol.As[protocol.TCPTransport](t); !ok {
					g.Error("the layer hides the socket")
				}
				if s, ok := protocol.As[protocol.FileSender](kept); ok && !errors.Is(s.SendFile(nil, 0, 0, nil), errors.ErrUnsupported) {
					g.Error("a file passes the layer by")
				}
				if _, ok := protocol.As[protocol.FileSender](&rot{Transport: kept}); ok {
					g.Error("a FileSender is found behind a wrapper")
				}
				kept.Write([]byte("secret"))
			},
			lost: func(t protocol.Transport, reason error) { lost <- reason },
		}
	})
	c := g.dial(port.Addr())
	g.write(c, "go")
	if got := g.read(c, 12); got != "plain frperg" {
		g.Errorf("got %q", got)
	}
	g.write(c, "uryyb")
	if got := g.read(c, 5); got != "uryyb" {
		g.Errorf("got %q", got)
	}
	c.Close()
	if reason := receive(g, lost); !errors.Is(reason, io.EOF) && !errors.Is(reason, net.ErrClosed) {
		g.Errorf("reason %v", reason)
	}
}
