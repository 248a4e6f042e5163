// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package vhost serves several hosts from one site.
//
// # Typical use
//
//	var hosts vhost.Hosts
//	hosts.Add("www.example.org", www)
//	hosts.Add("*.users.example.org", users)
//	site := web.NewSite(&hosts, web.Config{})
//
// # The nouns
//
//   - [Hosts] is a Resource that chooses another by the name in Host. Case, port and a dot at the end do not matter. The exact name comes first, then the wildcard with the most
//     labels, then Default; without one the answer is 404, with the name in its text, escaped.
//   - A [Monster] is a Resource below which a front proxy states the URL that the client knows. It believes the proxies that it is told to trust and nobody else.
//
// # Certificates
//
// Over TLS the name in the handshake (SNI) chooses the certificate, before there is a request: give tlswrap.CertificateOptions a tlswrap.NameMap as its Source, with one
// tlswrap.Reloader for each host, and tlswrap.Options.RequireServerName to refuse clients that send no name or a foreign one. A connection may then carry requests for a host that its
// certificate is not for, as browsers do that find several names in one: Hosts.Misdirected answers those with 421.
//
// # Concurrency
//
// Hosts and Monster serve any number of loops; Add and Remove are safe from any goroutine, at any time. The fields are immutable after start.
//
// # Standards
//
// RFC 9110 (sections 7.2, 15.5.20), RFC 9112 section 3.2.
//
// Twisted: twisted.web.vhost.
package vhost
