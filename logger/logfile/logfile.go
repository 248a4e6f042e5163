// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A LogFile rotates by its size: name.1 is the newest of the old files. It is an io.Writer, safe from any goroutine. Twisted: LogFile.
type LogFile struct{ *base }

// Open opens or creates the file at path, to append to it. A nil config means the zero Config.
func Open(path string, config *Config) (*LogFile, error) {
	b, err := open(path, config, numbered{})
	if err != nil {
		return nil, err
	}
	return &LogFile{b}, nil
}

// ListLogs returns the numbers of the old files, the newest first: 1, 2, ... Twisted: listLogs.
func (f *LogFile) ListLogs() ([]int, error) { return f.numbers() }

// Log opens the old file of this number for reading. The error matches fs.ErrNotExist if there is none. Twisted: getLog.
func (f *LogFile) Log(number int) (*LogReader, error) { return OpenReader(f.numberedPath(number)) }

func (b *base) numberedPath(n int) string { return b.path + "." + strconv.Itoa(n) }

// numbers returns the numbers of the old files in order.
func (b *base) numbers() ([]int, error) {
	var all []int
	err := b.eachSuffix(func(suffix string) {
		if n, err := strconv.Atoi(suffix); err == nil && n > 0 && strconv.Itoa(n) == suffix {
			all = append(all, n)
		}
	})
	slices.Sort(all)
	return all, err
}

// eachSuffix calls f with what the names of files beside ours have behind its name and a dot.
func (b *base) eachSuffix(f func(suffix string)) error {
	dir, name := filepath.Split(b.path)
	entries, err := b.config.files.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("logfile: list old files: %w", err)
	}
	for _, e := range entries {
		if suffix, ok := strings.CutPrefix(e.Name(), name+"."); ok && !e.IsDir() {
			f(suffix)
		}
	}
	return nil
}

// numbered is the scheme of LogFile.
type numbered struct{}

func (numbered) due(b *base, today date) bool {
	return b.config.MaxSize > 0 && b.size >= b.config.MaxSize || b.config.Daily && b.size > 0 && today.after(b.day)
}

// shift gives each old file the next number, from the highest down, so that none is overwritten whichever step fails. Numbers behind a gap stay.
func (numbered) shift(b *base) (string, error) {
	all, err := b.numbers()
	if err != nil {
		return "", err
	}
	run := 0
	for run < len(all) && all[run] == run+1 {
		run++
	}
	for n := run; n > 0; n-- {
		if err := b.config.files.Rename(b.numberedPath(n), b.numberedPath(n+1)); err != nil {
			return "", err
		}
	}
	return b.numberedPath(1), nil
}

func (numbered) prune(b *base) error {
	if b.config.MaxRotated <= 0 {
		return nil
	}
	all, err := b.numbers()
	if err != nil {
		return err
	}
	for _, n := range all {
		if n > b.config.MaxRotated {
			if err := b.config.files.Remove(b.numberedPath(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
