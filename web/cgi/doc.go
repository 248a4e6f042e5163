// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package cgi runs CGI programs (RFC 3875): a process for each request.
//
// # Typical use
//
//	root.PutChild("cgi-bin", cgi.Directory("/srv/cgi-bin", cgi.Config{}))
//	root.PutChild("status", cgi.Script("/srv/bin/status.sh", cgi.Config{}))
//	root.PutChild("old", cgi.Directory("/srv/old", cgi.Config{Interpreters: map[string][]string{".php": {"php-cgi"}, ".pl": {"perl"}}}))
//
// # The nouns
//
// A [Handler] is a Leaf that runs one program, or those of a directory. A [Config] holds limits, environment and interpreters, which run files by the extension of their names.
//
// # Processes
//
// The request's body is the program's standard input, streamed as it reads; its output is the answer, and it waits while the client does not read. When the client leaves, the
// program and what it has started are told by SIGTERM, and killed five seconds later. A client that only ends what it sends (FIN) may still read: then the program is told when the
// answer cannot be sent, or after the site's Timeouts.Abort. A program that ends before its header is complete is answered for with 500, one that says
// nothing for too long with 504, and too many at a time with 503. What it writes to standard error is logged. It runs in the directory of its file.
//
// The environment holds the variables of RFC 3875, PATH and Config.Env, and nothing else of this process's. A query without "=" becomes arguments (section 4.4), unless
// one of them begins with "-" or the program is run by an interpreter, which both may take for options of its own (CVE-2012-1823). The header Proxy is no variable
// (CVE-2016-1000111).
//
// A Location that is a path, and nothing else, is answered by what Config.Root has there (section 6.2.2), or, without that, is a redirect of the client.
//
// # Concurrency
//
// A Handler is safe from any goroutine; requests belong to their loops.
//
// Twisted: twisted.web.twcgi.
package cgi
