// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package sdnotify tells the service manager of systemd how the program is doing: sd_notify(3) and sd_watchdog_enabled(3), without a library.
//
// # Typical use
//
//	n := sdnotify.New(os.LookupEnv) // does nothing without NOTIFY_SOCKET
//	...
//	_ = n.Ready()
//	stop := n.StartWatchdog(r) // r is the reactor: when its loop is stuck, the manager hears nothing more and restarts the service
//	...
//	_ = n.Stopping()
//
// The unit needs Type=notify, or Type=notify-reload for [Notifier.Reloading]. Errors tell what went wrong; a program goes on without.
//
// # Hot restart
//
// The manager takes messages of the main process only, unless the unit says NotifyAccess=all. After a hot restart the successor calls [Notifier.MainPID] with its own
// process number, for which NotifyAccess=all is needed, or the predecessor does it with the successor's.
//
// # Concurrency
//
// A Notifier is immutable and safe from any goroutine. Nothing blocks: a message is one datagram, which is refused when the manager does not read.
//
// # Not supported
//
// NOTIFY_SOCKET=vsock:..., which is for virtual machines; BARRIER=1, which waits; systems other than UNIX, where there is no socket to find.
package sdnotify
