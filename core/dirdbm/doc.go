// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package dirdbm is a small database in a directory, one file a key, in the format of Twisted's DirDBM: either program reads what the other wrote. It is for some
// thousands of small values that a person may want to look at, such as keys, tickets or spooled messages.
//
// # Typical use
//
//	db, err := dirdbm.Open("/var/lib/app/users")
//	...
//	defer db.Close()
//	err = db.Set("alice", []byte("secret"))
//	value, err := db.Get("alice") // dirdbm.ErrNotFound if there is none
//
// A key's file is named by the key in base64, with lines of 76 characters as Python's encodebytes makes them, "_" for the end of a line and "-" for "/". A value is written
// to a file beside it, NAME.new for a new key and NAME.rpl for one that is replaced, made durable, and renamed: after a crash the directory has the old value
// or the new one. Open repairs what a crash left: it removes every .new, and a .rpl unless that is all there is of the value.
//
// Nothing else may be kept in the directory. One process at a time may write to it; a lock is the caller's, see package lockfile.
//
// # Concurrency
//
// A DB is safe from any goroutine. Its methods read and write files: on a loop they are called through deferred.ToThread.
//
// Twisted: persisted.dirdbm.DirDBM. There is no Shelf: its values are Python pickles.
package dirdbm
