// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "strconv"

const (
	deflateName      = "permessage-deflate"
	serverNoTakeover = "server_no_context_takeover"
	clientNoTakeover = "client_no_context_takeover"
	serverBits       = "server_max_window_bits"
	clientBits       = "client_max_window_bits"
)

// terms are the parameters of one permessage-deflate (RFC 7692 section 7.1). 0 bits: not named.
type terms struct {
	serverNoTakeover, clientNoTakeover, clientBitsNamed bool
	serverBits, clientBits                              uint8
}

// parseTerms reads the parameters. In an offer client_max_window_bits may stand without a value.
func parseTerms(e *Extension, offer bool) (t terms, ok bool) {
	for i, p := range e.Params {
		for _, q := range e.Params[:i] {
			if p.Name == q.Name {
				return t, false
			}
		}
		switch p.Name {
		case serverNoTakeover:
			t.serverNoTakeover, ok = true, !p.HasValue
		case clientNoTakeover:
			t.clientNoTakeover, ok = true, !p.HasValue
		case serverBits:
			t.serverBits, ok = parseBits(p.Value)
		case clientBits:
			t.clientBitsNamed = true
			if t.clientBits, ok = parseBits(p.Value); !p.HasValue {
				ok = offer
			}
		default:
			ok = false
		}
		if !ok {
			return t, false
		}
	}
	return t, true
}

// parseBits reads 8 to 15, without leading zeros.
func parseBits(s string) (uint8, bool) {
	switch s {
	case "8", "9":
		return s[0] - '0', true
	case "10", "11", "12", "13", "14", "15":
		return 10 + s[1] - '0', true
	}
	return 0, false
}

// Accept is the server's choice among what a client offers: what is in force, and the element of the answer's Sec-WebSocket-Extensions. They are nil and "" if the client offers no
// permessage-deflate, or only in forms that RFC 7692 section 7 has the server decline.
func (c *Compression) Accept(offers []Extension) (*Params, string) {
	for i := range offers {
		if offers[i].Name != deflateName {
			continue
		}
		if t, ok := parseTerms(&offers[i], true); ok {
			return c.accept(&t)
		}
	}
	return nil, ""
}

func (c *Compression) accept(t *terms) (*Params, string) {
	p := &Params{
		Server: Direction{c.SendTakeover && !t.serverNoTakeover, min(windowBits(c.SendBits), or8(t.serverBits))},
		Client: Direction{c.ReceiveTakeover && !t.clientNoTakeover, 15},
	}
	s := deflateName
	if !p.Server.Takeover {
		s += "; " + serverNoTakeover
	}
	if t.serverBits != 0 || p.Server.Bits < 15 {
		s += "; " + serverBits + "=" + strconv.Itoa(int(p.Server.Bits))
	}
	want := windowBits(c.ReceiveBits)
	if t.clientBitsNamed {
		if p.Client.Bits = min(want, or8(t.clientBits)); p.Client.Bits < 15 {
			s += "; " + clientBits + "=" + strconv.Itoa(int(p.Client.Bits))
		}
	} else if want < 15 {
		p.Client.Takeover = false
	}
	if !p.Client.Takeover {
		s += "; " + clientNoTakeover
	}
	return p, s
}

func or8(bits uint8) uint8 {
	if bits == 0 {
		return 15
	}
	return bits
}

// Offer is the element of a client's Sec-WebSocket-Extensions.
func (c *Compression) Offer() string {
	s := deflateName
	if !c.ReceiveTakeover {
		s += "; " + serverNoTakeover
	}
	if !c.SendTakeover {
		s += "; " + clientNoTakeover
	}
	if n := windowBits(c.ReceiveBits); n < 15 {
		s += "; " + serverBits + "=" + strconv.Itoa(int(n))
	}
	s += "; " + clientBits
	if n := windowBits(c.SendBits); n < 15 {
		s += "=" + strconv.Itoa(int(n))
	}
	return s
}

// Confirm is the client's check of the server's answer to Offer; c is nil if nothing was offered. The result is nil if the server declines compression. A server that goes on to
// refer to earlier messages, against what was offered, gets its way: it costs memory only.
func (c *Compression) Confirm(answer []Extension) (*Params, error) {
	if len(answer) == 0 {
		return nil, nil
	}
	if c == nil || answer[0].Name != deflateName {
		return nil, &HandshakeError{Reason: "server chose an extension that was not offered"}
	}
	if len(answer) > 1 {
		return nil, &HandshakeError{Reason: "server chose two extensions of one kind, or one that was not offered"}
	}
	t, ok := parseTerms(&answer[0], false)
	send, receive := windowBits(c.SendBits), windowBits(c.ReceiveBits)
	if !ok || or8(t.clientBits) > send && t.clientBitsNamed || receive < 15 && or8(t.serverBits) > receive {
		return nil, &HandshakeError{Reason: "server answered permessage-deflate with parameters that do not fit the offer"}
	}
	return &Params{
		Client: Direction{c.SendTakeover && !t.clientNoTakeover, min(send, or8(t.clientBits))},
		Server: Direction{!t.serverNoTakeover, or8(t.serverBits)},
	}, nil
}
