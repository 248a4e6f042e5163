// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package gtk runs a reactor inside of the main loop of GTK 3, on its thread: a callback of the reactor may use widgets, and the handler of a signal may write to a connection.
//
// # Typical use
//
//	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//	...
//	r.CallWhenRunning(func() {
//		C.open_window() // the program's own C: GTK is initialized. On "destroy" it calls gtk_main_quit
//		r.ConnectTCP("127.0.0.1:7000", factory, reactor.ConnectOptions{})
//	})
//	err = gtk.Run(r) // until the window is closed, or the reactor is stopped
//
// The example core/hosted/examples/gtkticker is a whole program.
//
// # Nouns
//
// [Run] is the main function of a program in Go. [Post] has a function called on the main thread. A program that runs a main loop of GLib itself, by g_application_run or without
// GTK, calls reactor.StartHosted with Post on that loop's thread; the default main context has to be the one that runs.
//
// # Priorities
//
// What is posted has a lower priority than GTK's painting (GDK_PRIORITY_REDRAW): a window repaints at its rate however much arrives. Where painting leaves no time, it goes before
// painting after 10 milliseconds, so the network goes on however much is painted.
//
// # Building
//
// With pkg-config and GTK 3 (gtk+-3.0). core/hosted/README.md tells the packages of each system.
//
// # Concurrency
//
// Post is safe from any goroutine. Run is for the main goroutine: importing this package locks it to the thread that the program began on, which is the only one
// that every system lets show windows.
//
// A function that opens a modal dialog (gtk_dialog_run) should come by Post or be a handler of GTK's, not a callback of the reactor: the reactor goes on while the dialog is open only if it is not in
// the middle of that callback. Coroutines (deferred.Go) and TLS handshakes wait until the dialog is closed.
//
// # Not supported
//
// This is no binding of GTK's widgets. GTK 4 has the same main loop, but no gtk_main: see StartHosted and Post.
//
// Twisted: gtk3reactor, gireactor, glib2reactor.
package gtk
