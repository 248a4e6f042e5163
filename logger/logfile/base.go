// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// retry is how long a rotation that failed waits for the next try.
const retry = time.Minute

// errNotWritable is why a file does not rotate without there being a fault.
var errNotWritable = errors.New("not writable")

// A base is an open file that knows when to rotate; how it does is the scheme's.
type base struct {
	config Config
	path   string // absolute
	scheme scheme

	mu       sync.Mutex // guards all below
	file     file       // nil if closed, or lost in a rotation
	closed   bool
	mode     fs.FileMode // 0 if not known
	size     int64
	day      date      // of the last Write
	torn     bool      // the last Write wrote a part only
	failing  uint64    // Writes that failed since the last that did not
	failed   uint64    // all that ever did
	rotateAt time.Time // not before that, after a failure
	refused  bool      // that rotation fails was told
	faults   []byte    // to be told when mu is free: who is told may write here
}

// A scheme names the old files.
type scheme interface {
	// due tells whether the file is to rotate before now's Write.
	due(b *base, now date) bool
	// shift makes room for the file and returns the name that it gets.
	shift(b *base) (string, error)
	// prune removes old files that are too many, after a rotation.
	prune(b *base) error
}

// A date is a day of the calendar.
type date struct {
	year, month, day int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, int(m), d}
}

func (d date) after(e date) bool {
	if d.year != e.year {
		return d.year > e.year
	}
	if d.month != e.month {
		return d.month > e.month
	}
	return d.day > e.day
}

func open(path string, c *Config, s scheme) (*base, error) {
	b := &base{config: c.withDefaults(), scheme: s}
	var err error
	if b.path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("logfile: %q: %w", path, err)
	}
	b.mode = b.config.Mode.Perm()
	b.mu.Lock()
	defer b.unlock()
	if err := b.open(); err != nil {
		return nil, fmt.Errorf("logfile: %w", err)
	}
	return b, nil
}

// open opens the path and, if that works, lets go of the file that was open.
func (b *base) open() error {
	const flags = os.O_WRONLY | os.O_APPEND | os.O_CREATE
	mode := b.mode
	if mode == 0 {
		mode = 0o666
	}
	f, err := b.config.files.OpenFile(b.path, flags, mode)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	if b.mode != 0 && info.Mode().Perm() != b.mode && info.Mode().IsRegular() { // the umask took some
		if err := b.config.files.Chmod(b.path, b.mode); err != nil {
			b.tell("permissions of %s: %v", b.path, err)
		}
	}
	torn := b.torn && info.Size() > 0 // part of a line may be at the end of this very file
	if b.file != nil {
		if torn {
			old, err := b.file.Stat()
			torn = err != nil || os.SameFile(old, info)
		}
		b.file.Close() // all is written: nothing of it is lost by an error
	}
	b.file, b.size, b.torn = f, info.Size(), torn
	b.day = dateOf(b.config.Now())
	if b.size > 0 {
		b.day = dateOf(info.ModTime().In(b.config.Now().Location()))
	}
	return nil
}

// Write writes p, after a rotation if one is due. It fails with an error that matches net.ErrClosed after Close.
func (b *base) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return 0, fmt.Errorf("logfile: write %s: %w", b.path, net.ErrClosed)
	}
	if today := dateOf(b.config.Now()); b.scheme.due(b, today) && b.rotatable() {
		b.rotate() // which tells what fails
	}
	n, err := b.write(p)
	if err != nil {
		b.failed++
		if b.failing++; b.failing == 1 {
			b.tell("write: %v; lines are lost until it works again", err)
		}
		return n, fmt.Errorf("logfile: %w", err)
	}
	if b.failing > 0 {
		b.tell("%s is written again; %d writes failed", b.path, b.failing)
		b.failing = 0
	}
	if today := dateOf(b.config.Now()); today.after(b.day) {
		b.day = today
	}
	return n, nil
}

