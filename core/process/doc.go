// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package process runs child processes on a loop: it starts them, reads and writes their descriptors, signals, ends and reaps them.
//
// # Typical use
//
//	process.OutputAndValue(r, process.Config{Args: []string{"git", "status"}}, nil).AddCallback(func(res process.Result) (process.Result, error) {
//		...
//	})
//
//	process.Spawn(r, process.Config{Args: []string{"tail", "-f", name}}, &process.Funcs{
//		Out: func(t *process.Transport, p []byte) { ... },
//	})
//
// # Nouns
//
// [Spawn] starts what a [Config] describes. A [Protocol] is told what happens to the child, and acts on it by its [Transport]. [Base] and [Funcs] make protocols shorter.
// [Output], [Value] and [OutputAndValue] run a child to its end. An [Endpoint] makes connections of children.
//
// # Descriptors
//
// By default the child's descriptors 0, 1 and 2 are pipes. Config.Descriptors names others, by the child's numbers; Config.PTY gives it a terminal. Nothing else is
// open in the child. What is written queues without blocking, up to Config.MaxBuffered; producers are paused as by any transport. What is not read makes the child wait.
//
// # The end
//
// A child has exited when the system says so: ProcessExited. It has ended when, besides, all of its pipes are closed: ProcessEnded. A child of its own that holds
// standard output can keep it from ending for long; [Transport.LoseConnection] closes this side. [Transport.Terminate] ends a child for sure, with its process group.
// Children are waited for by number, none but those that were started here. Whoever else waits for any child of the process, as wait4 of -1 does, takes their status away.
//
// # Environment and rights
//
// A child inherits the environment, as with os/exec, unless Config.Env says otherwise; Twisted's default is an empty one. Secrets do not belong into Args, which all users of a
// machine can see. Signals that the program or its parent ignores stay ignored in the child; those that it handles are reset.
//
// # Systems
//
// On Linux the loop watches a pidfd for each child (kernel 5.4; a goroutine waits before that), on macOS and the BSDs a kqueue: there is no goroutine for a child
// or a pipe, and no SIGCHLD handler. Terminals: Linux, macOS, FreeBSD. On other systems, Windows among them, children are started by package os/exec, with goroutines, and have
// descriptors 0 to 2 only; what is missing is an error that matches errors.ErrUnsupported.
//
// # Concurrency
//
// Everything is loop only, but for ParseSignal and [Lines]. Starting a child takes a thread of the reactor's pool for a moment.
//
// # Twisted names
//
// IReactorProcess.spawnProcess, IProcessProtocol, ProcessProtocol, IProcessTransport; twisted.internet.utils; ProcessDone, ProcessTerminated, ProcessExitedAlready;
// ProcessEndpoint.
package process
