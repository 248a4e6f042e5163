// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package received makes a web.Header of what this module's parsers have read. Package web, which alone can do that, says how; others of the module, as the client, have it done.
//
//	var h web.Header
//	received.Header(&h, head.Fields)
//
// # Concurrency
//
// Header is set before main, and safe from any goroutine then.
package received

import "github.com/torsion-go/torsion/web/internal/h1"

// Header makes h, which is a *web.Header, that of a message whose fields were checked and joined. h is its owner's to change.
var Header func(h any, lines h1.Lines)

// By tells how. It is called by package web.
func By(f func(h any, lines h1.Lines)) struct{} {
	Header = f
	return struct{}{}
}
