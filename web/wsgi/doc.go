// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package wsgi serves Python web applications (PEP 3333: Flask, Django and the rest) in worker processes that it looks after.
//
// # Typical use
//
//	app, err := wsgi.New(r, wsgi.Config{Application: "shop.wsgi:application", Dir: "/srv/shop", Virtualenv: "/srv/shop/venv"})
//	services.Add("shop", app)    // starts, stops, reloads and drains with the program
//	root.PutChild("shop", app)   // SCRIPT_NAME is /shop
//
// # The nouns
//
//   - A [Service] is both: the Leaf that answers, and the service whose workers do it.
//   - A [Config] names the application and holds the limits. A [LoadError] tells why it does not load.
//
// # Workers
//
// Each worker is a process with Config.Threads threads, which serves as many requests at a time and never holds more: the others wait here, up to Config.Queue of them for
// Timeouts.Queue, so that the death of a worker loses only what it was serving (502). It is replaced at once, or after a growing delay if that is what it dies of. A worker whose
// request hangs is replaced (504), and Python's stacks go to the log. Reload has new workers load the application before the old ones finish.
//
// Workers are reached over UNIX sockets in a directory that only this process's user may enter, and inherit theirs open, so that nobody else can speak to them; by FastCGI, since
// that has all that is needed. They end when this process does.
//
// Python 3.8 or later is needed, and its standard library only. The process that starts workers does not import the application; each worker does.
//
// # What applications see
//
// environ is PEP 3333's, with wsgi.input_terminated and wsgi.file_wrapper; a header field whose name has anything but letters, digits and hyphens is not in it, nor is Proxy.
// What start_response is given is checked; hop-by-hop headers, control characters and wrong types are errors. An application that fails before its answer
// has begun is answered for with 500, and its traceback goes to the log; later the answer is cut off. close is called in any case. When the client has left, the next write
// fails, which ends the iteration.
//
// Not supported: one application that is loaded once and forked, ASGI, more than one application in a worker.
//
// # Concurrency
//
// Render is called on the loops of requests, at the same time if there are several; everything else belongs to the reactor's main loop, unless its comment says otherwise.
//
// Twisted: twisted.web.wsgi.
package wsgi
