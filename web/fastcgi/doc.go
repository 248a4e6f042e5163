// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fastcgi passes requests to FastCGI applications, such as PHP's php-fpm.
//
// # Typical use
//
//	php, err := fastcgi.New("unix:/run/php/php-fpm.sock", fastcgi.Config{Root: "/srv/www"})
//	root.PutChild("app", php) // /app/shop/index.php/basket runs /srv/www/shop/index.php
//
// # The nouns
//
//   - An [Application] is the Leaf that does it: for a directory of scripts ([Config].Root), for one script ([Config].Script), or for a program that needs no file.
//   - [Timeouts] and [Stats] are its limits on time and its counters.
//
// The request's body is streamed as the application takes it, the answer as the client takes it. What the application writes to its standard error is logged. An application
// that cannot be reached, breaks off, or does not answer properly is answered for with 502, one that takes too long with 504, and too many requests with 503.
//
// # Scripts
//
// In a directory, the first segment of the path that ends with Config.Extension is the end of the script's name, and what follows is PATH_INFO. The script has to be a
// regular file there, so that /avatar.jpg/x.php never has PHP run an upload. Segments with a slash, a backslash or a NUL in them, and dots, are not found.
//
// # Concurrency
//
// An Application is safe from any goroutine. Each request has a connection of its own, on its own loop.
//
// # Standards
//
// FastCGI 1.0, role responder; RFC 3875 for variables and answers. Not supported: several requests on one connection at a time, the roles authorizer and filter.
package fastcgi
