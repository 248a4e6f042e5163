// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/net/idna"

	"github.com/torsion-go/torsion/core/service"
)

// The names of the challenges, for Config.Challenges.
const (
	TLSALPN01 = "tls-alpn-01"
	HTTP01    = "http-01"
)

// LetsEncrypt is the directory of Let's Encrypt, the default of Config.Directory, and LetsEncryptStaging that for trials, whose certificates nobody trusts and whose limits are wide.
const (
	LetsEncrypt        = acme.LetsEncryptURL
	LetsEncryptStaging = "https://acme-staging-v02.api.letsencrypt.org/directory"
)

// A Config tells a [Manager] what to do. Hosts, Folder and AcceptTerms are needed.
type Config struct {
	// Hosts are the names to have certificates for, one each, in Unicode or not. Nobody else's names are ever asked for. More can be added: [Manager.Add].
	Hosts []string
	// Folder is where certificates, their keys and the account's key are kept. It is made if it is missing, and must be its owner's alone (0700).
	Folder string
	// AcceptTerms says that you agree to the authority's terms of service; without it New fails.
	AcceptTerms bool
	// Email is where the authority reaches you; "" means nowhere.
	Email string
	// Directory is the URL of the authority; "" means LetsEncrypt.
	Directory string
	// Roots are trusted for TLS to the authority; nil means those of the system.
	Roots *x509.CertPool
	// AccountKeyID and AccountKey bind the account to one that you have with the authority in another way (RFC 8555 section 7.3.4); "" means that it needs none.
	AccountKeyID string
	AccountKey   []byte
	// Challenges are tried in this order; nil means TLSALPN01, then HTTP01. Leave out what cannot reach this server: authorities count failures.
	Challenges []string
	// RenewBefore is how long before its end a certificate is renewed; 0 means a third of its life, 30 days at most.
	RenewBefore time.Duration
	// Retry tells how long to wait after n failures in a row; nil means a minute, which doubles up to six hours. A longer time that the authority asks for counts more.
	Retry service.Backoff
	// Timeout bounds each attempt; 0 means 5 minutes.
	Timeout time.Duration
	// Logger is told of certificates and failures; nil means slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Folder == "":
		return c, errors.New("acme: New: no Folder: certificates have to outlive the process, authorities issue only so many")
	case !c.AcceptTerms:
		return c, errors.New("acme: New: AcceptTerms is not set: the authority wants its terms of service agreed to")
	case c.RenewBefore < 0 || c.Timeout < 0:
		return c, errors.New("acme: New: a negative time")
	case (c.AccountKeyID == "") != (len(c.AccountKey) == 0):
		return c, errors.New("acme: New: AccountKeyID and AccountKey go together")
	}
	c.Directory, c.Timeout = cmp.Or(c.Directory, LetsEncrypt), cmp.Or(c.Timeout, 5*time.Minute)
	if c.Challenges = slices.Clone(c.Challenges); c.Challenges == nil {
		c.Challenges = []string{TLSALPN01, HTTP01}
	}
	for _, s := range c.Challenges {
		if s != TLSALPN01 && s != HTTP01 {
			return c, fmt.Errorf("acme: New: the challenge %q is not supported: there are %s and %s", s, TLSALPN01, HTTP01)
		}
	}
	if c.Retry == nil {
		c.Retry = service.BackoffPolicy{Initial: 30 * time.Second, Factor: 2, Max: 6 * time.Hour}.Delay
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// hostName returns the name as it stands in certificates.
func hostName(s string) (string, error) {
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(s, "."))
	if err != nil {
		return "", fmt.Errorf("acme: host %q: %w", s, err)
	}
	if _, err := netip.ParseAddr(name); err == nil || strings.Contains(name, "*") || !strings.Contains(name, ".") || strings.Contains(name, "..") || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("acme: host %q: certificates are for names like www.example.org only", s)
	}
	return name, nil
}
