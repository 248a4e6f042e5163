// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package reactor runs event loops: connections, listening ports, datagram ports, timers, calls from other goroutines, a thread pool, system events and signals.
//
// # Typical use
//
//	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//	...
//	port, err := r.ListenTCP("127.0.0.1:8080", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
//	...
//	err = r.Run(context.Background())
//
// # Nouns
//
// A [Reactor] is a value; a program may have several. It has one or more [Loop]s, the first of which is the main one and embedded. A Loop opens a [Port] or a
// [DatagramPort], makes a [Connector], watches a [FileDescriptor], and calls functions later. The poller below, epoll on Linux unless io_uring is asked for, is chosen by [Config], by the
// environment variable TORSION_REACTOR, or by the platform, in that order. Names are not resolved here: addresses are literal. Endpoints do the rest.
//
// # A pass
//
// A loop goes through passes. In each one it runs, in this order: what was posted by CallFromThread before the pass; what earlier callbacks put off, such
// as ConnectionLost after AbortConnection; delayed calls that are due; the callbacks of I/O. Then it sends what was written meanwhile. What is posted or
// scheduled in a pass, even for at once, runs in a later one. The clock is read at most once before and once after the loop has slept.
//
// # Writing
//
// What a callback writes is gathered and sent when it returns, or at once from 16 KiB on. Only what the system refuses stays, at most Config.MaxBuffered bytes: a
// connection whose peer does not read ends with protocol.ErrBufferOverflow. A push producer is paused instead. Both directions
// closed by half-close end the connection.
//
// # Panics
//
// A panic in a callback of a connection, or of its producer, is logged with its stack and ends that connection only, by a reset. A panic elsewhere is logged.
//
// # Concurrency
//
// All callbacks of one loop run on one goroutine, which is locked to its thread, one at a time. Most methods are loop only: before the reactor runs they belong
// to the goroutine that sets it up, afterwards to the callbacks of that loop. With the race detector, or the build tag torsion_debug, a call from elsewhere
// panics and shows both stacks. The doors from other goroutines are CallFromThread, CallInThread, Stop and Crash.
//
// With several loops a connection belongs to one of them. BuildProtocol and all callbacks of a connection run there, so a factory may be called by several loops
// at the same time. One loop accepts and deals connections out evenly, unless [ListenOptions] say AcceptPerLoop. [Config] tells how many loops make sense
// (LoopsAuto), and ties them to processors (PinCPUs).
//
// # Other main loops
//
// [Reactor.StartHosted] puts the reactor into a main loop that is not its own, such as a GUI toolkit's: that runs every callback, between its own events, on its own thread. The packages in
// core/hosted do it for GTK, Qt and wxWidgets. [Reactor.Pump] and [Reactor.Iterate] are for a loop of the program's own that turns at a rate. core/docs/hosted.md is the guide.
//
// # Hot restart
//
// [Reactor.HandOver] duplicates the listening sockets for a successor of the process, in whose reactor [Config].Inherited holds them: its ports take them instead of
// opening their own. The package handover does the rest.
//
// # Twisted names
//
// IReactorCore, IReactorTime, IReactorTCP, IReactorUNIX, IReactorUDP, IReactorMulticast, IReactorSocket, IReactorFDSet, IReactorThreads; ClientFactory,
// ReconnectingClientFactory; twisted.internet.fdesc; threadedselectreactor.
package reactor
