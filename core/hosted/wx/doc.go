// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package wx runs a reactor inside of the main loop of wxWidgets, on its main thread: a callback of the reactor may use windows, and an event handler may write to a
// connection.
//
// # Typical use
//
//	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//	...
//	r.CallWhenRunning(func() {
//		C.open_frame() // the program's own C++: the wxApp is there
//		r.ConnectTCP("127.0.0.1:7000", factory, reactor.ConnectOptions{})
//	})
//	err = wx.Run(r) // until the last frame is closed, or the reactor is stopped
//
// The example core/hosted/examples/wxticker is a whole program.
//
// # Nouns
//
// [Run] is the main function of a program in Go. [Post] has a function called on the main thread. A program whose main function is in C++, by wxIMPLEMENT_APP for
// example, calls reactor.StartHosted with Post in the OnInit of its wxApp.
//
// # Building
//
// On Linux with wxWidgets 3.2 on GTK 3, in the folders of Debian or Fedora, without settings. Elsewhere with the build tag wxconfig, and the flags from wx-config:
//
//	CGO_CXXFLAGS="$(wx-config --cxxflags)" CGO_LDFLAGS="$(wx-config --libs core,base)" go build -tags wxconfig
//
// core/hosted/README.md tells the packages of each system.
//
// # Concurrency
//
// Post is safe from any goroutine. Run is for the main goroutine: importing this package locks it to the thread that the program began on, which is the only one
// that every system lets show windows.
//
// A function that opens a modal dialog should come by Post, not from a callback of the reactor: the reactor goes on while the dialog is open only if it is not in the middle of
// that callback. Coroutines (deferred.Go) and TLS handshakes wait until the dialog is closed. On Windows wxWidgets itself holds back what is posted while a menu is open or a window is being moved.
//
// # Not supported
//
// This is no binding of the classes of wxWidgets.
//
// Twisted: wxreactor, wxsupport.
package wx
