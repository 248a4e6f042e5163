// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package compress wraps a resource and sends what it answers compressed, by gzip, zstd or brotli, to clients that accept that.
//
// # Typical use
//
//	site := web.NewSite(compress.New(&root, compress.Config{}), web.Config{})
//
// # What is compressed
//
// Responses of a type that compresses well (text, JSON, JavaScript, SVG, WebAssembly: see [Config].Types), of at least MinSize bytes or of unknown length, that are not
// coded already, are whole (no ranges), and do not say Cache-Control: no-transform. They carry Content-Encoding and Vary: Accept-Encoding, and a weak ETag.
// Which coding is used follows the weights of Accept-Encoding (RFC 9110 section 12.5.3), and at equal weights the server's order. A client that accepts neither a coding on
// offer nor an uncoded body gets 406.
//
// Streams stay streams: what is flushed, or written by a resource that then pauses, arrives at once. Server-sent events are left alone unless Types names them, because
// each open stream would hold an encoder.
//
// # What it costs
//
// At the default levels one core compresses text at about 300 MB/s with zstd, and at 60 to 150 MB/s with gzip and brotli: a body of 8 KiB takes a tenth of a millisecond at
// most, on the loop. Pieces of more than 64 KiB are compressed in a thread; a stream in smaller pieces gives other connections their turn between them. Higher levels are for
// files that are compressed once: package static sends such siblings. An encoder takes 0.3 to 1.5 MB while its response is under way; Config.Encoders bounds how many there are, and the
// window of 256 KiB what each remembers.
//
// # Requests
//
// With Config.Decode, request bodies that are coded with gzip, zstd or br are decoded before the resource reads them, within bounds of size and ratio (413), and others
// are refused with 415. Without, they reach the resource as they are.
//
// # Secrets
//
// Compression over TLS tells whoever sees the length of responses whether a text of their choosing stands in them beside a secret (BREACH). Do not compress pages that mirror what a
// request says and hold a secret, such as a token against request forgery, unless that is masked anew in each response.
//
// # Concurrency
//
// [Resource] is safe from any goroutine and serves any number of loops. A Config is copied.
//
// # Standards
//
// RFC 9110 sections 8.4, 12.5.3 and 15.5.16, RFC 1952 (gzip), RFC 8878 and 9659 (zstd), RFC 7932 (br). deflate, compress and dictionaries (RFC 9842) are not supported.
//
// Twisted: resource.EncodingResourceWrapper, server.GzipEncoderFactory.
package compress
