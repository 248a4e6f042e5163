// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"cmp"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/web"
)

// A Config holds the options of [Dir] and [FS]. Its zero value means the defaults that the fields name.
type Config struct {
	// Index names the files that stand for their directory, in the order in which they are tried; nil means index.html and index.htm, an empty slice none.
	Index []string
	// Redirect is the status of the redirect from a directory to itself with a slash: 301, 302, 307 or 308; 0 means 301.
	Redirect int
	// Listing shows the contents of directories without an index; otherwise they are answered with 403.
	Listing bool
	// ListingPage makes the page of a listing, as HTML, in place of the one of this package; nil means that. It is called in a thread where the loop has threads.
	ListingPage func(l *Listing) ([]byte, error)
	// Dotfiles serves and lists names that begin with a dot.
	Dotfiles bool
	// NoSymlinks has symbolic links, wherever in a path, name nothing; otherwise those of Dir that stay within the directory are followed. It needs Dir.
	NoSymlinks bool
	// Extensions are appended, one after another, to a name that is not found; "*" stands for any, in alphabetical order. nil means none. Twisted: ignoreExt.
	Extensions []string
	// Types maps extensions, in lower case and with their dot, to content types; it goes before the built-in table and the system's.
	Types map[string]string
	// DefaultType is the content type of everything else; "" means application/octet-stream, or text/plain for a name without an extension, such as LICENSE, of a file
	// that begins with text.
	DefaultType string
	// Precompressed sends name.br, name.zst or name.gz in place of name to clients that accept it, where that file exists.
	Precompressed bool
	// CacheControl is the value of Cache-Control on files; "" means that there is none. See [MaxAge].
	CacheControl string
	// CacheControlFor chooses the value of Cache-Control by the name of a file within the tree and its content type; nil, or "" as its result, means CacheControl. It may be
	// called on any goroutine.
	CacheControlFor func(name, contentType string) string
	// WeakETags makes the entity tags weak, for files that change more often than their times tell.
	WeakETags bool
	// MaxRanges is how many ranges a client may ask for at once; 0 means 16. Beyond it the whole file is sent.
	MaxRanges int
	// Processors makes resources of files by their extension, in lower case and with its dot: scripts are run rather than sent. path is the file's, in the system for Dir, in the
	// tree for FS. What follows the file in the request's path is in PostPath. A nil resource means 404. They are called on the loop. Twisted: File.processors.
	Processors map[string]func(path string) web.Resource
	// AsIs holds the extensions of files that begin with their own header: fields, Status among them, or a whole response head, and an empty line, 64 KiB at most. Twisted:
	// ASISProcessor.
	AsIs []string
	// NotFound renders what is not there, after the status has been set to 404; nil means a plain page. Twisted: childNotFound.
	NotFound web.Resource
	// Forbidden renders what may not be read, after the status has been set to 403; nil means a plain page. Twisted: forbidden.
	Forbidden web.Resource
	// Open opens files in place of fsys.Open, to decrypt or to count, say; nil means that. What it returns tells the size by its Stat. Twisted: openForReading.
	Open func(fsys fs.FS, name string) (fs.File, error)
	// OpenFiles is how many files are kept open with what is known of them, so that a file that is asked for often is not looked up and opened each time. Each
	// takes a descriptor. 0 means none but those that Dir keeps on Linux: 32 of up to 1 MiB, each of which is looked up each time, so that a change is seen at once, and opened again only if
	// it is another one or has changed. Negative means none at all. Files are not kept with Open or NoSymlinks unless OpenFiles says so.
	OpenFiles int
	// Revalidate is how long a file of OpenFiles is sent without a look whether it is still there, and the same; 0 means 1 s.
	Revalidate time.Duration
	// Threads looks files up and reads all of them in threads, where the loop has threads: for file systems that may keep their callers waiting, such as those on the
	// network. It costs a local one 10 to 20 µs a request.
	Threads bool
}

func (c Config) withDefaults() Config {
	if c.Index == nil {
		c.Index = []string{"index.html", "index.htm"}
	}
	c.Index, c.Extensions, c.Types = slices.Clone(c.Index), slices.Clone(c.Extensions), maps.Clone(c.Types)
	c.Processors, c.AsIs = maps.Clone(c.Processors), slices.Clone(c.AsIs)
	c.OpenFiles, c.Revalidate = max(c.OpenFiles, 0), cmp.Or(max(c.Revalidate, 0), time.Second)
	c.MaxRanges = cmp.Or(c.MaxRanges, 16)
	switch c.Redirect = cmp.Or(c.Redirect, 301); c.Redirect {
	case 301, 302, 307, 308:
	default:
		panic("static: Redirect is not the status of a redirect")
	}
	if c.Open == nil {
		c.Open = fs.FS.Open
	}
	return c
}

// MaxAge returns a value for Cache-Control: caches may keep a file that long, and with immutable set need not ask again though the user reloads (RFC 8246). That is for
// names which change with their content.
func MaxAge(d time.Duration, immutable bool) string {
	v := "public, max-age=" + strconv.FormatInt(max(int64(d/time.Second), 0), 10)
	if immutable {
		v += ", immutable"
	}
	return v
}
