// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"strings"

	"golang.org/x/crypto/acme"
)

// hint tells what to do about a failure.
func hint(err error) string {
	if _, ok := acme.RateLimit(err); ok {
		return "the authority's limit is reached: wait; for trials use acme.LetsEncryptStaging"
	}
	text := err.Error() // holds the problem types of all challenges, which an AuthorizationError does not unwrap to
	for _, h := range hints {
		if strings.Contains(text, "urn:ietf:params:acme:error:"+h.problem) {
			return h.what
		}
	}
	var unknown x509.UnknownAuthorityError
	var invalid *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errNotOffered):
		return "choose other Config.Challenges"
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return "the authority's own certificate is not trusted: see Config.Directory and Config.Roots"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return "see to the rights of Config.Folder"
	case errors.Is(err, context.DeadlineExceeded):
		return "is the authority reachable from here?"
	}
	return "see the error; it is tried again"
}

var hints = []struct{ problem, what string }{
	{"dns", "the name does not resolve: see to its A and AAAA records"},
	{"connection", "the authority cannot connect: port 443 (tls-alpn-01) or 80 (http-01) of the name's addresses, IPv6 too, has to lead here"},
	{"tls", "something else than this server answers on port 443: a proxy in front has to pass TLS through, or leave tls-alpn-01 out of Config.Challenges"},
	{"unauthorized", "something else than this server answers: see where the name's addresses lead, and that /.well-known/acme-challenge/ on port 80 reaches Manager.Challenges"},
	{"caa", "the name's CAA record forbids this authority"},
	{"rejectedIdentifier", "the authority does not issue certificates for this name"},
	{"externalAccountRequired", "the authority wants Config.AccountKeyID and AccountKey"},
	{"invalidContact", "see to Config.Email"},
	{"userActionRequired", "the authority has new terms: see the URL in the error"},
}
