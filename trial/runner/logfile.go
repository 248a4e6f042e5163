// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/torsion-go/torsion/trial/result"
)

// A logFile gets the log events of tests, and what tests print, below lines "--> test id <--".
//
// Events are written by the processes of the tests, into a file of their own from which they are taken over. Its name is the same in each run, and it is outside of the module: the go command
// would not take results from its cache if a variable that the test reads, or a file of the module that it opens, had changed.
type logFile struct {
	events string // the name of that file; "" if there is none

	mu   sync.Mutex
	w    io.Writer
	f    *os.File
	from *os.File // events, read up to where they were taken over
	err  error
}

func openLog(c Config, t *tempDir) (*logFile, error) {
	l := &logFile{}
	name := c.LogFile
	switch {
	case name == "-":
		l.w = c.Messages
	case name == "" && t.private:
		l.w = io.Discard
		return l, nil
	default:
		if name == "" {
			name = "test.log"
		}
		if !filepath.IsAbs(name) {
			name = t.path(name)
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o666)
		if err != nil {
			return nil, fmt.Errorf("runner: the log file: %w", err)
		}
		l.w, l.f = f, f
	}
	l.events = filepath.Join(cacheDir(t), hashName(t.dir)+".log")
	from, err := os.OpenFile(l.events, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("runner: the log events: %w", err), l.close())
	}
	l.from = from
	return l, nil
}

// cacheDir returns the folder of ours in the user's cache; that of the run if there is none.
func cacheDir(t *tempDir) string {
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "torsion-trial")
		if os.MkdirAll(dir, 0o700) == nil {
			return dir
		}
	}
	return t.dir
}

func hashName(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// ended writes what was logged, and what a test printed.
func (l *logFile) ended(t *result.Test, out []byte) {
	text := "--> " + t.ID.String() + " <--\n" + string(out)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		text += "\n"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take()
	l.keep(io.WriteString(l.w, text))
}

// take takes the events over that were written since it did so last.
func (l *logFile) take() {
	if l.from != nil {
		_, err := io.Copy(l.w, l.from)
		l.keep(0, err)
	}
}

// keep keeps the first error.
func (l *logFile) keep(_ int, err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("runner: the log file: %w", err)
	}
}

func (l *logFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take()
	if l.from != nil {
		l.keep(0, l.from.Close())
		l.keep(0, os.Remove(l.events))
		l.from = nil
	}
	if l.f != nil {
		l.keep(0, l.f.Close())
		l.f = nil
	}
	return l.err
}
