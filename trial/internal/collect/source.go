// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
)

const (
	maxSources    = 64
	maxSourceSize = 2 << 20
)

// A source looks up lines of test files.
type source struct {
	files map[string][][]byte // their lines; nil for those that can't be read
}

var (
	logCall   = regexp.MustCompile(`\.(Log|Logf|Skip|Skipf)\(`)
	assertion = regexp.MustCompile(`\b(assert|require|must|is|qt)\.\w+\(|(?i:assert|require|expect|check|want|fail)\w*\(`)
	failCall  = regexp.MustCompile(`\b(t|tb|b|f|tc|c)\.(Error|Errorf|Fatal|Fatalf)\(`)
)

// kind tells what the line of a file in dir calls.
func (s *source) kind(dir, file string, line int) kind {
	if dir == "" {
		return unknown
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	lines, ok := s.files[file]
	if !ok {
		if s.files == nil || len(s.files) >= maxSources {
			s.files = map[string][][]byte{}
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() <= maxSourceSize {
			if text, err := os.ReadFile(file); err == nil {
				lines = bytes.Split(text, []byte("\n"))
			}
		}
		s.files[file] = lines
	}
	if line < 1 || line > len(lines) {
		return unknown
	}
	switch {
	case logCall.Match(lines[line-1]):
		return logged
	case failCall.Match(lines[line-1]):
		return failure
	case assertion.Match(lines[line-1]):
		return likely
	}
	return unknown
}
