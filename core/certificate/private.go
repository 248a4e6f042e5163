// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// DefaultValidity is how long a new certificate is valid.
const DefaultValidity = 365 * 24 * time.Hour

// A Template says what a new certificate holds. The zero Template is right for a server or client that is signed on request.
type Template struct {
	// Subject is whose certificate it is. Sign ignores it: the request tells.
	Subject DistinguishedName
	// Names are DNS names and IP addresses. Sign uses the request's if there are none here, and these alone if there are.
	Names []string
	// NotBefore is when it becomes valid. Zero means now.
	NotBefore time.Time
	// Validity is how long it is valid from then on. 0 means DefaultValidity.
	Validity time.Duration
	// SerialNumber is its number. nil means a random one of 127 bits.
	SerialNumber *big.Int
	// CA makes it an authority, which may sign others. false is a server and client certificate.
	CA bool
}

// A PrivateCertificate is a certificate with its private key.
type PrivateCertificate struct {
	*Certificate
	Key *KeyPair
}

// NewPrivate joins both, or returns ErrMismatch.
func NewPrivate(cert *Certificate, key *KeyPair) (*PrivateCertificate, error) {
	if !matches(key.key, cert.cert.PublicKey) {
		return nil, ErrMismatch
	}
	return &PrivateCertificate{cert, key}, nil
}

// ParsePrivate reads a certificate and its key from one or both of two texts in PEM: data may hold both. ErrMismatch if they do not fit.
// Twisted: PrivateCertificate.loadPEM, fromCertificateAndKeyPair.
func ParsePrivate(data ...[]byte) (*PrivateCertificate, error) {
	all := slices.Concat(data...)
	cert, err := Parse(all)
	if err != nil {
		return nil, err
	}
	key, err := ParseKey(all)
	if err != nil {
		return nil, err
	}
	return NewPrivate(cert, key)
}

// DumpPEM returns the certificate and the key in PEM.
func (p *PrivateCertificate) DumpPEM() ([]byte, error) {
	key, err := p.Key.PEM()
	if err != nil {
		return nil, err
	}
	return append(p.PEM(), key...), nil
}

// TLS returns the certificate for a tls.Config, followed by chain: the authorities between it and a root.
func (p *PrivateCertificate) TLS(chain ...*Certificate) tls.Certificate {
	t := tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.Key.key, Leaf: p.cert}
	for _, c := range chain {
		t.Certificate = append(t.Certificate, c.cert.Raw)
	}
	return t
}

// SelfSigned makes a certificate for k that k signs. Twisted: KeyPair.selfSignedCert.
func (k *KeyPair) SelfSigned(t Template) (*PrivateCertificate, error) {
	c, err := t.x509()
	if err != nil {
		return nil, err
	}
	c.Subject = t.Subject.pkix()
	cert, err := create(c, c, k.key.Public(), k)
	if err != nil {
		return nil, err
	}
	return &PrivateCertificate{cert, k}, nil
}

// Sign makes the certificate that req asks for, signed by p, which must be an authority. verify, if not nil, is given the name and may refuse by an error, which Sign
// returns. Whether the names in the request may be used is the caller's to check: by verify, or by naming others in t.
// Twisted: PrivateCertificate.signRequestObject, KeyPair.signRequestObject.
func (p *PrivateCertificate) Sign(req *Request, t Template, verify func(*Request) error) (*Certificate, error) {
	if !p.cert.IsCA {
		return nil, errors.New("certificate: sign: this certificate is no authority")
	}
	if verify != nil {
		if err := verify(req); err != nil {
			return nil, fmt.Errorf("certificate: request of %q refused: %w", req.Subject(), err)
		}
	}
	c, err := t.x509()
	if err != nil {
		return nil, err
	}
	c.RawSubject = req.req.RawSubject
	if len(t.Names) == 0 {
		c.DNSNames, c.IPAddresses = req.req.DNSNames, req.req.IPAddresses
	}
	return create(c, p.cert, req.req.PublicKey, p.Key)
}

// x509 returns what t says.
func (t Template) x509() (*x509.Certificate, error) {
	if t.Validity < 0 {
		return nil, fmt.Errorf("certificate: validity of %v", t.Validity)
	}
	c := &x509.Certificate{
		SerialNumber:          t.SerialNumber,
		NotBefore:             t.NotBefore,
		IsCA:                  t.CA,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if t.CA {
		c.KeyUsage |= x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		c.ExtKeyUsage = nil
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = time.Now()
	}
	validity := t.Validity
	if validity == 0 {
		validity = DefaultValidity
	}
	c.NotAfter = c.NotBefore.Add(validity)
	c.DNSNames, c.IPAddresses = splitNames(t.Names)
	if c.SerialNumber == nil {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
		if err != nil {
			return nil, fmt.Errorf("certificate: serial number: %w", err)
		}
		c.SerialNumber = n.Add(n, big.NewInt(1))
	}
	return c, nil
}

func create(c, parent *x509.Certificate, pub crypto.PublicKey, signer *KeyPair) (*Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, parent, pub, signer.key)
	if err != nil {
		return nil, fmt.Errorf("certificate: sign: %w", err)
	}
	return Parse(der)
}
