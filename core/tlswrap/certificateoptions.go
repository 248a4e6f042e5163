// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// CertificateOptions build a *tls.Config with checks that crypto/tls makes late or not at all. Twisted: ssl.CertificateOptions. What has no counterpart here: the
// order of cipher suites, Diffie-Hellman parameters and compression, which crypto/tls decides, decides and does not have.
type CertificateOptions struct {
	// PrivateKey and Certificate identify this side; both or none.
	PrivateKey  crypto.Signer
	Certificate *x509.Certificate
	// Chain is sent after Certificate: the authorities between it and a root.
	Chain []*x509.Certificate
	// Source supplies certificates instead: a [Reloader], a [NameMap]. For servers.
	Source CertificateSource
	// TrustRoots, if not nil, makes a certificate of the peer's necessary, which must lead to one of these roots. A client's own choice of roots is made by
	// [OptionsForClientTLS].
	TrustRoots *x509.CertPool
	// NextProtos are the ALPN protocols in order of preference.
	NextProtos []string
	// MinVersion is the lowest version: tls.VersionTLS12, the meaning of 0, or tls.VersionTLS13. Twisted: raiseMinimumTo.
	MinVersion uint16
	// InsecurelyLowerMinimumTo allows TLS 1.0 or 1.1, for peers that have nothing better. 0 does not. It excludes MinVersion.
	InsecurelyLowerMinimumTo uint16
	// MaxVersion is the highest version. 0 means the highest there is. Twisted: lowerMaximumSecurityTo.
	MaxVersion uint16
	// CipherSuites are the suites for TLS 1.2 and below. nil means crypto/tls's choice: ECDHE with AES-GCM or ChaCha20, then AES-CBC. The suites of
	// TLS 1.3 are fixed.
	CipherSuites []uint16
	// DisableResumption turns session tickets off. They are on by default, unlike in Twisted: crypto/tls rotates its ticket keys daily, and full handshakes
	// are what a server spends most of its time on.
	DisableResumption bool
}

// Config checks o and returns the configuration.
func (o CertificateOptions) Config() (*tls.Config, error) {
	cfg := &tls.Config{
		NextProtos:             slices.Clone(o.NextProtos),
		SessionTicketsDisabled: o.DisableResumption,
		MaxVersion:             o.MaxVersion,
	}
	if err := o.identity(cfg); err != nil {
		return nil, err
	}
	if err := o.versions(cfg); err != nil {
		return nil, err
	}
	if err := o.suites(cfg); err != nil {
		return nil, err
	}
	if o.TrustRoots != nil {
		cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, o.TrustRoots
	}
	for _, p := range o.NextProtos {
		if len(p) == 0 || len(p) > 255 {
			return nil, fmt.Errorf("tlswrap: application protocol %q: not 1 to 255 bytes long", p)
		}
	}
	return cfg, nil
}

func (o CertificateOptions) identity(cfg *tls.Config) error {
	switch {
	case o.Source != nil && (o.PrivateKey != nil || o.Certificate != nil || o.Chain != nil):
		return errors.New("tlswrap: both Source and a certificate")
	case o.Source != nil:
		cfg.GetCertificate = o.Source.GetCertificate
		return nil
	case o.PrivateKey != nil && o.Certificate == nil:
		return errors.New("tlswrap: PrivateKey without Certificate")
	case o.PrivateKey == nil && o.Certificate != nil:
		return errors.New("tlswrap: Certificate without PrivateKey")
	case o.Chain != nil && o.Certificate == nil:
		return errors.New("tlswrap: Chain without Certificate")
	case o.Certificate == nil:
		return nil
	}
	pub, ok := o.PrivateKey.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(o.Certificate.PublicKey) {
		return errors.New("tlswrap: PrivateKey is not that of Certificate")
	}
	cert := tls.Certificate{PrivateKey: o.PrivateKey, Leaf: o.Certificate, Certificate: [][]byte{o.Certificate.Raw}}
	for _, c := range o.Chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	cfg.Certificates = []tls.Certificate{cert}
	return nil
}

func (o CertificateOptions) versions(cfg *tls.Config) error {
	lowered := o.InsecurelyLowerMinimumTo
	switch {
	case lowered != 0 && o.MinVersion != 0:
		return errors.New("tlswrap: both MinVersion and InsecurelyLowerMinimumTo")
	case lowered != 0 && lowered != tls.VersionTLS10 && lowered != tls.VersionTLS11:
		return fmt.Errorf("tlswrap: InsecurelyLowerMinimumTo %s: not TLS 1.0 or 1.1", tls.VersionName(lowered))
	case o.MinVersion != 0 && o.MinVersion != tls.VersionTLS12 && o.MinVersion != tls.VersionTLS13:
		return fmt.Errorf("tlswrap: MinVersion %s: not TLS 1.2 or 1.3", tls.VersionName(o.MinVersion))
	case o.MaxVersion != 0 && (o.MaxVersion < tls.VersionTLS10 || o.MaxVersion > tls.VersionTLS13):
		return fmt.Errorf("tlswrap: MaxVersion %s: unknown", tls.VersionName(o.MaxVersion))
	}
	cfg.MinVersion = max(o.MinVersion, lowered)
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS12
	}
	if o.MaxVersion != 0 && o.MaxVersion < cfg.MinVersion {
		return fmt.Errorf("tlswrap: MaxVersion %s is below the minimum, %s", tls.VersionName(o.MaxVersion), tls.VersionName(cfg.MinVersion))
	}
	return nil
}

// suites keeps the suites that exist, are secure and fit the versions.
func (o CertificateOptions) suites(cfg *tls.Config) error {
	if o.CipherSuites == nil {
		return nil
	}
	for _, s := range tls.CipherSuites() {
		if slices.Contains(o.CipherSuites, s.ID) && slices.ContainsFunc(s.SupportedVersions, func(v uint16) bool { return v <= tls.VersionTLS12 }) {
			cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
		}
	}
	if len(cfg.CipherSuites) == 0 && cfg.MinVersion < tls.VersionTLS13 {
		return errors.New("tlswrap: no usable cipher suite in CipherSuites")
	}
	return nil
}
