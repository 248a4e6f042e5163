// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package static serves files: directories, any fs.FS such as an embed.FS, and data in memory.
//
// # Typical use
//
//	files, err := static.Dir("/srv/www", static.Config{})
//	root.PutChild("files", files)
//
// Answers carry Last-Modified and a strong ETag; conditions (RFC 9110 section 13) and ranges (section 14), several at once included, are honoured. Bodies of up to 64 KiB
// are read and sent at once; others go out by [web.Request.SendFile] as the client takes them: by the system itself where the connection can send files, else in pieces
// that are read in a thread. So neither a slow client costs memory nor a slow disk holds the loop up.
//
// Files are looked up and opened on the loop: quick on a local disk, whose directories are in memory. For a file system that may keep its callers waiting, such as one on
// the network, set Config.Threads. A site whose files are asked for often sets Config.OpenFiles, which saves the looking up and opening, and sees changes a second
// later.
//
// Types go by the name: by a table of this package, which has sources, configuration and logs shown as plain text, and then by the system's.
//
// # Beyond files
//
// Config.Processors has files answered by resources, as scripts are; Config.AsIs sends files with headers of their own; Config.NotFound and Forbidden are the pages for the
// whole tree, and Config.Open decrypts, counts or replaces. Compressed siblings are sent with Config.Precompressed; to compress on the fly is the matter of package compress. A
// directory is listed, if Config.Listing says so, as a page without scripts or as JSON, whichever Accept prefers, in the order of ?sort=name|size|date&order=asc|desc.
//
// # What cannot be reached
//
// [Dir] opens files through an os.Root: neither a path nor a symbolic link leads out of the directory. Segments with slashes, backslashes or NUL in them, however
// encoded, and dot segments name nothing. Names that begin with a dot are hidden, except for .well-known (RFC 8615), unless Config.Dotfiles says otherwise. Only regular files are
// sent: no devices, pipes or sockets. With Config.NoSymlinks, symbolic links name nothing at all.
//
// # Concurrency
//
// [Files] is safe from any goroutine and serves any number of loops. A Config is copied.
//
// Twisted: static.File, static.Data, static.DirectoryLister.
package static
