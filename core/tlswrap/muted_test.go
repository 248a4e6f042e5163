// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"crypto/tls"
	"io"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// What a peer encrypted before it went is delivered though what is written fails first.
func TestLastWordsOfThePeer(t *testing.T) {
	for _, notify := range []bool{true, false} {
		ends := make(chan *end, 1)
		clients := make(chan *tls.Conn, 1)
		s := serveReal(t, options(serverConfig(0)), true, func(*tlswrap.Layer) protocol.Factory {
			return protocol.ForProtocol(func() *end {
				e := &end{}
				asked := false
				e.OnData = func(tr protocol.Transport, p []byte) {
					if asked {
						return
					}
					asked = true
					c := <-clients // it waits already
					if _, err := io.WriteString(c, "answer"); err != nil {
						t.Error(err)
					}
					if notify {
						c.Close()
					} else {
						c.NetConn().Close()
					}
					tr.Write(make([]byte, 100_000)) // a reset answers it
					tr.Write(make([]byte, 100_000))
				}
				e.OnLost = func(protocol.Transport, error) { ends <- e }
				return e
			})
		})
		c := tls.Client(s.dial(), &tls.Config{RootCAs: theirs().roots, ServerName: "server.test"})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		clients <- c
		if _, err := io.WriteString(c, "?"); err != nil {
			t.Fatal(err)
		}
		if e := s.lost(ends); string(e.Data()) != "?answer" {
			t.Errorf("received %q, then %v", e.Data(), e.Reason())
		}
	}
}
