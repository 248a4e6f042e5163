// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// ClientOptions refine [OptionsForClientTLS]. The zero value is right for servers on the internet.
type ClientOptions struct {
	// Roots are the authorities to trust. nil means the platform's. Twisted: trustRoot.
	Roots *x509.CertPool
	// Pinned, if not empty, are the only certificates that the server may show, whoever signed them. Their names and dates are checked as always. It
	// excludes Roots.
	Pinned []*x509.Certificate
	// Certificate is shown to a server that asks for one. nil means none.
	Certificate *tls.Certificate
	// NextProtos are the ALPN protocols in order of preference. nil means none, or what the factory supplies.
	NextProtos []string
	// MinVersion is the lowest version. 0 means TLS 1.2.
	MinVersion uint16
	// DisableResumption makes every handshake a full one. Otherwise sessions are kept, for 64 servers, by the configuration that is returned.
	DisableResumption bool
	// InsecureSkipVerify accepts any certificate for any name: the connection is encrypted, but with whom is not known.
	InsecureSkipVerify bool
}

// OptionsForClientTLS returns the configuration of a client that wants to speak to hostname and nobody else: a DNS name, in Unicode or not, or an IP address. The
// name is sent as server name (SNI), an address is not (RFC 6066, section 3); the server's certificate must be valid for it (RFC 9525), with an
// address among its IP addresses. Twisted: optionsForClientTLS.
func OptionsForClientTLS(hostname string, opt ClientOptions) (*tls.Config, error) {
	name, err := serverName(hostname)
	if err != nil {
		return nil, err
	}
	switch {
	case len(opt.Pinned) > 0 && opt.Roots != nil:
		return nil, errors.New("tlswrap: both Pinned and Roots")
	case opt.InsecureSkipVerify && (len(opt.Pinned) > 0 || opt.Roots != nil):
		return nil, errors.New("tlswrap: InsecureSkipVerify would ignore Pinned or Roots")
	case opt.MinVersion != 0 && opt.MinVersion < tls.VersionTLS12:
		return nil, fmt.Errorf("tlswrap: MinVersion %s is below TLS 1.2", tls.VersionName(opt.MinVersion))
	}
	cfg := &tls.Config{
		ServerName:             name,
		RootCAs:                opt.Roots,
		NextProtos:             slices.Clone(opt.NextProtos),
		MinVersion:             max(opt.MinVersion, tls.VersionTLS12),
		SessionTicketsDisabled: opt.DisableResumption,
		InsecureSkipVerify:     opt.InsecureSkipVerify,
	}
	if !opt.DisableResumption {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(64)
	}
	if opt.Certificate != nil {
		cfg.Certificates = []tls.Certificate{*opt.Certificate}
	}
	if len(opt.Pinned) > 0 {
		pinned := slices.Clone(opt.Pinned)
		cfg.RootCAs = x509.NewCertPool()
		for _, c := range pinned {
			cfg.RootCAs.AddCert(c)
		}
		cfg.VerifyConnection = func(s tls.ConnectionState) error {
			if !slices.ContainsFunc(pinned, s.PeerCertificates[0].Equal) {
				return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: errors.New("not the pinned certificate")}
			}
			return nil
		}
	}
	return cfg, nil
}

// serverName returns hostname as crypto/tls wants it.
func serverName(hostname string) (string, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(hostname, "["), "]")
	if ip, err := netip.ParseAddr(bare); err == nil {
		return ip.WithZone("").String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(hostname, "."))
	if err != nil || name == "" {
		return "", fmt.Errorf("tlswrap: host name %q is not valid", hostname)
	}
	return name, nil
}
