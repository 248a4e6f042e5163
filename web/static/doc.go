// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package static serves files: directories, any fs.FS such as an embed.FS, and data in memory.
//
// # Typical use
//
//	files, err := static.Dir("/srv/www", static.Config{})
//	root.PutChild("files", files)
//
// Answers carry Last-Modified and a strong ETag; conditions (RFC 9110 section 13) and ranges (section 14), several at once included, are honoured. Small
// files are read at once, others in pieces as the client takes them, in a thread where the loop has threads, so that neither a slow client costs memory nor a slow
// disk holds the loop up.
//
// Files are looked up and opened, and those of up to 64 KiB read, on the loop: quick on a local disk, whose directories and small files are in memory. A file system that
// may keep its callers waiting, such as one on the network, is better served by several loops, or through [web.Handler] and net/http's file server.
//
// Types go by the name: by a table of this package, which has sources, configuration and logs shown as plain text, and then by the system's.
//
// # What cannot be reached
//
// [Dir] opens files through an os.Root: neither a path nor a symbolic link leads out of the directory. Segments with slashes, backslashes or NUL in them, however
// encoded, and dot segments name nothing. Names that begin with a dot are hidden, except for .well-known (RFC 8615), unless Config.Dotfiles says otherwise. Only regular files are
// sent: no devices, pipes or sockets.
//
// # Concurrency
//
// [Files] is safe from any goroutine and serves any number of loops. A Config is copied.
//
// Twisted: static.File, static.Data, static.DirectoryLister.
package static
