// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package cookiejar keeps the cookies of a client, as RFC 6265bis tells browsers to, in memory and in files that curl, wget and Python read.
//
// # Typical use
//
//	jar := cookiejar.New(cookiejar.Config{})
//	err := jar.Load("cookies.txt") // before the loop runs, or in a thread
//	agent := client.NewRedirectAgent(client.NewCookieAgent(inner, jar), client.RedirectConfig{})
//	...
//	err = jar.Save("cookies.txt")
//
// # Nouns
//
// A [Jar] is an http.CookieJar, so that http.Client may use it too. An [Entry] is one of its cookies.
//
// # What is kept
//
// Cookies for a domain that the sender does not belong to, and for a public suffix (com, co.uk, github.io), are refused; so are those with Secure from http, with the prefixes
// __Secure- and __Host- or SameSite=None where they break their rules, and those that would shadow a secure cookie from http. Max-Age wins over Expires, and neither lasts for
// more than 400 days. A cookie that is larger than 4096 bytes, or holds a control character, is ignored. Hosts are compared in lower case, as A-labels, without a final dot; an IP
// address gets back what it has set itself, and nothing else.
//
// The number of cookies is bounded, for a site (a registrable domain) and in all. What has expired goes first, then, at a site that has too many, what is not Secure, and what was
// not used for the longest time.
//
// # Not supported
//
// Ports do not matter, as in browsers. SameSite is kept and not enforced: who asks is a program, not a page of another site. Partitioned is ignored, and so are the fields of
// RFC 2965 (Set-Cookie2, Port, Discard).
//
// # Concurrency
//
// Everything is safe from any goroutine. [Jar.Load] and [Jar.Save] use the disk and are not for a loop: call them by deferred.ToThread.
//
// Twisted: CookieAgent's http.cookiejar.CookieJar, MozillaCookieJar.
package cookiejar
