// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"mime"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/torsion-go/torsion/web"
)

// A Config holds the options of [Dir] and [FS]. Its zero value means the defaults that the fields name.
type Config struct {
	// Index names the files that stand for their directory, in the order in which they are tried; nil means index.html and index.htm, an empty slice none.
	Index []string
	// Listing shows the contents of directories without an index; otherwise they are answered with 403.
	Listing bool
	// Dotfiles serves and lists names that begin with a dot.
	Dotfiles bool
	// Extensions are appended, one after another, to a name that is not found; nil means none. Twisted: ignoreExt.
	Extensions []string
	// Types maps extensions, in lower case and with their dot, to content types; it goes before the built-in table and the system's.
	Types map[string]string
	// DefaultType is the content type of everything else; "" means application/octet-stream, or text/plain for a name without an extension, such as LICENSE, of a file
	// that begins with text.
	DefaultType string
	// Precompressed sends name.br, name.zst or name.gz in place of name to clients that accept it, where that file exists.
	Precompressed bool
	// CacheControl is the value of Cache-Control on files; "" means that there is none.
	CacheControl string
	// MaxRanges is how many ranges a client may ask for at once; 0 means 16. Beyond it the whole file is sent.
	MaxRanges int
	// NotFound renders what is not there, after the status has been set to 404; nil means a plain page.
	NotFound web.Resource
}

// Files is a web.Leaf that serves a tree of files.
type Files struct {
	fsys    fs.FS
	root    *os.Root // nil for FS
	config  Config
	methods web.Methods
}

// Dir returns Files that serves the directory path, which is opened at once and stays the same one if it is renamed.
func Dir(path string, config Config) (*Files, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := FS(rootFS{root}, config)
	f.root = root
	return f, nil
}

// FS returns Files that serves fsys, which has to be safe for use by several goroutines. Its files should be io.ReaderAt, as those of package embed are: others are sent
// without ranges.
func FS(fsys fs.FS, config Config) *Files {
	if config.Index == nil {
		config.Index = []string{"index.html", "index.htm"}
	}
	config.Index, config.Extensions, config.Types = slices.Clone(config.Index), slices.Clone(config.Extensions), maps.Clone(config.Types)
	config.MaxRanges = cmp.Or(config.MaxRanges, 16)
	mime.TypeByExtension(".html") // has the system's tables read now and not on a loop
	f := &Files{fsys: fsys, config: config}
	f.methods = web.Get(f.get)
	return f
}

// Close closes the directory of Dir. What is being sent goes on.
func (f *Files) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// IsLeaf returns true: what is left of the path names the file.
func (f *Files) IsLeaf() bool { return true }

// Render sends what r.PostPath names.
func (f *Files) Render(r *web.Request) { f.methods.Render(r) }

func (f *Files) get(r *web.Request) {
	name, slash, ok := f.name(r.PostPath)
	if !ok {
		f.notFound(r)
		return
	}
	info, err := fs.Stat(f.fsys, name)
	for _, ext := range f.config.Extensions {
		if err == nil || slash || !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if info, err = fs.Stat(f.fsys, name+ext); err == nil {
			name += ext
		}
	}
	switch {
	case err != nil:
		f.failed(r, err)
	case info.IsDir() && !slash:
		f.addSlash(r)
	case info.IsDir():
		f.directory(r, name)
	case slash || !info.Mode().IsRegular():
		f.notFound(r)
	default:
		f.file(r, name)
	}
}

// name makes a name of fs.FS of decoded segments and reports whether a slash ended the path.
func (f *Files) name(segments []string) (name string, slash, ok bool) {
	if n := len(segments); n > 0 && segments[n-1] == "" {
		segments, slash = segments[:n-1], true
	}
	for _, s := range segments {
		if !f.reachable(s) {
			return "", false, false
		}
	}
	if len(segments) == 0 {
		return ".", slash, true
	}
	return strings.Join(segments, "/"), slash, true
}

