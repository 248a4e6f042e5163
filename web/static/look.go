// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/coding"
)

// A query is what a request asks of the file system. It is looked up without the request, on the loop or in a thread.
type query struct {
	segments []string
	accept   []string // the codings that the client accepts, those it likes best first
	now      time.Time
}

// What a query has found.
const (
	isFailure = iota
	isFile
	isDir       // without an index
	isSlashless // a directory whose path lacks the slash
	isProgram   // for a processor
)

type found struct {
	what  int
	name  string
	depth int   // of the file of a processor, in segments
	err   error // of isFailure

	// of isFile
	file     fs.File
	info     fs.FileInfo
	ctype    string
	encoding string
	cache    string
	digest   string     // of the content, where that is the version
	header   *ownHeader // of files as they are
	lease    io.Closer  // of a file that the cache keeps; nil without
}

// closer returns what ends the use of the file.
func (r *found) closer() io.Closer {
	if r.lease != nil {
		return r.lease
	}
	return r.file
}

func (r *found) close() {
	if r.file != nil {
		r.closer().Close()
	}
}

// random reports whether the file can be read in parts, by several at once.
func (r *found) random() bool {
	_, ok := r.file.(io.ReaderAt)
	return ok
}

func failure(err error) *found { return &found{err: err} }

// errNothing is the error of what no path can name.
var errNothing = fs.ErrNotExist

// statusOf tells how an error of the file system is answered.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errForbidden), errors.Is(err, fs.ErrPermission):
		return 403
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM):
		return 503
	case errors.Is(err, syscall.EIO), errors.Is(err, errBadHeader), strings.HasPrefix(err.Error(), "static: panic"):
		return 500
	}
	return 404 // also for what is outside of the root, or not a name that the system knows
}

// errForbidden is the error of a directory that is not to be shown.
var errForbidden = errors.New("static: no index and no listing")

// look finds what q names.
func (f *Files) look(q query) *found {
	name, slash, ok := f.name(q.segments)
	if !ok {
		return f.program(q, errNothing)
	}
	info, err := fs.Stat(f.fsys, name)
	if err != nil && !slash && errors.Is(err, fs.ErrNotExist) {
		name, info, err = f.extended(name, err)
	}
	switch {
	case err != nil:
		return f.program(q, err)
	case info.IsDir() && !slash:
		return &found{what: isSlashless}
	case info.IsDir():
		return f.directory(q, name)
	case slash || !info.Mode().IsRegular():
		return f.program(q, errNothing)
	}
	return f.open(q, name, info, len(q.segments))
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

// extended tries the extensions that the configuration adds to a name that is not found.
func (f *Files) extended(name string, missing error) (string, fs.FileInfo, error) {
	for _, ext := range f.config.Extensions {
		candidates := []string{name + ext}
		if ext == "*" {
			candidates = f.siblings(name)
		}
		for _, c := range candidates {
			if info, err := fs.Stat(f.fsys, c); err == nil {
				return c, info, nil
			}
		}
	}
	return name, nil, missing
}

// siblings returns the names that are name with an extension.
func (f *Files) siblings(name string) (names []string) {
	dir, base := path.Split(name)
	entries, err := fs.ReadDir(f.fsys, path.Clean(dir))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base+".")
		if ok && rest != "" && !strings.Contains(rest, ".") && f.reachable(e.Name()) && !e.IsDir() {
			names = append(names, dir+e.Name())
		}
	}
	return names
}

func (f *Files) directory(q query, name string) *found {
	for _, index := range f.config.Index {
		file := path.Join(name, index)
		if info, err := fs.Stat(f.fsys, file); err == nil && info.Mode().IsRegular() {
			return f.open(q, file, info, len(q.segments))
		}
	}
	if !f.config.Listing {
		return failure(errForbidden)
	}
	return &found{what: isDir, name: name}
}

