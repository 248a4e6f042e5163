// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package rewrite changes the path of requests before a resource is looked up by it.
//
// # Typical use
//
//	root := rewrite.New(tree,
//		rewrite.Alias("/old", "/archive/2019"),
//		rewrite.TildeToUsers,
//		rewrite.Regexp(`^blog/(\d{4})/(.*)$`, "posts/$1-$2"),
//	)
//	site := web.NewSite(root, web.Config{})
//
// # The nouns
//
//   - A [Rule] is a function that changes Request.PostPath: the segments, percent-decoded, that are left to look up. Rules run in their order, each on what the one before has left.
//   - [New] returns the Resource that runs them, and then has another one answer.
//
// # What cannot be reached
//
// Segments stay what they are: a slash that came percent-encoded is a part of its segment, before and after. When the rules have run and have changed the path, one that holds the
// segments "." or ".." is answered with 400, so that no rule can be talked into leading elsewhere.
//
// # Concurrency
//
// What New returns serves any number of loops; rules are called on the loop of the request, from several at the same time.
//
// Twisted: twisted.web.rewrite.
package rewrite
