// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"crypto/x509"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A CertificateChecker lets in whoever has a certificate that the TLS configuration verified (tls.Config.ClientAuth, ClientCAs). The zero CertificateChecker is ready to
// use. Its fields are immutable after the first use.
type CertificateChecker struct {
	// Name returns the account that a verified certificate is for, and false for none. nil means the subject's common name.
	Name func(leaf *x509.Certificate) (name string, ok bool)
}

// RequestAvatarID returns the certificate's account. A client that asks for another one by name is refused, and so is a certificate that nobody verified.
func (c *CertificateChecker) RequestAvatarID(loop protocol.Loop, creds ClientCertificate) *deferred.Deferred[AvatarID] {
	if chains := creds.State.VerifiedChains; len(chains) > 0 && len(chains[0]) > 0 {
		name, ok := c.name(chains[0][0])
		if ok && name != "" && (creds.Username == "" || Equal(creds.Username, name)) {
			return deferred.SucceedOn(loop, AvatarID{Name: name})
		}
	}
	return deferred.FailOn[AvatarID](loop, ErrUnauthorizedLogin)
}

func (c *CertificateChecker) name(leaf *x509.Certificate) (string, bool) {
	if c.Name != nil {
		return c.Name(leaf)
	}
	return leaf.Subject.CommonName, true
}
