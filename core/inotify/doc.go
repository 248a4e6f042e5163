// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package inotify tells what happens to files and directories, by Linux's inotify.
//
// # Typical use
//
//	n, err := inotify.New(r.Loop)
//	...
//	w, err := n.Watch("/etc/app", inotify.Options{AutoAdd: true, Recursive: true}, func(e inotify.Event) {
//		log.Println(e.Path, e.Mask)
//	})
//
// # Nouns
//
// A [Notifier] is one queue of the kernel, read by one loop. A [Watch] is a path with a callback, and, as [Options] say, the directories below it. An [Event] is
// what happened: a [Mask] and a path. Other systems than Linux have no inotify: [New] returns an error that matches errors.ErrUnsupported there.
//
// # Directories that come and go
//
// With AutoAdd a directory that is made in the tree, or moved into it, is watched too. What is in it by then is reported as created, once, whether or not
// the kernel reports it as well. A directory of the tree that is moved within it goes on under its new name; one that is moved out is no longer watched.
//
// A watched path that is deleted or unmounted ends its own Watch and no other: Ignored is its last event. When the path itself is moved the Watch goes on and
// reports under the name it was given, for the kernel tells no other; it follows new directories no more.
//
// The kernel's queue is bounded, by the sysctl fs.inotify.max_queued_events. When events were lost every Watch gets Overflow: look again at what you keep. The
// trees of AutoAdd have then been gone through for directories that were missed, and a Watch whose path now leads elsewhere, or nowhere, ends with Ignored.
//
// # Panics
//
// A panic in a callback is logged with its stack, and the Watch goes on.
//
// # Concurrency
//
// Everything but the methods of Mask is loop only, callbacks included, and needs no goroutine. Directories are read on the loop: at once by Watch with Recursive,
// otherwise a few in a pass.
//
// # Twisted names
//
// twisted.internet.inotify: INotify is Notifier, humanReadableMask is [Mask.String], IN_CREATE is [Create] and so on. Other than there, overflow is reported,
// a deleted path leaves the other watches alone, moved directories are followed, Ignore ends a whole tree, and a path inside a tree can have a Watch of its own.
package inotify
