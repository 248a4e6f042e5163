// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package inetd starts programs for those who connect: the internet super-server, which reads inetd.conf and gives each connection to a program as its standard input and output.
//
// # Typical use
//
//	s := inetd.New(r, inetd.Config{File: "/etc/inetd.conf"})
//	app.Add("inetd", s) // or s.Bind(), s.Start(), s.Reload(), s.Stop()
//
// with lines such as
//
//	# service       type   protocol wait        user     program    arguments
//	daytime         stream tcp      nowait      root     internal
//	127.0.0.1:4000  stream tcp      nowait.600  nobody   /bin/cat   cat
//	/run/cat        stream unix     nowait/10   nobody   /bin/cat   cat -u
//	tftp            dgram  udp      wait        nobody   /usr/sbin/in.tftpd in.tftpd /srv
//
// # Nouns
//
// [Parse] makes an [Entry] of each line; [ParsePorts] reads /etc/services. A [Server] serves what a [Config] names, and is a service: it binds, starts, reloads and stops with the
// application around it. A [LineError] names the line that is wrong.
//
// # Programs
//
// With nowait a program gets one connection as descriptors 0, 1 and 2; with wait the service's own socket, and there is no other program until it has ended. Either is in blocking
// mode. Nothing else is open in it. It runs in the root folder, in a session of its own, with the environment of Config.Env, as the user and group of its entry with all of the user's other
// groups. Running programs as another user takes root's rights.
//
// # Limits
//
// A service that starts too often within a minute is switched off: its socket is closed, and opened again after ten minutes or by Reload. Where the process has given its
// privileges up in between, ports below 1024 cannot be opened any more; that is logged and tried again. Programs and connections are limited in number, those of each service and all. At
// the bound the others wait in the backlog. When the system is short of descriptors a socket rests for a second.
//
// # Internal services
//
// echo, discard, chargen, daytime and time are those of package wire. They may have another name or port: "4007 stream tcp nowait root internal echo". Their user has no meaning but for
// a UNIX socket. Over UDP they answer this machine only, as wire.Datagrams do.
//
// # Concurrency
//
// A Server is loop only. The files are read, and users looked up, in the reactor's thread pool. Parse and ParsePorts are safe from any goroutine.
//
// # Not supported
//
// RPC and tcpmux services are left out, with a line in the log; login classes, IPsec policies and TCP wrappers there are not. Only UNIX systems have what it takes; on
// others Bind fails with errors.ErrUnsupported.
//
// Twisted: runner.inetd, runner.inetdconf, runner.inetdtap.
package inetd