func (b *base) write(p []byte) (int, error) {
	if b.file == nil { // a rotation lost it
		if err := b.open(); err != nil {
			return 0, err
		}
	}
	if b.torn {
		n, err := b.file.Write([]byte{'\n'})
		b.size += int64(n)
		if err != nil {
			return 0, err
		}
		b.torn = false
	}
	n, err := b.file.Write(p)
	b.size += int64(n)
	b.torn = err != nil && n > 0
	return n, err
}

// rotatable tells whether a rotation may be tried now.
func (b *base) rotatable() bool {
	return b.rotateAt.IsZero() || !b.config.Now().Before(b.rotateAt)
}

// Rotate rotates now, whatever the size. It does nothing, and returns nil, if the file or its folder may not be written; see also Config. Twisted: rotate.
func (b *base) Rotate() error {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return fmt.Errorf("logfile: rotate %s: %w", b.path, net.ErrClosed)
	}
	if err := b.rotate(); err != nil && !errors.Is(err, errNotWritable) {
		return fmt.Errorf("logfile: rotate: %w", err)
	}
	return nil
}

// rotate keeps the file that is open if anything fails.
func (b *base) rotate() error {
	err := b.tryRotate()
	if err == nil {
		b.rotateAt, b.refused = time.Time{}, false
		return nil
	}
	b.rotateAt = b.config.Now().Add(retry)
	if !b.refused && !errors.Is(err, errNotWritable) {
		b.refused = true
		b.tell("rotate: %v; %s stays in use", err, b.path)
	}
	return err
}

func (b *base) tryRotate() error {
	info, err := b.config.files.Stat(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b.open() // another program moved it
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o222 == 0 {
		return errNotWritable
	}
	to, err := b.scheme.shift(b)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return errNotWritable
		}
		return err
	}
	mode := b.mode
	b.mode = info.Mode().Perm()
	if b.config.closeToRename && b.file != nil {
		b.file.Close()
		b.file = nil
	}
	if err := b.config.files.Rename(b.path, to); err != nil {
		b.mode = mode
		if errors.Is(err, fs.ErrPermission) {
			err = errNotWritable
		}
		return err
	}
	if err := b.open(); err != nil {
		b.mode = mode
		if back := b.config.files.Rename(to, b.path); back != nil {
			return fmt.Errorf("%w; and %w", err, back) // what is open is now the old file: it stays in use, and nothing is lost
		}
		return err
	}
	if err := b.scheme.prune(b); err != nil {
		b.tell("remove old files: %v", err)
	}
	return nil
}

// Reopen opens the path anew, after another program moved or removed the file. If that fails, the file that was open stays in use. Twisted: reopen.
func (b *base) Reopen() error {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return fmt.Errorf("logfile: reopen %s: %w", b.path, net.ErrClosed)
	}
	if err := b.open(); err != nil {
		return fmt.Errorf("logfile: reopen: %w", err)
	}
	return nil
}

// Close closes the file. A second call returns an error that matches net.ErrClosed.
func (b *base) Close() error {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return fmt.Errorf("logfile: close %s: %w", b.path, net.ErrClosed)
	}
	b.closed = true
	if b.file == nil {
		return nil
	}
	err := b.file.Close()
	b.file = nil
	return err
}

// Path returns the file's absolute path.
func (b *base) Path() string { return b.path }

// Errors returns how many Writes failed.
func (b *base) Errors() uint64 {
	b.mu.Lock()
	defer b.unlock()
	return b.failed
}

// CurrentLog opens the file for reading. Twisted: getCurrentLog.
func (b *base) CurrentLog() (*LogReader, error) { return OpenReader(b.path) }

// tell has unlock write a line on the fallback.
func (b *base) tell(format string, args ...any) {
	b.faults = fmt.Appendf(b.faults, "logfile: "+format+"\n", args...)
}

// unlock unlocks mu, and then tells the faults. An error there has nowhere to go.
func (b *base) unlock() {
	faults := b.faults
	b.faults = nil
	b.mu.Unlock()
	if len(faults) > 0 {
		b.config.Fallback.Write(faults)
	}
}
