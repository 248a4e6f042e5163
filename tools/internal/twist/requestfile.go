// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/logfile"
)

// A requestFile is a log of requests. What is written to it waits in a queue.
type requestFile struct {
	*async.Writer
	file *logfile.LogFile
}

// Close writes what is queued, for closeTime at most, and closes the file.
func (f *requestFile) Close() error { return errors.Join(f.Writer.Close(), f.file.Close()) }

// requestFiles are opened again, rotated and closed together with the program's log.
type requestFiles struct {
	mu    sync.Mutex
	files []*requestFile // guarded by mu
}

func (r *requestFiles) add(f *requestFile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = append(r.files, f)
}

// each calls f for all of them.
func (r *requestFiles) each(f func(*requestFile) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, file := range r.files {
		errs = append(errs, f(file))
	}
	return errors.Join(errs...)
}

func (r *requestFiles) reopen() error {
	return r.each(func(f *requestFile) error { return f.file.Reopen() })
}

func (r *requestFiles) rotate() error {
	return r.each(func(f *requestFile) error { return f.file.Rotate() })
}

func (r *requestFiles) close() error { return r.each((*requestFile).Close) }

// openRequestFile opens a file that lives as the log does. option is what named it.
func openRequestFile(env *app.Env, option, path string) (io.Writer, error) {
	owner, ok := env.Log.Handler().(interface{ add(*requestFile) })
	if !ok {
		return nil, fmt.Errorf("%s: the program's log knows no other files", option)
	}
	size := env.LogSpec.MaxSize
	if size == 0 {
		size = -1 // never
	}
	file, err := logfile.Open(path, &logfile.Config{MaxSize: size})
	if err != nil {
		return nil, &app.ExitError{Code: app.ExitIOErr, Err: &usage.Error{Option: option, Err: err}}
	}
	f := &requestFile{file: file, Writer: async.NewWriter(file, &async.Config{CloseTimeout: closeTime, Lost: func(n uint64) []byte {
		slog.New(env.Log.Handler()).Warn("lines about requests were lost: the file is too slow", "n", n, "file", file.Path())
		return nil
	}})}
	owner.add(f)
	return f, nil
}
