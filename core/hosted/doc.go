// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package hosted is the root of the packages that run a reactor inside of a GUI toolkit. It holds nothing itself; they do, each by cgo over a small shim:
//
//   - gtk: GTK 3
//   - qt: Qt 5 and 6
//   - wx: wxWidgets 3.2
//
// It is a module of its own, so that core needs neither cgo nor any toolkit. What they build on, reactor.StartHosted of core, works with any main loop; core/docs/hosted.md tells how.
//
// # Typical use
//
//	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//	...
//	err = gtk.Run(r) // or qt.Run, wx.Run
//
// The programs in examples show lines from a TCP connection beside an animation, in each of the toolkits.
//
// # Concurrency
//
// Each package has two functions. Post is safe from any goroutine; Run belongs to the main one.
package hosted
