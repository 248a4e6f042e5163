// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package acme obtains certificates from an authority such as Let's Encrypt, renews them in the background, and supplies them to TLS servers.
//
// # Typical use
//
//	certs, err := acme.New(r, acme.Config{Hosts: []string{"example.org", "www.example.org"}, Folder: "/var/lib/site/acme", AcceptTerms: true})
//	...
//	tls, err := tlswrap.Server(tlswrap.Options{Config: certs.TLSConfig()}, site)       // on port 443
//	plain := web.NewSite(certs.Challenges(nil), web.Config{})                         // on port 80: everything else is redirected to https
//	app.Add("https", ...)
//	app.Add("http", ...)
//	app.Add("certificates", certs) // behind the ports, which the authority calls
//
// # The nouns
//
//   - A [Manager] is a service.Service, and a tlswrap.CertificateSource for a NameMap or CertificateOptions. It has one certificate for each host, with an ECDSA key of its own.
//   - A [Certificate] tells how things stand with a host.
//
// # How it works
//
// [New] reads the certificates that the folder holds. While the service runs, one goroutine obtains what is missing, then renews each certificate when a third of its life is left. It proves that
// a host is ours by TLS-ALPN-01, on port 443, or HTTP-01, on port 80. A handshake takes the certificate that is there and never waits; for a host that has none yet, and for foreign names, it
// is refused with the alert unrecognized_name. Connections keep what they have.
//
// A failure is logged with what to do about it, and tried again after a minute, two, four and so on up to six hours, or when the authority says. Ready tells whether every host has a certificate, Health whether
// somebody should look.
//
// The folder has the format of golang.org/x/crypto/acme/autocert's DirCache, so that programs can be moved from one to the other. Before it asks the authority, a Manager looks whether another process has renewed the
// certificate there.
//
// # Concurrency
//
// Start, Stop, Health and Ready are loop only, as those of all services. The rest is safe from any goroutine; New and Add read files and are not for a loop that serves.
//
// # Standards
//
// RFC 8555 (ACME; section 8.3 HTTP-01), RFC 8737 (TLS-ALPN-01). Not supported: DNS-01 and with it wildcards, certificates for IP addresses, RSA keys, certificates at the first handshake of a name that was not
// configured, OCSP stapling, which the large authorities have given up.
package acme
