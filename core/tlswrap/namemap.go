// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// A NameMap chooses among certificates by the name that the client asks for (SNI). Immutable after start; safe from any goroutine.
type NameMap struct {
	names    map[string]CertificateSource
	fallback CertificateSource
}

// NewNameMap returns a NameMap of names like "example.org" and "*.example.org"; the star stands for one label. fallback serves the clients that send
// another name or none; nil refuses them with the alert unrecognized_name.
func NewNameMap(names map[string]CertificateSource, fallback CertificateSource) (*NameMap, error) {
	m := &NameMap{names: make(map[string]CertificateSource, len(names)), fallback: fallback}
	for name, src := range names {
		ascii, err := serverName(strings.TrimPrefix(name, "*."))
		if err != nil || strings.Contains(ascii, "*") {
			return nil, fmt.Errorf("tlswrap: server name %q is not valid", name)
		}
		if src == nil {
			return nil, fmt.Errorf("tlswrap: server name %q: no certificate", name)
		}
		if strings.HasPrefix(name, "*.") {
			ascii = "*." + ascii
		}
		if m.names[ascii] != nil {
			return nil, fmt.Errorf("tlswrap: server name %q is there twice", name)
		}
		m.names[ascii] = src
	}
	if len(names) == 0 && fallback == nil {
		return nil, errors.New("tlswrap: name map without a certificate")
	}
	return m, nil
}

// GetCertificate looks up the exact name, then the name with its first label replaced by a star.
func (m *NameMap) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	src := m.names[name]
	if _, rest, ok := strings.Cut(name, "."); src == nil && ok {
		src = m.names["*."+rest]
	}
	if src == nil {
		src = m.fallback
	}
	if src == nil {
		return nil, nil
	}
	return src.GetCertificate(hello)
}

var (
	_ CertificateSource = (*NameMap)(nil)
	_ CertificateSource = (*Reloader)(nil)
)
