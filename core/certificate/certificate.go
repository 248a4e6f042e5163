// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// A Certificate is an X.509 certificate.
type Certificate struct{ cert *x509.Certificate }

// FromX509 returns cert as a Certificate, such as the peer's that a connection shows. cert must have been parsed or made by crypto/x509.
func FromX509(cert *x509.Certificate) *Certificate { return &Certificate{cert} }

// Parse reads a certificate in DER, or the first one in PEM. Twisted: Certificate.load, loadPEM.
func Parse(data []byte) (*Certificate, error) {
	der, err := find(data, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &Certificate{cert}, nil
}

// find returns the first PEM block whose type ends with kind, or data itself where it is no PEM.
func find(data []byte, kind string) ([]byte, error) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return data, nil
	}
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return nil, fmt.Errorf("certificate: no PEM block of type %q", kind)
		}
		if strings.HasSuffix(block.Type, kind) {
			return block.Bytes, nil
		}
		data = rest
	}
}

// X509 returns the certificate of package x509, which must not be changed.
func (c *Certificate) X509() *x509.Certificate { return c.cert }

// DER returns the certificate in DER.
func (c *Certificate) DER() []byte { return bytes.Clone(c.cert.Raw) }

// PEM returns the certificate in PEM.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

// Subject returns whose certificate it is.
func (c *Certificate) Subject() DistinguishedName { return nameOf(c.cert.Subject) }

// Issuer returns who signed it.
func (c *Certificate) Issuer() DistinguishedName { return nameOf(c.cert.Issuer) }

// SerialNumber returns its number.
func (c *Certificate) SerialNumber() *big.Int { return new(big.Int).Set(c.cert.SerialNumber) }

// Digest returns the SHA-256 of the DER form as openssl prints a fingerprint: "AB:CD:...".
func (c *Certificate) Digest() string {
	sum := sha256.Sum256(c.cert.Raw)
	return colons(sum[:])
}

// PublicKeyDigest returns the SHA-256 of the public key (the SubjectPublicKeyInfo), which stays when a certificate is renewed with the same key.
func (c *Certificate) PublicKeyDigest() string {
	sum := sha256.Sum256(c.cert.RawSubjectPublicKeyInfo)
	return colons(sum[:])
}

func colons(b []byte) string {
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = strings.ToUpper(hex.EncodeToString(b[i : i+1]))
	}
	return strings.Join(parts, ":")
}

// Equal reports whether both are the same certificate.
func (c *Certificate) Equal(d *Certificate) bool { return c.cert.Equal(d.cert) }

// Pool returns the certificates as roots to trust. Twisted: trustRootFromCertificates.
func Pool(certs ...*Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c.cert)
	}
	return pool
}

// Inspect describes the certificate for people, in several lines.
func (c *Certificate) Inspect() string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, "%-19s %s\n", key+":", fmt.Sprintf(format, args...))
	}
	line("Subject", "%q", c.Subject())
	line("Issuer", "%q", c.Issuer())
	line("Serial Number", "%s", colons(c.cert.SerialNumber.Bytes()))
	line("Not Before", "%s", c.cert.NotBefore.UTC().Format("2006-01-02 15:04:05 MST"))
	line("Not After", "%s", c.cert.NotAfter.UTC().Format("2006-01-02 15:04:05 MST"))
	for _, name := range c.cert.DNSNames {
		line("DNS Name", "%q", name)
	}
	for _, ip := range c.cert.IPAddresses {
		line("IP Address", "%s", ip)
	}
	line("Authority", "%t", c.cert.IsCA)
	line("Public Key", "%s", c.cert.PublicKeyAlgorithm)
	line("Signature", "%s", c.cert.SignatureAlgorithm)
	line("Digest (SHA-256)", "%s", c.Digest())
	return b.String()
}

// ErrMismatch is returned where a key is not that of a certificate, or a request was not signed by its own key. Twisted: VerifyError.
var ErrMismatch = errors.New("certificate: the key does not fit")

// matches reports whether key's public half is pub.
func matches(key crypto.Signer, pub crypto.PublicKey) bool {
	k, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(pub)
}
