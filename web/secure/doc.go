// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package secure puts protection around a resource: headers that tell browsers what a page may do, a check of requests that another site has a browser send, and limits on
// rates and bodies.
//
// # Typical use
//
//	limited := secure.NewRateLimit(&root, secure.RateLimitConfig{})
//	checked, err := secure.NewOrigins(limited, secure.OriginsConfig{})
//	...
//	protected, err := secure.NewHeaders(checked, secure.HeadersConfig{})
//	...
//	site := web.NewSite(protected, web.Config{})
//
// The headers are outermost, so that refusals have them too.
//
// # The nouns
//
//   - [Headers] adds security headers that the resource has not set itself, with defaults that allow a site its own scripts, styles and frames and no others. [Nonce] allows an inline script.
//   - [Origins] refuses requests that pages of other sites make a browser send with its cookies (CSRF), WebSockets included.
//   - [RateLimit] bounds the requests of each client in a time.
//   - [BodyLimit] bounds request bodies below a part of the tree.
//
// Each is a web.Leaf around another resource, in any order and for any part of the tree. Each counts what it refuses.
//
// # Concurrency
//
// Everything serves any number of loops at once. Stats are safe from any goroutine. Configurations are copied.
//
// # Standards
//
// RFC 6797 (HSTS), RFC 7034 (X-Frame-Options), RFC 6585 section 4 (429), RFC 6454 (origins), Content Security Policy Level 3, Fetch Metadata, Permissions Policy, and the Fetch and HTML standards for
// the rest. Not supported: tokens in forms against cross-site requests, which browsers made since 2023 need no more; a policy reported by Reporting-Endpoints is a header of the resource's own.
package secure
