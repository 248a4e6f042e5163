// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package handover replaces a running program by a successor, such as a new version of it, without losing a connection: the successor inherits the listening sockets and says when it
// serves, then the predecessor finishes what it has begun and ends.
//
// # Typical use
//
//	from, err := handover.Inherited() // nil in a process that was started otherwise
//	...
//	r, err := reactor.New(reactor.Config{Inherited: from.Sockets()})
//	up, err := handover.New(r, handover.Config{})
//	... // listen on any endpoints, as always
//	err = from.Ready(r.Logger()) // when everything has started
//
// and when a signal asks for it, on the loop:
//
//	up.Start(nil, nil).Done(func(pid int, err error) {
//		if err == nil {
//			... // stop listening, finish what is under way, stop the reactor
//		}
//	})
//
// # Nouns
//
// An [Upgrader] is the predecessor's side, an [Inheritance] the successor's. A process can be both, one after the other: the chain has no end.
//
// # How it works
//
// The successor gets duplicates of the sockets as descriptors, and the variable TORSION_HANDOVER, in JSON, that says what each was asked to listen on. Its ports take
// the socket of the same network and address, so that endpoint strings stay as they are; see [reactor.Inherited]. Adopted sockets, such as those from systemd, keep their
// numbers, and LISTEN_FDS is said again. One message on a pipe says that the successor is ready. Until then it accepts nothing, though its datagram ports
// do receive. A successor that ends, or is not ready in time, is killed and leaves the predecessor as it was.
//
// Whatever else is to live on, such as a lock or a socket that is no port of the reactor, goes along by name in [Config].Files, and [Inheritance.File] hands it out. A
// successor that cannot start says why by [Inheritance.Fail], instead of Ready: the predecessor's Start fails with those words, and it goes on.
//
// The descriptors are closed on exec in the successor and the variables are gone when Inherited returns: its own children get neither.
//
// The service manager has to be told that there is another main process: see the package sdnotify.
//
// # Concurrency
//
// The Upgrader's methods are loop only, of the reactor's main loop. Starting and waiting go on elsewhere. The rest is safe from any goroutine.
//
// # Not supported
//
// Windows, which has no descriptors to inherit: [errors.ErrUnsupported]. Connections stay with the process that accepted them.
package handover
