// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"crypto/tls"
	"fmt"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

type shout struct{ protocol.Base }

func (shout) DataReceived(t protocol.Transport, p []byte) { t.Write(bytes.ToUpper(p)) }

type asker struct{ protocol.Base }

func (asker) ConnectionMade(t protocol.Transport) { t.Write([]byte("hello")) }

func (asker) HandshakeCompleted(t protocol.Transport) {
	s, _ := protocol.As[tlswrap.Transport](t)
	cert, _ := s.PeerCertificate()
	fmt.Println("speaking to", cert.Subject.CommonName)
}

func (asker) DataReceived(t protocol.Transport, p []byte) {
	fmt.Printf("%s\n", p)
	t.LoseConnection()
}

func (asker) ConnectionLost(_ protocol.Transport, reason error) { fmt.Println(reason) }

func Example() {
	key, _ := certificate.GenerateKey()
	cert, _ := key.SelfSigned(certificate.Template{
		Subject: certificate.DistinguishedName{CommonName: "example.org"},
		Names:   []string{"example.org"},
	})

	server, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert.TLS()}}},
		protocol.ForProtocol(func() shout { return shout{} }))
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg, err := tlswrap.OptionsForClientTLS("example.org", tlswrap.ClientOptions{Roots: certificate.Pool(cert.Certificate)})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := tlswrap.Client(tlswrap.Options{Config: cfg}, protocol.ForProtocol(func() asker { return asker{} }))
	if err != nil {
		fmt.Println(err)
		return
	}

	// A reactor's port and connector would do this.
	s, _ := server.BuildProtocol(nil)
	c, _ := client.BuildProtocol(nil)
	pair := protocoltest.NewPair(s, c, protocoltest.PairConfig{})
	for range 10 {
		pair.Advance(0)
	}
	// Output:
	// speaking to example.org
	// HELLO
	// connection closed cleanly by this side
}
