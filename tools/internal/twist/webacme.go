// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web/acme"
)

// webACME are the options of "twist web" that concern certificates from an authority.
type webACME struct {
	hosts                []string
	folder, email, where string
	agree                bool
	needed               []*usage.Option // only with --acme
}

func (a *webACME) declare(o *usage.Options) {
	add := func(s string) error {
		if _, err := netip.ParseAddr(s); err == nil || !strings.Contains(s, ".") || strings.ContainsAny(s, "*:/@ ") {
			return fmt.Errorf("%q: certificates are for names like www.example.org only", s)
		}
		a.hosts = append(a.hosts, s)
		return nil
	}
	hosts := o.Var(&repeated{add, func() { a.hosts = nil }}, "acme", "", "have a certificate for this name from an authority, for --https and tls: endpoints without cert=")
	hosts.Metavar, hosts.Repeated = "HOST", true
	folder := o.String(&a.folder, "acme-dir", "", "folder for certificates and keys, yours alone; it is made if it is missing")
	folder.Metavar, folder.Complete = "FOLDER", usage.Folders
	agree := o.Flag(&a.agree, "acme-agree", "", "agree to the authority's terms of service, without which there are no certificates")
	email := o.String(&a.email, "acme-email", "", "where the authority reaches you")
	email.Metavar = "ADDRESS"
	where := o.String(&a.where, "acme-url", "", "directory of another authority than Let's Encrypt")
	where.Metavar = "URL"
	a.needed = []*usage.Option{folder, agree, email, where}
}

// check finds what cannot work, without looking at files and networks.
func (a *webACME) check(listen []string) error {
	if len(a.hosts) == 0 {
		for _, opt := range a.needed {
			if opt.Given() {
				return usage.Errorf("--"+opt.Long, "is for --acme, which is not there")
			}
		}
		return nil
	}
	switch to, err := url.Parse(a.where); {
	case !slices.ContainsFunc(listen, wantsCertificate):
		return usage.Errorf("--acme", "no port needs the certificates: say --https 443, or --listen tls:443 without cert=")
	case a.folder == "":
		return usage.Errorf("--acme", "--acme-dir is missing: certificates have to outlive the server, since authorities issue only so many")
	case !a.agree:
		return usage.Errorf("--acme", "the authority wants its terms of service agreed to: read them (Let's Encrypt: https://letsencrypt.org/repository/) and say --acme-agree")
	case a.where != "" && (err != nil || to.Scheme != "https" || to.Host == ""):
		return usage.Errorf("--acme-url", "%q is no https URL", a.where)
	}
	return nil
}

// wantsCertificate reports whether a description is that of a port for TLS that has no certificate.
func wantsCertificate(description string) bool {
	d, err := endpoint.ParseDescription(description)
	if err != nil || !strings.HasPrefix(description, "tls:") {
		return false
	}
	_, has := d.Keyword()["cert"]
	return !has
}

// manager returns what obtains the certificates, nil without --acme.
func (a *webACME) manager(env *app.Env, listen []string) (*acme.Manager, error) {
	if len(a.hosts) == 0 {
		return nil, nil
	}
	c := acme.Config{Hosts: a.hosts, Folder: a.folder, AcceptTerms: a.agree, Email: a.email, Directory: a.where, Logger: env.Log}
	if !slices.ContainsFunc(listen, isPlain) {
		c.Challenges = []string{acme.TLSALPN01} // authorities count failures
	}
	m, err := acme.New(env.Reactor, c)
	if err != nil {
		return nil, &app.ExitError{Err: fmt.Errorf("--acme: %w", err)}
	}
	return m, nil
}

// isPlain reports whether HTTP without TLS is spoken there.
func isPlain(description string) bool {
	return !strings.HasPrefix(description, "tls:") && !strings.HasPrefix(description, "ssl:")
}
