// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/web"
)

// A Handler is a Leaf that runs programs. Safe from any goroutine.
type Handler struct {
	cfg  Config
	path string
	dir  bool

	requests, active, failed, timedOut, refused atomic.Int64
}

// Script returns a Handler that runs one file, whatever follows in the path. Twisted: CGIScript, FilteredScript.
func Script(file string, cfg Config) *Handler { return &Handler{cfg: cfg.withDefaults(), path: file} }

// Directory returns a Handler that runs the files in a directory, and in those below it: the path leads to the file, and what follows is PATH_INFO. Segments that begin with
// a dot are not found. Twisted: CGIDirectory.
func Directory(dir string, cfg Config) *Handler {
	return &Handler{cfg: cfg.withDefaults(), path: dir, dir: true}
}

// IsLeaf returns true.
func (h *Handler) IsLeaf() bool { return true }

// Stats counts what requests have come to.
type Stats struct {
	Requests int64 // for which a program was started
	Active   int64 // programs at this moment
	Failed   int64 // answered with 500, or cut off
	TimedOut int64 // answered with 504, or cut off
	Refused  int64 // answered with 503
}

// Stats returns the counters.
func (h *Handler) Stats() Stats {
	return Stats{h.requests.Load(), h.active.Load(), h.failed.Load(), h.timedOut.Load(), h.refused.Load()}
}

// Render runs the program for r.
func (h *Handler) Render(r *web.Request) {
	reactor, ok := r.Loop().(process.Reactor)
	if !ok {
		h.cfg.Logger.Error("cgi: the loop of the connection cannot start processes: it is no process.Reactor")
		r.Error(500, "")
		return
	}
	if h.cfg.MaxBody > 0 {
		r.SetMaxBody(h.cfg.MaxBody)
	}
	if !h.dir {
		h.run(r, reactor, h.path)
		return
	}
	path := slices.Clone(r.PostPath)
	for _, s := range path {
		if strings.ContainsAny(s, "/\\\x00") {
			r.Error(404, "")
			return
		}
	}
	web.Later(r, deferred.ToThread(reactor, func() (found, error) { return h.find(path), nil }), func(f found) {
		if f.file == "" {
			r.Error(404, "")
			return
		}
		r.PrePath, r.PostPath = slices.Concat(r.PrePath, path[:f.used]), path[f.used:]
		h.run(r, reactor, f.file)
	})
}

type found struct {
	file string
	used int // segments of the path
}

// find looks for the file that a path leads to. It blocks.
func (h *Handler) find(path []string) found {
	file := h.path
	for i, s := range path {
		if s == "" && i == len(path)-1 {
			return h.index(file, i)
		}
		if s == "" || s[0] == '.' {
			return found{}
		}
		file = filepath.Join(file, s)
		switch info, err := os.Stat(file); {
		case err != nil:
			return found{}
		case info.IsDir():
		case !info.Mode().IsRegular() || !h.allows(file):
			return found{}
		default:
			return found{file, i + 1}
		}
	}
	return h.index(file, len(path))
}

func (h *Handler) index(dir string, used int) found {
	for _, name := range h.cfg.Index {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return found{filepath.Join(dir, name), used}
		}
	}
	return found{}
}

func (h *Handler) allows(file string) bool {
	return h.cfg.Extensions == nil || slices.Contains(h.cfg.Extensions, filepath.Ext(file))
}

var _ web.Leaf = (*Handler)(nil)