// program finds the file of a processor that a part of the path names, if what the whole names was not found because of err.
func (f *Files) program(q query, err error) *found {
	if len(f.config.Processors) == 0 || statusOf(err) != 404 {
		return failure(err)
	}
	for i, s := range q.segments {
		if !f.reachable(s) {
			break
		}
		name := strings.Join(q.segments[:i+1], "/")
		if f.config.Processors[extOf(name)] == nil {
			continue
		}
		if info, err := fs.Stat(f.fsys, name); err == nil && info.Mode().IsRegular() {
			return &found{what: isProgram, name: name, depth: i + 1}
		}
	}
	return failure(err)
}

func extOf(name string) string { return strings.ToLower(path.Ext(name)) }

// open opens the regular file that info is of, or the variant of it that the client likes best.
func (f *Files) open(q query, name string, info fs.FileInfo, depth int) *found {
	ext := extOf(name)
	if f.config.Processors[ext] != nil {
		return &found{what: isProgram, name: name, depth: depth}
	}
	result := &found{what: isFile, name: name}
	result.ctype, result.encoding = f.typeOf(name)
	asIs := slices.Contains(f.config.AsIs, ext)
	if f.config.Precompressed && result.encoding == "" && !asIs {
		for _, c := range q.accept {
			if variant, err := fs.Stat(f.fsys, name+variants[c]); err == nil && variant.Mode().IsRegular() {
				name, info, result.encoding = name+variants[c], variant, c
				break
			}
		}
	}
	if asIs || !f.handles.reuse(result, name, info, q.now) {
		if err := f.openFile(result, name); err != nil {
			return failure(err)
		}
		if !asIs { // which is read in order
			f.handles.keep(result, name, q.now)
		}
	}
	at, _ := result.file.(io.ReaderAt)
	switch {
	case asIs:
		var err error
		if result.header, err = readOwnHeader(result.file, at, result.info.Size()); err != nil {
			result.close()
			return failure(err)
		}
		return result
	case result.ctype != "":
	case result.encoding != "":
		result.ctype = f.unnamedType(name, nil) // what is compressed cannot be looked at
	default:
		result.ctype = f.unnamedType(name, at)
	}
	result.cache = f.config.CacheControl
	if g := f.config.CacheControlFor; g != nil {
		if v := g(result.name, result.ctype); v != "" {
			result.cache = v
		}
	}
	return result
}

// openFile opens the file of result.
func (f *Files) openFile(result *found, name string) error {
	file, err := f.config.Open(f.fsys, name)
	if err != nil {
		return err
	}
	// Between Stat and Open the name may have been given to something else.
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		file.Close()
		return errNothing
	}
	result.file, result.info = file, info
	return nil
}

// variants are the extensions of compressed siblings.
var variants = map[string]string{"br": ".br", "zstd": ".zst", "gzip": ".gz"}

// acceptOf returns the codings of variants that the client accepts, the best first: by its weights, then by what is smallest.
func acceptOf(r *web.Request) []string {
	if !r.Header.Has("Accept-Encoding") {
		return nil
	}
	a := coding.Parse(r.Header.Tokens("Accept-Encoding"))
	least := max(a.Identity(), 1)
	accepted := make([]string, 0, len(variants))
	for _, c := range [...]string{"br", "zstd", "gzip"} {
		if a.Weight(c) >= least {
			accepted = append(accepted, c)
		}
	}
	slices.SortStableFunc(accepted, func(x, y string) int { return a.Weight(y) - a.Weight(x) })
	return accepted
}

// version returns what tells versions of the file apart: nothing if it has neither a time nor a digest.
func (r *found) version(weak bool) web.Validator {
	if r.digest != "" {
		return web.Validator{ETag: mark(weak) + `"` + r.digest + `"`}
	}
	if m := r.info.ModTime(); !m.IsZero() {
		return web.Validator{Modified: m, ETag: r.etag(weak)}
	}
	return web.Validator{}
}

func mark(weak bool) string {
	if weak {
		return "W/"
	}
	return ""
}

// etag returns the entity tag of a file with a time.
func (r *found) etag(weak bool) string {
	tag := mark(weak) + `"` + strconv.FormatInt(r.info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(r.info.Size(), 36)
	if r.encoding != "" && path.Ext(r.name) != variants[r.encoding] {
		tag += "-" + r.encoding // its time may be that of the plain file
	}
	return tag + `"`
}