// reachable reports whether the segment of a path may name a file.
func (f *Files) reachable(s string) bool {
	switch {
	case s == "", s == ".", s == "..", strings.ContainsAny(s, "/\\\x00"), !utf8.ValidString(s):
		return false
	}
	return s[0] != '.' || f.config.Dotfiles || s == ".well-known"
}

// addSlash redirects to the same path with a slash, so that relative links in the index work.
func (f *Files) addSlash(r *web.Request) {
	location := web.LocalPath(r.Path) + "/"
	if r.Query != "" {
		location += "?" + r.Query
	}
	r.Redirect(301, location)
}

func (f *Files) directory(r *web.Request, name string) {
	for _, index := range f.config.Index {
		file := index
		if name != "." {
			file = name + "/" + index
		}
		if info, err := fs.Stat(f.fsys, file); err == nil && info.Mode().IsRegular() {
			f.file(r, file)
			return
		}
	}
	if !f.config.Listing {
		r.Error(403, "")
		return
	}
	f.list(r, name)
}

func (f *Files) failed(r *web.Request, err error) {
	if status := statusOf(err); status != 404 {
		r.Error(status, "")
		return
	}
	f.notFound(r)
}

// statusOf tells how an error of the file system is answered.
func statusOf(err error) int {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return 403
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM):
		return 503
	case errors.Is(err, syscall.EIO):
		return 500
	}
	return 404 // also for what is outside of the root, or not a name that the system knows
}

func (f *Files) notFound(r *web.Request) {
	if f.config.NotFound == nil {
		r.Error(404, "")
		return
	}
	r.SetStatus(404)
	f.config.NotFound.Render(r)
}

// file sends a regular file.
func (f *Files) file(r *web.Request, name string) {
	h := r.ResponseHeader()
	ctype, encoding := f.typeOf(name)
	if f.config.Precompressed && encoding == "" {
		h.Set("Vary", "Accept-Encoding")
		if n, e := f.precompressed(r, name); e != "" {
			name, encoding = n, e
		}
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		f.failed(r, err)
		return
	}
	// Between Stat and Open the name may have been given to something else.
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		file.Close()
		f.notFound(r)
		return
	}
	at, random := file.(io.ReaderAt)
	switch {
	case ctype != "":
	case encoding != "":
		ctype = f.unnamedType(name, nil) // what is compressed cannot be looked at
	default:
		ctype = f.unnamedType(name, at)
	}
	h.Set("Content-Type", ctype)
	h.Set("X-Content-Type-Options", "nosniff")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if f.config.CacheControl != "" {
		h.Set("Cache-Control", f.config.CacheControl)
	}
	c := content{size: info.Size(), ctype: ctype, closer: file, maxRanges: f.config.MaxRanges}
	if m := info.ModTime(); !m.IsZero() {
		c.version.Modified = m
		c.version.ETag = `"` + strconv.FormatInt(m.UnixNano(), 36) + "-" + strconv.FormatInt(c.size, 36) + `"`
	}
	if c.at = at; !random {
		c.at, c.maxRanges = inOrder{file}, -1
	}
	c.send(r)
}

// inOrder makes an io.ReaderAt of a file that is read once from its beginning to its end.
type inOrder struct{ r io.Reader }

func (s inOrder) ReadAt(p []byte, _ int64) (int, error) { return io.ReadFull(s.r, p) }

// rootFS is os.Root as an fs.FS. Opening a pipe does not wait for its other end.
type rootFS struct{ root *os.Root }

func (f rootFS) Open(name string) (fs.File, error) {
	return f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (f rootFS) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(name) }

// maxRead bounds the names that are read of one directory.
const maxRead = 10 * maxListed

// ReadDir returns the names in a directory, sorted: not all of them if there are more than a listing can have use for.
func (f rootFS) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxRead)
	if err == io.EOF {
		err = nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

var (
	_ web.Leaf     = (*Files)(nil)
	_ fs.StatFS    = rootFS{}
	_ fs.ReadDirFS = rootFS{}
)
