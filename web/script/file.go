// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// A file is what is known of one. Whoever sets busy looks at it, alone; everything else is guarded by Scripts.mu.
type file struct {
	path       string
	next, prev *file

	info    fs.FileInfo // as it was when res or err was made; nil before
	res     web.Resource
	err     error
	checked time.Time // by the clock of the loop that looked
	busy    bool
	waiting map[*waiter]struct{}
}

// retry is how long a file that does not compile is left alone: its error may lie elsewhere, in what it includes.
const retry = time.Second

// resource finds the resource of a file for r.
func (s *Scripts) resource(r *web.Request, path string) *deferred.Deferred[web.Resource] {
	loop := r.Loop()
	now := loop.Now()
	s.mu.Lock()
	f := s.use(path)
	if f.info != nil && f.err == nil && s.cfg.Revalidate > 0 && now.Sub(f.checked) < s.cfg.Revalidate {
		res := f.res
		s.mu.Unlock()
		return deferred.SucceedOn(loop, res)
	}
	d := deferred.New[web.Resource](loop)
	w := &waiter{loop: loop}
	timer := loop.CallLater(s.cfg.Wait, func() {
		s.count(func(n *Stats) { n.TimedOut++ })
		r.ResponseHeader().Set("Retry-After", "1")
		d.Errback(errTime)
	})
	w.done = func(res web.Resource, err error) {
		if d.Called() { // it is too late, or the client is gone
			return
		}
		if missing, ok := errors.AsType[*missingError](err); ok {
			r.LogError(missing.Error())
			err = errMissing
		}
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(res)
		}
	}
	if f.waiting == nil {
		f.waiting = make(map[*waiter]struct{})
	}
	f.waiting[w] = struct{}{}
	first := !f.busy
	f.busy = true
	s.mu.Unlock()
	d.AddBoth(func(res web.Resource, err error) (web.Resource, error) {
		timer.Cancel()
		s.mu.Lock()
		delete(f.waiting, w) // as many as there are requests, however long it takes
		s.mu.Unlock()
		return res, err
	})
	switch threads, ok := loop.(deferred.Threads); {
	case !first:
	case ok:
		threads.CallInThread(func() { s.refresh(f, now) })
	default:
		s.refresh(f, now)
	}
	return d
}

// use returns the file as the last used. It needs mu.
func (s *Scripts) use(path string) *file {
	f := s.files[path]
	if f == nil {
		for v := s.ends.prev; len(s.files) >= s.cfg.MaxFiles && v != &s.ends; {
			victim := v
			v = v.prev
			if !victim.busy { // the busy ones are bounded by the requests that wait for them
				s.drop(victim)
				s.stats.Evicted++
			}
		}
		f = &file{path: path}
		s.files[path] = f
	} else {
		f.prev.next, f.next.prev = f.next, f.prev
	}
	f.prev, f.next = &s.ends, s.ends.next
	f.prev.next, f.next.prev = f, f
	return f
}

// drop forgets a file. It needs mu.
func (s *Scripts) drop(f *file) {
	f.prev.next, f.next.prev = f.next, f.prev
	delete(s.files, f.path)
}

// refresh looks at a file, compiles it if it has changed, and tells those who wait. It blocks.
func (s *Scripts) refresh(f *file, now time.Time) {
	info, err := s.stat(f.path)
	same := err == nil && f.info != nil && sameFile(f.info, info) && (f.err == nil || now.Sub(f.checked) < retry)
	res := f.res
	if same {
		err = f.err
	} else if err == nil {
		res, info, err = s.compile(f.path)
	}
	s.mu.Lock()
	f.busy = false
	waiting := slices.Collect(maps.Keys(f.waiting))
	switch {
	case info == nil: // not there, or cannot be looked at: nothing to keep
		s.drop(f)
	default:
		f.info, f.res, f.err = info, res, err
		if !same || err == nil {
			f.checked = now
		}
	}
	s.mu.Unlock()
	for _, w := range waiting {
		w.loop.CallFromThread(func() { w.done(res, err) })
	}
}

// sameFile reports whether a file has not been changed, nor replaced by another one.
func sameFile(a, b fs.FileInfo) bool {
	if !a.ModTime().Equal(b.ModTime()) || a.Size() != b.Size() {
		return false
	}
	return os.SameFile(a, b) || a.Sys() == nil // which only the system's files know
}

func (s *Scripts) stat(path string) (info fs.FileInfo, err error) {
	defer func() {
		if v := recover(); v != nil { // of Config.FS
			info, err = nil, fmt.Errorf("script: %s: panic: %v", path, v)
		}
	}()
	if s.cfg.FS != nil {
		info, err = fs.Stat(s.cfg.FS, path)
	} else {
		info, err = os.Stat(path)
	}
	switch {
	case err == nil && !info.Mode().IsRegular(), errors.Is(err, fs.ErrNotExist):
		return nil, &web.StatusError{Status: 404}
	case errors.Is(err, fs.ErrPermission):
		return nil, &web.StatusError{Status: 403}
	case err != nil:
		return nil, fmt.Errorf("script: %w", err)
	}
	return info, nil
}

// compile reads and compiles a file. info tells what it was when it was read; it is nil if that failed.
func (s *Scripts) compile(path string) (res web.Resource, info fs.FileInfo, err error) {
	failed := true
	s.count(func(n *Stats) { n.Compiled++ })
	defer func() {
		if v := recover(); v != nil {
			res, err = nil, fmt.Errorf("script: %s: panic: %v\n%s", path, v, debug.Stack())
		}
		if failed {
			s.count(func(n *Stats) { n.Failed++ })
		}
	}()
	src, info, err := s.read(path)
	if err != nil {
		return nil, info, err
	}
	compiler := s.compiler(path)
	if compiler == nil {
		return nil, info, fmt.Errorf("script: %s: no compiler is registered for its extension", path)
	}
	res, err = compiler(path, src)
	switch {
	case err != nil:
		return nil, info, fmt.Errorf("script: %s: %w", path, err)
	case res == nil:
		return nil, info, &missingError{path}
	}
	failed = false
	return res, info, nil
}

// read reads a file, and how it was before.
func (s *Scripts) read(path string) ([]byte, fs.FileInfo, error) {
	var f fs.File
	var err error
	if s.cfg.FS != nil {
		f, err = s.cfg.FS.Open(path)
	} else {
		f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for its other end
	}
	if err != nil {
		return nil, nil, fmt.Errorf("script: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("script: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &web.StatusError{Status: 404}
	}
	src, err := io.ReadAll(io.LimitReader(f, s.cfg.MaxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("script: %w", err)
	}
	if int64(len(src)) > s.cfg.MaxSize {
		return nil, info, fmt.Errorf("script: %s: the file is larger than MaxSize, %d bytes", path, s.cfg.MaxSize)
	}
	return src, info, nil
}

func (s *Scripts) count(f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}
