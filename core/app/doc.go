// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package app makes a program of services: with a command line, logs, signals, a background, and a user to run as.
//
// # Typical use
//
//	var greeter = app.Plugin{
//		Name:  "greet",
//		Short: "Greet whoever connects",
//		New: func(o *usage.Options) app.Maker {
//			listen := "tcp:8000"
//			o.String(&listen, "listen", "l", "endpoint to listen on")
//			return func(env *app.Env) (service.Service, error) {
//				return newGreeter(env.Reactor, env.Log, listen)
//			}
//		},
//	}
//
//	func main() { app.Main(greeter) }
//
// is a program that "greeter greet --listen tcp:80 --daemon --uid www-data" runs. The guide for whoever runs it is core/docs/running.md. A program for tests is [Run], which
// returns the exit status.
//
// # Nouns
//
// An [App] is the program. A [Plugin] is a service that it can run: New declares options, the [Maker] that it returns makes the service of their values and an [Env], which has the
// reactor and the log. Plugins are values that are given to Main, or put into a [Registry]: nothing registers itself. A [Command] is a sub-command that runs no service, a [Topic] a text for
// help. Programs called NAME-COMMAND on the path are sub-commands too, as git has them. A [Log] is where to log to; a [LogOpener] brings another than the built-in.
//
// # Life
//
// A program goes through these steps; after an error the steps that succeeded are undone in reverse, the cause is one line on standard error, and the exit status tells its kind.
//
//	read options           64 for the user's mistakes; names of users are looked up here
//	--daemon               the program starts again in the background, and waits until its service has started
//	--umask, --pidfile     78 if another process has the pid file
//	log                    74 if it cannot be opened
//	--profile, --debug
//	--reactor              a new reactor
//	Maker                  may read files, with all rights
//	--chroot, --rundir
//	Bind                   on the loop, if the service is a service.Binder: ports are opened with all rights
//	--uid, --gid, --euid   for all threads
//	Start                  then the command with --daemon ends, and a [Notifier] is told
//
// It ends by SIGINT or SIGTERM, by the end of the context of Run, by [Env.Stop], or when the reactor stops:
//
//	Drain                  if the service is a service.Drainer, for --grace at most, then cancelled
//	Stop                   for the rest of the grace, at least a second
//	the reactor's own end  connections send what is queued
//	log, pid file          closed, removed
//
// Two seconds after the grace the program ends whatever is left. A second signal ends it at once, with exit status 1. After a clean stop the process ends by the signal that stopped it.
//
// SIGHUP opens the log again and reloads a service.Reloader, SIGUSR1 rotates the log, SIGUSR2 starts a successor, which
// takes the listening sockets over (package handover), whereupon this process ends; App.Succeed can be another way. Signals that come before the reactor runs wait for it. A service.Ender that ends with an error ends the program, with
// status 1, and one that ends without, with status 0. The service manager of systemd is told of all that (package sdnotify), and --status tells whoever connects.
//
// # Concurrency
//
// An App is a value that is read only. Main and Run block, on the goroutine that becomes the loop; a process runs one program at a time, since its signals, its folder and its user
// are the process's. A Maker is called on that goroutine before the loop runs. [Env.Stop] is safe from any goroutine.
//
// # Not supported
//
// Application files (.tac), pickled applications (.tap) and saving them at the end: a Go program is compiled, and its configuration is in options. Changing the name of the
// process (--originalname): it is that of the executable. --syslog, --prefix: a LogOpener and LogOptions can bring them, as in twist. --debug's interactive debugger: attach delve; --debug serves live profiles. On
// Windows programs run in the foreground, without --daemon, --pidfile, --chroot, --umask and the user's options, and end with the signal's number as status.
//
// Twisted: twisted.application.twist, twisted.application.runner, twisted.application.app, twisted.scripts.twistd, twisted.plugin.
package app
