// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package qt runs a reactor inside of the main loop of Qt, on its main thread: a callback of the reactor may use widgets, and a slot may write to a connection.
//
// # Typical use
//
//	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//	...
//	r.CallWhenRunning(func() {
//		C.open_window() // the program's own C++: the QApplication is there
//		r.ConnectTCP("127.0.0.1:7000", factory, reactor.ConnectOptions{})
//	})
//	err = qt.Run(r) // until the last window is closed, or the reactor is stopped
//
// The example core/hosted/examples/qtticker is a whole program.
//
// # Nouns
//
// [Run] is the main function of a program in Go. [Post] has a function called on the main thread. A program whose main function is in C++, and which runs
// QApplication::exec itself, calls reactor.StartHosted with Post after it has made its QApplication.
//
// # Building
//
// With pkg-config and Qt 5.10 or later; with the build tag qt6 Qt 6 is used instead. With the build tag qtflags pkg-config is not asked, and the environment's CGO_CXXFLAGS and
// CGO_LDFLAGS tell where Qt is, as on macOS, where it comes as frameworks. core/hosted/README.md tells the packages of each system.
//
// # Concurrency
//
// Post is safe from any goroutine. Run is for the main goroutine: importing this package locks it to the thread that the program began on, which is the only one
// that every system lets show windows.
//
// A function that opens a modal dialog should come by Post, not from a callback of the reactor: the reactor goes on while the dialog is open only if it is not in the middle of
// that callback. Coroutines (deferred.Go) and TLS handshakes wait until the dialog is closed.
//
// # Not supported
//
// This is no binding of Qt's widgets. A Qt without a display ends the process by itself: it cannot be kept from that.
//
// Twisted: qtreactor (qt5reactor), of others.
package qt
