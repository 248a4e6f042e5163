// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/torsion-go/torsion/trial/result"
)

// A logFile gets what tests print, below a line "--> test id <--" for each. The log events of a trial.Case are appended to it by the test's own process.
type logFile struct {
	path string // "" if it is no file that other processes can open

	mu  sync.Mutex
	w   io.Writer
	f   *os.File
	err error
}

func openLog(c Config, t *tempDir) (*logFile, error) {
	name := c.LogFile
	switch {
	case name == "-":
		return &logFile{w: c.Messages}, nil
	case name == "" && t.private:
		return &logFile{w: io.Discard}, nil
	case name == "":
		name = "test.log"
	}
	if !filepath.IsAbs(name) {
		name = t.path(name)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("runner: the log file: %w", err)
	}
	return &logFile{path: name, w: f, f: f}, nil
}

// ended writes what a test printed.
func (l *logFile) ended(t *result.Test, out []byte) {
	text := "--> " + t.ID.String() + " <--\n" + string(out)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		text += "\n"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := io.WriteString(l.w, text); err != nil && l.err == nil {
		l.err = fmt.Errorf("runner: the log file: %w", err)
	}
}

func (l *logFile) close() error {
	if l.f == nil {
		return l.err
	}
	if err := l.f.Close(); err != nil && l.err == nil {
		return fmt.Errorf("runner: the log file: %w", err)
	}
	return l.err
}
