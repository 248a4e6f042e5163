// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
)

// handshake returns both ends' view of one TLS connection.
func handshake(t *testing.T, version uint16) (client, server tls.ConnectionState, leaf *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: version})
	c := tls.Client(b, &tls.Config{InsecureSkipVerify: true, MaxVersion: version}) // the binding is what is tested
	done := make(chan error, 1)                                                    // the server's one result
	go func() { done <- s.Handshake() }()                                          // the test receives from done
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return c.ConnectionState(), s.ConnectionState(), leaf
}

func TestBind(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version uint16
		ok      bool
	}{
		{TLSUnique, tls.VersionTLS12, true},
		{TLSUnique, tls.VersionTLS13, false},
		{TLSExporter, tls.VersionTLS13, true},
		{TLSExporter, tls.VersionTLS12, true},
		{TLSServerEndPoint, tls.VersionTLS13, true},
		{"tls-unheard-of", tls.VersionTLS13, false},
	} {
		c, s, leaf := handshake(t, tt.version)
		a, err1 := Bind(tt.name, c, nil)
		b, err2 := Bind(tt.name, s, leaf)
		if (err1 == nil) != tt.ok || (err2 == nil) != tt.ok {
			t.Errorf("%s over %x: %v, %v", tt.name, tt.version, err1, err2)
			continue
		}
		if tt.ok && (len(a.Data) == 0 || !bytes.Equal(a.Data, b.Data)) {
			t.Errorf("%s: the two ends have %x and %x", tt.name, a.Data, b.Data)
		}
		if want := sha256.Sum256(leaf.Raw); tt.name == TLSServerEndPoint && !bytes.Equal(a.Data, want[:]) {
			t.Errorf("%s: %x, want %x", tt.name, a.Data, want)
		}
	}
	if _, err := Bind(TLSExporter, tls.ConnectionState{}, nil); err == nil {
		t.Error("a binding to no connection")
	}
}
