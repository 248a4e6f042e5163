// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package output opens what a program logs to, in one call: a file that rotates, or a standard stream, in the wanted format, with a level that can change, and with a queue between if wanted.
//
//	out, err := output.Open(output.Config{File: "/var/log/app.log", Async: true})
//	if err != nil {
//		return err
//	}
//	defer out.Close()
//	slog.SetDefault(slog.New(out))
//	// SIGHUP: out.Reopen(); SIGUSR1: out.Rotate()
//
// The formats are text, logfmt and classic (package console), json (package zapadapter), and those that Config.Observer makes, such as Twisted's JSON. Without one it is text on a
// terminal and json elsewhere.
//
// # Concurrency
//
// Everything is safe from any goroutine. Without Async, logging blocks as long as the file does; Reopen, Rotate and Close always may, and are not for a loop.
package output
