// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fspath has file names that cannot be led astray: a name that comes from a peer makes the path of a child, or an error.
//
// # Typical use
//
//	home, err := fspath.New("/srv/ftp/alice")
//	...
//	file, err := home.Child(nameFromTheClient) // "..", "a/b", "" are an *InsecureError
//	err = file.SetContent(data, 0o644)         // the old content or the new one, whatever happens
//
// The nouns:
//
//	[Path]  an absolute path of the operating system, a comparable value
//	[Node]  what a Path and a file within a file system of package fs, such as a zip archive, have in common
//	[In]    a Node within an fs.FS
//
// A Path is made of names only: Child and its kin keep names from leading out, not symbolic links in the directories, whose owner they trust. Where others can make links, use
// os.Root.
//
// # Concurrency
//
// A Path is immutable. The methods that read or change files block: on a loop they are called through deferred.ToThread. Nothing is cached.
//
// Twisted: python.filepath.FilePath, IFilePath, python.zippath.
package fspath
