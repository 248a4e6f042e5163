// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"io"
	"io/fs"
	"os"
	"time"
)

// DefaultMaxSize is the size at which a LogFile rotates, in octets.
const DefaultMaxSize = 1_000_000

// Config configures a file. The zero Config is good.
type Config struct {
	// MaxSize is the size at which a LogFile rotates, in octets: as soon as it is reached, before the next Write. Zero means DefaultMaxSize, less than zero that
	// the size does not matter. A DailyLogFile takes no notice of it.
	MaxSize int64
	// Daily has a LogFile rotate also when the day has changed since the last Write. A DailyLogFile always does.
	Daily bool
	// MaxRotated is how many old files are kept. Zero means all.
	MaxRotated int
	// Mode are the permissions of the file, also of one that exists. Zero means those of the file as it is, or 0666 less the umask for a new one.
	Mode fs.FileMode
	// Fallback is told of faults, a line each. Nil means os.Stderr.
	Fallback io.Writer
	// Now is the clock, and its time's Location where days begin. Nil means time.Now.
	Now func() time.Time

	files         files // the file layer; nil means the system's
	closeToRename bool  // as where an open file cannot be renamed
}

func (c *Config) withDefaults() Config {
	var d Config
	if c != nil {
		d = *c
	}
	if d.MaxSize == 0 {
		d.MaxSize = DefaultMaxSize
	}
	if d.Fallback == nil {
		d.Fallback = os.Stderr
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	d.closeToRename = d.closeToRename || closeToRename
	if d.files == nil {
		d.files = system{}
	}
	return d
}

// files are the calls that can fail, so that tests can have them fail.
type files interface {
	OpenFile(name string, flag int, mode fs.FileMode) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	Chmod(name string, mode fs.FileMode) error
	Stat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

type file interface {
	io.WriteCloser
	Stat() (fs.FileInfo, error)
}

// system is the system's files.
type system struct{}

func (system) OpenFile(name string, flag int, mode fs.FileMode) (file, error) {
	f, err := os.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	return f, nil
}

func (system) Rename(from, to string) error               { return os.Rename(from, to) }
func (system) Remove(name string) error                   { return os.Remove(name) }
func (system) Chmod(name string, mode fs.FileMode) error  { return os.Chmod(name, mode) }
func (system) Stat(name string) (fs.FileInfo, error)      { return os.Stat(name) }
func (system) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
