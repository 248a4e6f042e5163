// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fetch is the HTTP client for everyday use: requests in one line, with JSON, forms, files and logins, over package client.
//
// # Typical use
//
//	c, err := fetch.New(r, fetch.Config{})
//
//	d := fetch.JSON[[]Note](c.Get("https://example.com/notes", &fetch.Options{Query: url.Values{"page": {"2"}}}))
//	d.AddCallback(func(notes []Note) ([]Note, error) { ... })
//
//	c.Post("https://example.com/notes", &fetch.Options{JSON: note, Bearer: token, Expect: []int{201}})
//	c.Post("https://example.com/files", &fetch.Options{Parts: []fetch.Part{{Name: "file", FileName: "a.txt", Body: body}}})
//	c.Download("https://example.com/big.iso", "big.iso", &fetch.Download{Resume: true})
//
// On other goroutines than the loop's, the same is called on the loop and waited for:
//
//	notes, err := deferred.BlockingCallFromThread(ctx, c.Loop(), func() *deferred.Deferred[[]Note] {
//		return fetch.JSON[[]Note](c.Get("https://example.com/notes", nil))
//	})
//
// # The nouns
//
//   - A [Client] sends requests. It is made of a [Config], and keeps connections and cookies.
//   - [Options] are what a request has besides its method and URL. A [Part] is a field or a file of a form.
//   - A [Response] has its status and header; its body is collected as bytes, as text or as JSON, or streamed, as that of a client.Response is. The function [JSON] leads from a request to a typed value.
//   - A [StatusError] is the failure of a request by its status. Other failures are those of package client, and so are time limits.
//   - A [Download] says how a response becomes a file.
//
// # Concurrency
//
// Everything is loop only, but for New, Over, Client.On and Client.Loop, which are safe from any goroutine.
//
// # Protection
//
// What a server sends is bounded: heads (256 KiB), bodies that are collected (16 MiB), what bodies are decoded to (64 MiB), files (16 GiB), redirects (20), attempts (4 in 2 minutes) and every wait.
// Only a request as a whole has no time limit unless Timeouts.Whole says so. A user's name and password, and tokens, go to the origin of the request's URL only, and
// stand in no error. A URL's user information is Basic authentication.
//
// # Standards
//
// RFC 9110, RFC 7578 (multipart/form-data), RFC 7617 (Basic), RFC 6750 (Bearer). Not supported: Digest authentication.
//
// Twisted: treq, and twisted.web.client's getPage and downloadPage.
package fetch
