// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fastcgi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// find passes r on to the script that its path names.
func (a *Application) find(r *web.Request) {
	name, rest, ok := script(r.PostPath, a.cfg.Extension, a.cfg.Index)
	if !ok {
		r.Error(404, "")
		return
	}
	file := filepath.Join(a.cfg.Root, filepath.FromSlash(strings.Join(name, "/")))
	r.PrePath, r.PostPath = slices.Concat(r.PrePath, name), rest
	if a.cfg.Remote {
		a.pass(r, file)
		return
	}
	threads, ok := r.Loop().(deferred.Threads)
	if !ok {
		a.logger().Error("fastcgi: the loop of the connection has no threads to look for scripts with: it is no deferred.Threads")
		r.Error(500, "")
		return
	}
	found := deferred.ToThread(threads, func() (bool, error) {
		info, err := os.Stat(file)
		return err == nil && info.Mode().IsRegular(), nil
	})
	web.Later(r, found, func(found bool) {
		if !found {
			r.Error(404, "")
			return
		}
		a.pass(r, file)
	})
}

// script splits the segments of a path behind the name of the script. An index has the place of the empty segment at the end.
func script(path []string, extension, index string) (name, rest []string, ok bool) {
	for i, s := range path {
		switch {
		case s == "." || s == "..", strings.ContainsAny(s, "/\\\x00"):
			return nil, nil, false
		case len(s) > len(extension) && strings.HasSuffix(s, extension):
			return path[: i+1 : i+1], path[i+1:], true
		case s == "" && i == len(path)-1:
			return append(slices.Clone(path[:i]), index), nil, true
		case s == "":
			return nil, nil, false
		}
	}
	if len(path) == 0 { // the mount itself
		return []string{index}, nil, true
	}
	return nil, nil, false
}
