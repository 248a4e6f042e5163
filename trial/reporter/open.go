// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Open makes the reporters of a command line, each "name" or "name=file": Open([]string{"tree", "junit=report.xml"}, o). No specs mean "tree".
// A file is made anew; "-" is o.Writer. Several may share o.Writer: each writes whole lines, except for text. "exec:program args" takes no file: what the program prints goes to o.Writer.
// What it returns is closed after the last Done, which closes the files.
func Open(specs []string, o Options) (Reporter, error) {
	if len(specs) == 0 {
		specs = []string{"tree"}
	}
	var m multi
	for _, spec := range specs {
		r, err := open(spec, o)
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		m = append(m, r)
	}
	return m, nil
}

func open(spec string, o Options) (Reporter, error) {
	if strings.HasPrefix(spec, "exec:") {
		return New(spec, o)
	}
	name, file, ok := strings.Cut(spec, "=")
	if !ok || file == "-" {
		return New(name, o)
	}
	if file == "" {
		return nil, fmt.Errorf("reporter: %q names no file: write %s=FILE", spec, name)
	}
	if _, ok := find(name); !ok {
		return New(name, o) // its error, before a file is made
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("reporter: the file of %s: %w", name, err)
	}
	o.Writer, o.Terminal = f, false
	if o.Color != ColorAlways {
		o.Color = ColorNever
	}
	r, err := New(name, o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return toFile{r, f}, nil
}

// toFile closes the file of a reporter.
type toFile struct {
	Reporter
	file *os.File
}

// Unwrap returns the reporter.
func (t toFile) Unwrap() Reporter { return t.Reporter }

func (t toFile) Close() error {
	var err error
	if c, ok := t.Reporter.(io.Closer); ok {
		err = c.Close()
	}
	return errors.Join(err, t.file.Close())
}
