// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// Files is a web.Leaf that serves a tree of files.
type Files struct {
	fsys    fs.FS
	dir     *rootFS // nil for FS
	config  Config
	methods web.Methods
	cache   *cache   // nil without OpenFiles
	handles *handles // nil with OpenFiles, and where files cannot be told from each other
	digests digests
}

// Dir returns Files that serves the directory path, which is opened at once and stays the same one if it is renamed.
func Dir(path string, config Config) (*Files, error) {
	root, err := openRoot(path)
	if err != nil {
		return nil, err
	}
	return newDir(root, config), nil
}

// Root returns Files that serves a directory that is open already, after its owner was looked at, say. Close closes it.
func Root(dir *os.Root, config Config) *Files {
	return newDir(&rootFS{root: dir, path: dir.Name()}, config)
}

func newDir(root *rootFS, config Config) *Files {
	root.noLinks = config.NoSymlinks
	f := newFiles(root, config)
	f.dir = root
	if config.OpenFiles == 0 && config.Open == nil && !config.NoSymlinks && tellsChanges {
		f.handles = newHandles()
	}
	return f
}

// FS returns Files that serves fsys, which has to be safe for use by several goroutines. Its files should be io.ReaderAt, as those of package embed are: others are sent
// without ranges. Those of package embed have no times: their entity tags are digests of their content, which are made when it is sent first. It panics if config.NoSymlinks is set, which an fs.FS knows nothing of.
func FS(fsys fs.FS, config Config) *Files {
	if config.NoSymlinks {
		panic("static: NoSymlinks needs Dir")
	}
	return newFiles(fsys, config)
}

func newFiles(fsys fs.FS, config Config) *Files {
	mime.TypeByExtension(".html") // has the system's tables read now and not on a loop
	f := &Files{fsys: fsys, config: config.withDefaults(), digests: digests{inline: maxInline}}
	f.methods = web.Get(f.get)
	if n := f.config.OpenFiles; n > 0 {
		f.cache = newCache(n, f.config.Revalidate)
	}
	return f
}

// Close closes the directory of Dir, and what OpenFiles keeps. What is being sent goes on.
func (f *Files) Close() error {
	if f.cache != nil {
		f.cache.clear()
	}
	if f.handles != nil {
		f.handles.cache.clear()
	}
	if f.dir == nil {
		return nil
	}
	return f.dir.root.Close()
}

// IsLeaf returns true: what is left of the path names the file.
func (f *Files) IsLeaf() bool { return true }

// Render sends what r.PostPath names.
func (f *Files) Render(r *web.Request) {
	if len(f.config.Processors) > 0 { // which mind methods themselves
		f.get(r)
		return
	}
	f.methods.Render(r)
}

func (f *Files) get(r *web.Request) {
	q := query{segments: r.PostPath, accept: acceptOf(r), now: r.Loop().Now()}
	keep := func(result *found) *found { return result }
	if f.cache != nil {
		if key, ok := f.keyOf(q); ok {
			if result := f.cache.get(key, r.Loop().Now()); result != nil {
				f.answer(r, result)
				return
			}
			keep = func(result *found) *found { return f.cache.put(key, result, r.Loop().Now()) }
		}
	}
	threads, ok := r.Loop().(deferred.Threads)
	if ok && f.config.Threads {
		f.inThread(r, threads, func() *found { return f.safely(q) }, keep)
		return
	}
	result := f.look(q)
	if ok && f.digests.slow(result) {
		f.inThread(r, threads, func() *found { f.digests.give(result); return result }, keep)
		return
	}
	f.digests.give(result)
	f.answer(r, keep(result))
}

// inThread answers with what find returns, which runs in a thread.
func (f *Files) inThread(r *web.Request, threads deferred.Threads, find func() *found, keep func(*found) *found) {
	d := deferred.New[*found](threads)
	threads.CallInThread(func() {
		result := find()
		threads.CallFromThread(func() {
			if d.Called() { // cancelled: the client is gone
				result.close()
				return
			}
			d.Callback(keep(result))
		})
	})
	web.Later(r, d, func(result *found) { f.answer(r, result) })
}

// safely is look, and the digest, for threads, in which a panic would leave the request without an answer.
func (f *Files) safely(q query) (result *found) {
	defer func() {
		if v := recover(); v != nil {
			result = &found{what: isFailure, err: fmt.Errorf("static: panic in the file system: %v", v)}
		}
	}()
	result = f.look(q)
	f.digests.give(result)
	return result
}

// answer makes the response of what was found.
func (f *Files) answer(r *web.Request, result *found) {
	switch result.what {
	case isFile:
		if len(f.config.Processors) > 0 && r.Method != "GET" && r.Method != "HEAD" {
			result.close()
			f.methods.Render(r) // 405, or OPTIONS
			return
		}
		f.file(r, result)
	case isDir:
		f.list(r, result.name)
	case isSlashless:
		f.addSlash(r)
	case isProgram:
		r.PrePath = slices.Concat(r.PrePath, r.PostPath[:result.depth])
		r.PostPath = r.PostPath[result.depth:]
		res := f.config.Processors[extOf(result.name)](f.pathOf(result.name))
		if res == nil {
			f.refuse(r, 404)
			return
		}
		web.Dispatch(res, r)
	default:
		f.refuse(r, statusOf(result.err))
	}
}

// pathOf returns what a processor is told of a file.
func (f *Files) pathOf(name string) string {
	if f.dir == nil {
		return name
	}
	return filepath.Join(f.dir.path, filepath.FromSlash(name))
}

// addSlash redirects to the same path with a slash, so that relative links in the index work.
func (f *Files) addSlash(r *web.Request) {
	location := web.LocalPath(r.Path) + "/"
	if r.Query != "" {
		location += "?" + r.Query
	}
	r.Redirect(f.config.Redirect, location)
}

// refuse answers with a status and the page that the configuration has for it.
func (f *Files) refuse(r *web.Request, status int) {
	var page web.Resource
	switch status {
	case 404:
		page = f.config.NotFound
	case 403:
		page = f.config.Forbidden
	}
	if page == nil {
		r.Error(status, "")
		return
	}
	r.SetStatus(status)
	page.Render(r)
}

var _ web.Leaf = (*Files)(nil)
