// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"crypto/tls"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// plain hides all abilities of a transport but a BufferedTransport's, so that half-close, which TLS 1.2 does not have, is not asked for.
type plain struct {
	protocol.Transport
	protocol.BufferedTransport
}

type plainProtocol struct {
	inner protocol.Protocol
	t     plain
}

func (p *plainProtocol) ConnectionMade(t protocol.Transport) {
	b, _ := protocol.As[protocol.BufferedTransport](t)
	p.t = plain{t, b}
	p.inner.ConnectionMade(&p.t)
}
func (p *plainProtocol) DataReceived(_ protocol.Transport, b []byte) { p.inner.DataReceived(&p.t, b) }
func (p *plainProtocol) ConnectionLost(_ protocol.Transport, r error) {
	p.inner.ConnectionLost(&p.t, r)
}

func TestTransportConformance(t *testing.T) {
	for name, cfg := range map[string]protocoltest.PairConfig{
		"joined":       {},
		"separate":     {Policy: protocoltest.Separate},
		"small window": {Window: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			forEachVersion(t, func(t *testing.T, version uint16) {
				sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
				protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
					var pair *protocoltest.Pair
					cfg := cfg
					cfg.Logger = quiet
					cfg.ServerClock = protocoltest.NewClock()
					return protocoltest.Harness{
						Connect: func(s, c protocol.Protocol) {
							if version == tls.VersionTLS12 {
								s, c = &plainProtocol{inner: s}, &plainProtocol{inner: c}
							}
							pair = protocoltest.NewPair(wrap(t, sl, s), wrap(t, cl, c), cfg)
							settle(pair) // LoseConnection before the end of the handshake aborts, which no other transport does
						},
						Wait:   func(done <-chan struct{}) bool { return waitFor(pair, done) },
						Settle: func() { settle(pair) },
					}
				})
			})
		})
	}
}
