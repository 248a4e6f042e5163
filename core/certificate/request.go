// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
)

// A Request asks an authority for a certificate. Twisted: CertificateRequest.
type Request struct{ req *x509.CertificateRequest }

// Request makes a request for subject and for names: DNS names and IP addresses, which become subject alternative names. It is signed with k and
// SHA-256. Twisted: KeyPair.requestObject.
func (k *KeyPair) Request(subject DistinguishedName, names ...string) (*Request, error) {
	t := &x509.CertificateRequest{Subject: subject.pkix()}
	t.DNSNames, t.IPAddresses = splitNames(names)
	der, err := x509.CreateCertificateRequest(rand.Reader, t, k.key)
	if err != nil {
		return nil, fmt.Errorf("certificate: request: %w", err)
	}
	return ParseRequest(der)
}

func splitNames(names []string) (dns []string, ips []net.IP) {
	for _, n := range names {
		if ip, err := netip.ParseAddr(n); err == nil {
			ips = append(ips, ip.AsSlice())
		} else {
			dns = append(dns, n)
		}
	}
	return dns, ips
}

// ParseRequest reads a request in DER, or the first one in PEM, and checks that its own key signed it: ErrMismatch if not.
func ParseRequest(data []byte) (*Request, error) {
	der, err := find(data, "CERTIFICATE REQUEST")
	if err != nil {
		return nil, err
	}
	req, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: request: %w", err)
	}
	if err := req.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	return &Request{req}, nil
}

// X509 returns the request of package x509, which must not be changed.
func (r *Request) X509() *x509.CertificateRequest { return r.req }

// Subject returns who asks.
func (r *Request) Subject() DistinguishedName { return nameOf(r.req.Subject) }

// DER returns the request in DER.
func (r *Request) DER() []byte { return bytes.Clone(r.req.Raw) }

// PEM returns the request in PEM.
func (r *Request) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: r.req.Raw})
}
