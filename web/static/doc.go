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
