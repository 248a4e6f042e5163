// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package service makes applications out of parts that start and stop in order: servers, clients, timers, goroutines, and groups of such, which may
// be supervised.
//
// Typical use:
//
//	app := service.NewMulti(r, service.MultiConfig{})
//	web, err := service.Listen(r, "tcp:8080", site)
//	...
//	app.Add("web", web)
//	app.Add("db", service.NewClient(r, &endpoint.Hostname{...}, factory, service.ClientConfig{}))
//	workers := service.NewSupervisor(r, service.SupervisorConfig{Intensity: 5, Period: time.Minute})
//	workers.Add("mailer", service.Func(r, runMailer), service.ChildConfig{})
//	app.Add("workers", workers)
//
//	app.Bind()  // open ports, while the process may
//	app.Start() // fires when all are ready
//	...
//	app.Drain() // refuse new work, finish what there is
//	app.Stop()  // in reverse
//
// The runner of package app does the latter part.
//
// # Nouns
//
// A Service starts and stops; its optional abilities are small interfaces of their own:
//
//	Binder    Bind     open what needs privileges
//	Drainer   Drain    refuse new work and finish what there is
//	Reloader  Reload   take a changed configuration over
//	Ender     Ended    come to an end by itself
//	Checker   Health   tell whether it is in order
//	Readier   Ready    tell whether it is of use now
//	Reporter  Status   tell about its parts
//
// A Multi is a group of services; a Supervisor is one that restarts them when they die. Both are services and can be put into one another, and a path such as
// "workers/mailer" names a part of the tree, in errors, in the log and for Named. The leaves are StreamServer for endpoints and ListenService for every other kind of
// port, Client for a connection that is kept up, Timer, Cooperator, and Func for ordinary Go code on a goroutine.
//
// # States
//
// A Status is a snapshot of a tree, to be printed or marshalled as JSON. Each service in it has a State:
//
//	Stopped -Bind-> Binding -> Bound -Start-> Starting -> Running -Drain-> Draining -Stop-> Stopping -> Stopped
//
// besides Failed, which is Stopped because of an error, and Waiting, for a Supervisor to start it again. A group logs each change with the service's path: Running,
// Stopped, Draining and Waiting at level info, Failed at level error with the stack if it was a panic, what is on the way at level debug.
//
// # Calls out of order
//
// The contract of Service is strict, so that services are easy to write. Groups keep to it whatever they are asked, and so a service in a group never sees a call out
// of order. All services of this package, groups included, take calls in any order:
//
//   - Start without Bind binds first. Start and Bind of what is started, or being started, do nothing or wait for that; a Client warns.
//   - Stop while Bind or Start is under way ends that: it fails with ErrStopped. Stop of what is stopped, or never was started, does nothing; while it
//     stops it waits for that.
//   - Start while it stops waits, and then starts again. Another Stop meanwhile takes that back: the Start fails with ErrStopped.
//   - Drain and Reload of what does not run do nothing.
//
// Cancelling what these methods return ends the waiting only; Stop stops.
//
// Package servicetest checks that a service keeps the contract.
//
// # Supervision
//
// The words are Erlang's. A child dies when it is an Ender that ended, or when it does not start when it is restarted. Its RestartPolicy tells whether it is restarted, the
// Strategy which others are restarted with it, Intensity and Period how often that may be, and a Backoff how long to wait before. A child that does not stop
// in time is abandoned. When it was too often the Supervisor stops everything and ends with a *GaveUpError, which is the death of a child for
// the Supervisor around it, and for a Multi around it the end that its Ended tells of.
//
// # Concurrency
//
// Everything is loop only, or to be called before the loop runs, unless its comment says otherwise. Nothing here blocks. The connections of a StreamServer may belong to
// several loops.
//
// # Not supported
//
// Services have no pointer to their parent, so that they cannot move themselves: the group has Add and Remove. A service is not told the name it has in its group, except in
// the log. Nothing is persisted.
//
// Twisted: application.service, application.internet, application.strports. Erlang: supervisor.
package service
