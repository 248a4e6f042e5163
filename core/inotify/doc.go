// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package inotify reports what happens to files and directories, as Linux's inotify(7) tells it.
//
// # Typical use
//
//	n, err := inotify.New(r)
//	if err != nil {
//		return err
//	}
//	err = n.Watch("/srv/incoming", inotify.Options{
//		Recursive: true,
//		AutoAdd:   true,
//		Notify: func(e inotify.Event) { log.Print(e.Path, " ", e.Mask) },
//	})
//
// # The nouns
//
// An [INotify] is one queue of the kernel; [INotify.Watch] adds a path to it and [INotify.Ignore] takes it out. An [Event] tells by its [Mask] what happened to a path.
//
// A watch on a directory tells about the entries in it, not about what is below them: that is what Recursive, for the directories that exist, and AutoAdd, for those to
// come, are for. A directory that appears is watched as soon as its event is read; what was put into it before that is reported as created, once. A watch ends with its
// file or directory, and the others go on.
//
// # Concurrency
//
// Everything is loop only: the methods belong to the reactor's or loop's goroutine, and Notify is called there.
//
// On systems other than Linux, New returns an error that matches errors.ErrUnsupported. Twisted: internet.inotify.
package inotify
