// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package lockfile has locks between processes that are files: a daemon that runs only once, a UNIX socket with one owner.
//
// Typical use:
//
//	l := lockfile.New("/run/app.lock")
//	if ok, err := l.Lock(); err != nil || !ok {
//		return fmt.Errorf("already running: %v", err)
//	}
//	defer l.Unlock()
//
// A [Lock] is a symbolic link whose target is the process number of its holder, which the kernel makes atomically. That is the format of Twisted's FilesystemLock, and
// programs of both kinds can share one. Where symbolic links can't be made, and on Windows, it is a directory with a file named "symlink" that has the number, as
// Twisted does on Windows.
//
// A lock whose holder has died, by the operating system's word (on Linux also one that nobody has waited for yet), is broken by whoever wants it next; [Lock.Clean] tells. A number that has been given to another
// process since keeps the lock held. Processes must see each other's numbers: a directory shared between machines or process namespaces is no place for it.
//
// # Concurrency
//
// A Lock is safe from any goroutine. A lock that the process itself holds counts as held, so that two Locks of the same name exclude each other within a process too.
//
// Twisted: python.lockfile; deferred.FilesystemLock is DeferredFilesystemLock.
package lockfile
