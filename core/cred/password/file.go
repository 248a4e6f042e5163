// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
	"github.com/torsion-go/torsion/core/lockfile"
)

var (
	// ErrName is matched for a name that a password file can't hold: an empty one, or one with a colon, a control character or a leading #.
	ErrName = errors.New("password: name can't be in a password file")
	// ErrUnknownUser is matched when a name is not in the file.
	ErrUnknownUser = errors.New("password: no such user")
)

// MaxFile bounds password files, in bytes.
const MaxFile = 16 << 20

// A File is a text file with "name:hash" on each line, as htpasswd makes them; what follows a second colon, and comments, are kept. Each change is written to a new
// file, which then takes the place of the old one at once, with its mode and owner: readers see the one or the other. Editors exclude each other by a lock file beside
// it. Its methods block and are safe from any goroutine.
type File struct {
	// Path is the file. What does not exist counts as empty, and is made with mode 0600.
	Path string
	// Scheme makes the hashes. nil means Argon2id.
	Scheme Scheme
}

// Add adds a user. A name that is there already is an error that matches fs.ErrExist.
func (f File) Add(name, password string) error {
	return f.write(name, password, func(found bool) error {
		if found {
			return fmt.Errorf("password: user %q: %w", name, fs.ErrExist)
		}
		return nil
	})
}

// Change replaces the password of a user. A name that is not there is ErrUnknownUser.
func (f File) Change(name, password string) error {
	return f.write(name, password, func(found bool) error {
		if !found {
			return fmt.Errorf("%w: %q", ErrUnknownUser, name)
		}
		return nil
	})
}

// Set is Add or Change, whichever it takes.
func (f File) Set(name, password string) error {
	return f.write(name, password, func(bool) error { return nil })
}

// Remove takes a user out. A name that is not there is ErrUnknownUser.
func (f File) Remove(name string) error {
	return f.edit(func(lines []string) ([]string, error) {
		kept := lines[:0]
		for _, line := range lines {
			if !isFor(line, name) {
				kept = append(kept, line)
			}
		}
		if len(kept) == len(lines) {
			return nil, fmt.Errorf("%w: %q", ErrUnknownUser, name)
		}
		return kept, nil
	})
}

// Names returns the users in the order of the file.
func (f File) Names() ([]string, error) {
	lines, err := f.read()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, line := range lines {
		if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			names = append(names, name)
		}
	}
	return names, nil
}

func isFor(line, name string) bool {
	n, _, ok := strings.Cut(line, ":")
	return ok && n == name && !strings.HasPrefix(line, "#")
}

func (f File) write(name, password string, may func(found bool) error) error {
	if name == "" || name[0] == '#' || strings.ContainsFunc(name, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	scheme := f.Scheme
	if scheme == nil {
		scheme = Argon2id{}
	}
	hash, err := scheme.Hash(password)
	if err != nil {
		return err
	}
	return f.edit(func(lines []string) ([]string, error) {
		found := false
		for i, line := range lines {
			if isFor(line, name) {
				found = true
				lines[i] = name + ":" + hash + rest(line)
			}
		}
		if err := may(found); err != nil {
			return nil, err
		}
		if !found {
			lines = append(lines, name+":"+hash)
		}
		return lines, nil
	})
}

// rest returns what follows the hash of a line, with its colon.
func rest(line string) string {
	if f := strings.SplitN(line, ":", 3); len(f) == 3 {
		return ":" + f[2]
	}
	return ""
}

// lockTries and lockPause bound the wait for another editor.
const (
	lockTries = 100
	lockPause = 50 * time.Millisecond
)

// target returns f with its Path free of symbolic links, so that all who name the file one way or another exclude each other, and a link stays one.
func (f File) target() (File, error) {
	path, err := filepath.EvalSymlinks(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Lstat(f.Path); err == nil && info.Mode()&fs.ModeSymlink != 0 { // no file that has been made meanwhile
			return f, fmt.Errorf("password: %s is a link to nothing: make the file that it names, or remove it", f.Path)
		}
		path, err = filepath.EvalSymlinks(filepath.Dir(f.Path))
		path = filepath.Join(path, filepath.Base(f.Path))
	}
	if err != nil {
		return f, fmt.Errorf("password: %w", err)
	}
	f.Path = path
	return f, nil
}

func (f File) edit(change func(lines []string) ([]string, error)) (err error) {
	if f, err = f.target(); err != nil {
		return err
	}
	unlock, err := f.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	lines, err := f.read()
	if err != nil {
		return err
	}
	if lines, err = change(lines); err != nil {
		return err
	}
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	if b.Len() > MaxFile {
		return fmt.Errorf("password: %s would be longer than %d bytes", f.Path, MaxFile)
	}
	if err := replace(f.Path, b.Bytes()); err != nil {
		return fmt.Errorf("password: %w", err)
	}
	return nil
}

func (f File) lock() (unlock func() error, err error) {
	l := lockfile.New(f.Path + ".lock")
	for range lockTries {
		ok, err := l.Lock()
		if err != nil {
			return nil, fmt.Errorf("password: lock of %s: %w", f.Path, err)
		}
		if ok {
			return l.Unlock, nil
		}
		time.Sleep(lockPause)
	}
	return nil, fmt.Errorf("password: %s is being edited by somebody else: see %s", f.Path, l.Name())
}

// read returns the lines without their ends.
func (f File) read() ([]string, error) {
	file, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("password: %s is longer than %d bytes", f.Path, MaxFile)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines, nil
}

// replace writes a new file beside path, with the mode and owner of the old one, on the disk, and renames it.
func replace(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // the first error is the one to tell
			_ = os.Remove(tmp.Name())
		}
	}()
	if old, err := os.Stat(path); err == nil {
		if err := tmp.Chmod(keepOwner(tmp, old)); err != nil {
			return err
		}
	}
	if _, err := tmp.Write(data); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := atomicfile.Rename(tmp.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil // the file is in place; a system that can't open folders needs no sync of them
	}
	defer dir.Close()
	_ = dir.Sync() // as far as the system can
	return nil
}
