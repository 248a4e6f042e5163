// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// Directory returns a Leaf that answers with the scripts in a directory, and in those below it: the path leads to the file, and what follows is for its resource. A file without a compiler, and a segment that
// begins with a dot, are not found, so that no source is ever sent. Symbolic links are followed. Twisted: ResourceScriptDirectory.
func (s *Scripts) Directory(dir string) web.Resource {
	index := s.cfg.Index
	if index == nil {
		for _, ext := range slices.Sorted(maps.Keys(s.cfg.Compilers)) {
			index = append(index, "index"+ext)
		}
	}
	d := &directory{s, dir, slices.Clone(index)}
	return web.LeafFunc(d.render)
}

type directory struct {
	s     *Scripts
	dir   string
	index []string
}

// A found is the file that a path leads to.
type found struct {
	file  string // "" if there is none
	used  int    // segments of the path
	slash bool   // it is a directory whose path lacks the slash
}

func (d *directory) render(r *web.Request) {
	segments := slices.Clone(r.PostPath)
	answer := func(f found) {
		switch {
		case f.slash:
			location := web.LocalPath(r.Path) + "/"
			if r.Query != "" {
				location += "?" + r.Query
			}
			r.Redirect(301, location)
		case f.file == "":
			d.s.notFound(r)
		default:
			r.PrePath, r.PostPath = slices.Concat(r.PrePath, segments[:f.used]), segments[f.used:]
			web.Dispatch(d.s.File(f.file), r)
		}
	}
	threads, ok := r.Loop().(deferred.Threads)
	if !ok {
		answer(d.find(segments))
		return
	}
	web.Later(r, deferred.ToThread(threads, func() (found, error) { return d.find(segments), nil }), answer)
}

// find looks for the file that a path leads to. It blocks.
func (d *directory) find(segments []string) found {
	name := d.dir
	for i, segment := range segments {
		switch {
		case segment == "" && i == len(segments)-1:
			return d.indexOf(name, i+1)
		case segment == "", segment[0] == '.', strings.ContainsAny(segment, "/\\\x00"):
			return found{}
		}
		name = d.join(name, segment)
		switch info, err := d.stat(name); {
		case err != nil:
			return found{}
		case info.IsDir():
		case info.Mode().IsRegular() && d.s.compiler(name) != nil:
			return found{file: name, used: i + 1}
		default:
			return found{}
		}
	}
	f := d.indexOf(name, len(segments))
	return found{slash: f.file != ""}
}

func (d *directory) indexOf(dir string, used int) found {
	for _, name := range d.index {
		file := d.join(dir, name)
		if info, err := d.stat(file); err == nil && info.Mode().IsRegular() && d.s.compiler(file) != nil {
			return found{file: file, used: used}
		}
	}
	return found{}
}

func (d *directory) join(dir, name string) string {
	if d.s.cfg.FS != nil {
		return path.Join(dir, name)
	}
	return filepath.Join(dir, name)
}

func (d *directory) stat(name string) (fs.FileInfo, error) {
	if d.s.cfg.FS != nil {
		return fs.Stat(d.s.cfg.FS, name)
	}
	return os.Stat(name)
}
