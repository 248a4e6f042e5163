// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A Manager obtains, renews and supplies certificates. It is a service: what is missing or due is obtained while it runs.
type Manager struct {
	*service.Goroutine
	config Config
	folder folder
	obtain func(ctx context.Context, host string) (*tls.Certificate, error) // asks the authority
	ended  func()                                                           // called when run ends
	poked  chan struct{}                                                    // holds one: that something has changed

	mu     sync.RWMutex
	hosts  map[string]*host
	tokens map[string]string           // guarded by mu: answers to HTTP-01
	proofs map[string]*tls.Certificate // guarded by mu: answers to TLS-ALPN-01, by host
}

// A host is a name with its certificate. Guarded by Manager.mu.
type host struct {
	cert     *tls.Certificate // nil if there is none
	due      time.Time        // when to obtain one
	failures int              // in a row
	err      error            // of the last attempt
}

// usable reports whether there is a certificate that has not expired.
func (h *host) usable(now time.Time) bool { return h.cert != nil && now.Before(h.cert.Leaf.NotAfter) }

// New returns a Manager with the certificates that the folder holds. loop is that of the service. It reads files.
func New(loop protocol.Loop, c Config) (*Manager, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &Manager{
		config: c, folder: folder(c.Folder), poked: make(chan struct{}, 1), // one says it all
		hosts: make(map[string]*host), tokens: make(map[string]string), proofs: make(map[string]*tls.Certificate),
	}
	if err := m.folder.make(); err != nil {
		return nil, err
	}
	a := newAuthority(m)
	m.obtain, m.ended = a.obtain, a.closeIdle
	m.Goroutine = service.Func(loop, m.run)
	for _, name := range c.Hosts {
		if err := m.Add(name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Add adds a host, whose certificate is read from the folder, or obtained as soon as the service runs. One that is there already stays as it is. It reads a file.
func (m *Manager) Add(name string) error {
	name, err := hostName(name)
	if err != nil {
		return err
	}
	h := new(host)
	cert, err := m.folder.load(name)
	switch {
	case err == nil:
		h.cert, h.due = cert, m.renewal(cert)
	case !errors.Is(err, errNoCertificate):
		m.config.Logger.Warn("acme: certificate not usable, a new one is obtained", "host", name, "error", err)
	}
	m.mu.Lock()
	if m.hosts[name] == nil {
		m.hosts[name] = h
	}
	m.mu.Unlock()
	m.poke()
	return nil
}

// Remove forgets a host. What the folder holds of it stays.
func (m *Manager) Remove(name string) {
	name, err := hostName(name)
	if err != nil {
		return
	}
	m.mu.Lock()
	delete(m.hosts, name)
	m.mu.Unlock()
}

// Renew has the certificate of a host, or of all for "", renewed now, such as after one was revoked. The service does it when it runs.
func (m *Manager) Renew(name string) error {
	all := name == ""
	if !all {
		var err error
		if name, err = hostName(name); err != nil {
			return err
		}
	}
	m.mu.Lock()
	found := all
	for n, h := range m.hosts {
		if all || n == name {
			h.due, found = time.Time{}, true
		}
	}
	m.mu.Unlock()
	if !found {
		return fmt.Errorf("acme: Renew: %q is not among the hosts", name)
	}
	m.poke()
	return nil
}

func (m *Manager) poke() {
	select {
	case m.poked <- struct{}{}:
	default:
	}
}

// GetCertificate supplies the certificate for the name that the client asks for, or the answer to an authority's challenge. It never waits: for a name without a usable certificate it returns nil, which
// refuses the client with the alert unrecognized_name.
func (m *Manager) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, ".")) // what is no ASCII no client may send
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto {
		return m.proofs[name], nil
	}
	if h := m.hosts[name]; h != nil && h.usable(time.Now()) {
		return h.cert, nil
	}
	return nil, nil
}

// TLSConfig returns a configuration for servers that supplies the certificates, and speaks the protocols, by their ALPN names, besides the authority's; none means h2 and http/1.1.
func (m *Manager) TLSConfig(protos ...string) *tls.Config {
	if len(protos) == 0 {
		protos = []string{"h2", "http/1.1"}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: m.GetCertificate, NextProtos: append(slices.Clone(protos), acme.ALPNProto)}
}

// A Certificate tells how things stand with a host.
type Certificate struct {
	Host     string
	NotAfter time.Time // when the certificate expires; zero if there is none
	Due      time.Time // when it is to be obtained or renewed, or tried again; zero means at once
	Failures int       // in a row
	Err      error     // of the last attempt; nil if it did not fail
}

// Certificates tells about all hosts, sorted.
func (m *Manager) Certificates() []Certificate {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var certs []Certificate
	for name, h := range m.hosts {
		c := Certificate{Host: name, Due: h.due, Failures: h.failures, Err: h.err}
		if h.cert != nil {
			c.NotAfter = h.cert.Leaf.NotAfter
		}
		certs = append(certs, c)
	}
	slices.SortFunc(certs, func(a, b Certificate) int { return cmp.Compare(a.Host, b.Host) })
	return certs
}

// Ready returns an error while a host has no certificate that can be used.
func (m *Manager) Ready() error {
	now := time.Now()
	for _, c := range m.Certificates() {
		if !now.Before(c.NotAfter) {
			return fmt.Errorf("acme: %s has no certificate yet", c.Host)
		}
	}
	return nil
}

// unhealthy is how many failures in a row ask for somebody to look while there is still a certificate.
const unhealthy = 3

// Health returns an error if a host has no usable certificate since obtaining it fails, or if renewing it has failed three times.
func (m *Manager) Health() error {
	var errs []error
	now := time.Now()
	for _, c := range m.Certificates() {
		if c.Failures >= unhealthy || c.Failures > 0 && !now.Before(c.NotAfter) {
			errs = append(errs, fmt.Errorf("acme: no new certificate for %s after %d attempts: %w", c.Host, c.Failures, c.Err))
		}
	}
	return errors.Join(errs...)
}

var (
	_ tlswrap.CertificateSource = (*Manager)(nil)
	_ service.Checker           = (*Manager)(nil)
	_ service.Readier           = (*Manager)(nil)
	_ service.Ender             = (*Manager)(nil)
)
