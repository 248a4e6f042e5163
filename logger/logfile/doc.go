// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package logfile writes log files that rotate.
//
//	f, err := logfile.Open("/var/log/app.log", nil)       // app.log.1 is the newest of the old ones, app.log.2 the next
//	f, err := logfile.OpenDaily("/var/log/app.log", nil)  // app.log.2026_11_9 is that of a day gone by
//	log := slog.New(slog.NewJSONHandler(f, nil))
//
// [LogFile] rotates when it has reached a size, and if wanted also when the day has changed; [DailyLogFile] when the day has changed. A rotation happens before a Write, never within one,
// so a line stays in one piece. Rotate does it at once, for a signal; Reopen opens the path anew, for logrotate and the like, which moved the file away. Permissions are kept.
// [LogReader] reads one of the files.
//
// # Faults
//
// A Write that fails (a full disk, an error of the device) is counted, returned, and told once on the fallback writer; the next Write tries again, and the first that
// succeeds tells how many failed. What was half written is closed by an end of line. A rotation that fails (a folder that may not be written or is gone) leaves
// the file where it is and in use, is told once, and is tried again after a minute. No file is ever overwritten or removed but by MaxRotated. A file or a folder
// that may not be written does not rotate.
//
// Not supported: compression of old files, and several processes that rotate one file.
//
// Twisted: twisted.python.logfile.
//
// # Concurrency
//
// Everything is safe from any goroutine. Calls block as files do: package async puts a queue between a loop and a file.
package logfile
