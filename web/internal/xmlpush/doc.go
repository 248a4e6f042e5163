// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package xmlpush parses XML that arrives in pieces: bytes in, events out, bounded, without I/O.
//
//	var p xmlpush.Parser
//	p.Feed(bytes) // as often as there are some
//	for {
//		ev, ok, err := p.Next()
//		if err != nil || !ok {
//			break // an error is final; without one more input is needed
//		}
//		// ev.Kind, ev.Name, ev.Attr, ev.Data, ev.Line
//	}
//	err := p.Close() // when the input has ended
//
// It accepts well-formed documents of XML 1.0 in UTF-8 with namespaces, and nothing else: no document type with an internal subset, no entities but the five of XML and
// character references, nothing external. Events keep the prefixes of names, and where they began. How the input was cut into pieces makes no difference.
//
// # Concurrency
//
// A Parser belongs to one goroutine.
//
// # Standards
//
// XML 1.0 (fifth edition), without validation and without declarations in the document type; Namespaces in XML 1.0.
//
// Twisted: web.sux.XMLParser, without its leniency: for tag soup there is the HTML5 tokenizer of golang.org/x/net/html.
package xmlpush
