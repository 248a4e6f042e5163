// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script

import (
	"cmp"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Compiler makes a Resource of a file: name is its path, src its content. It is called on a thread and may block. An error, or a panic, is answered with 500; no Resource and no error is a file that has none to
// offer, and answered likewise. The resource serves all requests until the file changes; what it holds goes with it to the garbage collector. Twisted: ResourceScript.
type Compiler func(name string, src []byte) (web.Resource, error)

// A Config holds the options of [Scripts]. Its zero value has no compilers.
type Config struct {
	// Compilers are found by the extension of a file, in lower case and with its dot.
	Compilers map[string]Compiler
	// FS is what paths are in; nil means the files of the system.
	FS fs.FS
	// Index are the names that stand for a directory of [Scripts.Directory], in the order in which they are tried; nil means index with each extension, in alphabetical order.
	Index []string
	// NotFound renders what is not there, after the status has been set to 404; nil means a plain page. Twisted: childNotFound.
	NotFound web.Resource
	// MaxFiles is how many files are kept compiled; 0 means 1000. Those that were not asked for longest go first.
	MaxFiles int
	// MaxSize is how large a file may be, in bytes; 0 means 4 MiB. Beyond it 500.
	MaxSize int64
	// Revalidate is how long a file is taken for unchanged without a look; 0 means that each request looks.
	Revalidate time.Duration
	// Wait is how long a request waits for its file to be read and compiled; 0 means 30 s. Beyond it 503.
	Wait time.Duration
}

// Scripts makes resources of files, and keeps them. Twisted: CacheScanner.
type Scripts struct {
	cfg Config

	mu    sync.Mutex
	files map[string]*file // guarded by mu
	ends  file             // of the ring of files, in the order of their use: next is the last used; guarded by mu
	stats Stats            // guarded by mu
}

// Stats counts what Scripts has done.
type Stats struct {
	Files    int   // that are kept, compiled or not
	Compiled int64 // calls of compilers
	Failed   int64 // of them, without a resource
	Evicted  int64 // files that went because of Config.MaxFiles
	TimedOut int64 // requests answered with 503
}

// New returns Scripts with a copy of cfg.
func New(cfg Config) *Scripts {
	cfg.Compilers = maps.Clone(cfg.Compilers)
	cfg.MaxFiles = cmp.Or(max(cfg.MaxFiles, 0), 1000)
	cfg.MaxSize = cmp.Or(max(cfg.MaxSize, 0), 4<<20)
	cfg.Revalidate = max(cfg.Revalidate, 0)
	cfg.Wait = cmp.Or(max(cfg.Wait, 0), 30*time.Second)
	s := &Scripts{cfg: cfg, files: make(map[string]*file)}
	s.ends.next, s.ends.prev = &s.ends, &s.ends
	return s
}

// Stats returns the counters.
func (s *Scripts) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Files = len(s.files)
	return stats
}

// Processors returns what static.Config.Processors wants: for static.Dir without Config.FS, for static.FS with the same one.
func (s *Scripts) Processors() map[string]func(path string) web.Resource {
	m := make(map[string]func(string) web.Resource)
	for ext := range s.cfg.Compilers {
		m[ext] = s.File
	}
	return m
}

// File returns a Leaf that answers with the resource of a file, or what the rest of the path leads to below it. The extension tells the compiler. Twisted: ResourceScript.
func (s *Scripts) File(path string) web.Resource {
	return web.LeafFunc(func(r *web.Request) {
		web.Later(r, s.resource(r, path), func(res web.Resource) { web.Dispatch(res, r) })
	})
}

// notFound answers with 404.
func (s *Scripts) notFound(r *web.Request) {
	if s.cfg.NotFound == nil {
		r.Error(404, "")
		return
	}
	r.SetStatus(404)
	s.cfg.NotFound.Render(r)
}

// compiler returns the one for a file, nil if there is none.
func (s *Scripts) compiler(name string) Compiler {
	return s.cfg.Compilers[strings.ToLower(path.Ext(name))]
}

// A missingError tells of a compiler that has returned neither a resource nor an error.
type missingError struct{ path string }

func (e *missingError) Error() string {
	return "script: " + e.path + ": the compiler returned no resource: a script has to define the one that answers requests"
}

// What clients see of that, and who has waited too long.
var (
	errMissing = &web.StatusError{Status: 500, Detail: "The script was compiled, but defines no resource to answer requests with."}
	errTime    = &web.StatusError{Status: 503, Detail: "The script is still being compiled."}
)

// A waiter is told, on its loop, what comes of a file.
type waiter struct {
	loop protocol.Loop
	done func(res web.Resource, err error)
}
