// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// ErrNotOwner is returned by [Lock.Unlock] when another process has the lock.
var ErrNotOwner = errors.New("lock belongs to another process")

// maxAttempts bounds how often one call of Lock tries again because others took, broke or released the lock meanwhile.
const maxAttempts = 100

// A Lock is a lock file of a given name. Twisted: FilesystemLock.
type Lock struct {
	name string

	mu     sync.Mutex
	locked bool // guarded by mu, as clean and giver
	clean  bool
	giver  int // the process that is to pass the lock on to this one, or 0
}

// New returns the lock with the given file name, without touching the file.
func New(name string) *Lock { return &Lock{name: name} }

// Name returns the file's name.
func (l *Lock) Name() string { return l.name }

// Locked reports whether l was taken by Lock and not given up since.
func (l *Lock) Locked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked
}

// Clean reports whether the last successful Lock found the lock free: false means that it broke the lock of a process that had died, which may have left things
// half done.
func (l *Lock) Clean() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clean
}

// Lock takes the lock if it is free or its holder has died. It doesn't wait: false and nil mean that a live process holds it, possibly this one.
func (l *Lock) Lock() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clean := true
	var err error
	for range maxAttempts {
		err = create(l.name, strconv.Itoa(os.Getpid()))
		if err == nil {
			l.locked, l.clean, l.giver = true, clean, 0
			return true, nil
		}
		if busy(err) {
			continue
		}
		if !errors.Is(err, fs.ErrExist) {
			return false, fmt.Errorf("lockfile: take %q: %w", l.name, err)
		}
		var pid int
		pid, err = owner(l.name)
		if errors.Is(err, fs.ErrNotExist) || busy(err) {
			continue // released meanwhile
		}
		if err != nil {
			return false, err
		}
		if sys.Alive(pid) {
			return false, nil
		}
		var broken bool
		broken, err = breakStale(l.name)
		if busy(err) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("lockfile: break %q: %w", l.name, err)
		}
		if !broken {
			return false, nil
		}
		clean = false
	}
	if busy(err) {
		return false, fmt.Errorf("lockfile: take %q: %w", l.name, err)
	}
	return false, nil
}

// Unlock gives the lock up. It returns [ErrNotOwner] if another process has it, except for the one of Expect, and an error matching fs.ErrNotExist if nobody has.
func (l *Lock) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.giver != 0 {
		defer excludeSoon(l.name)()
	}
	pid, err := owner(l.name)
	if err != nil {
		return err
	}
	if pid != os.Getpid() && pid != l.giver {
		return fmt.Errorf("lockfile: give up %q: %w", l.name, ErrNotOwner)
	}
	if err := remove(l.name); err != nil {
		return fmt.Errorf("lockfile: give up %q: %w", l.name, err)
	}
	l.locked, l.giver = false, 0
	return nil
}

// IsLocked reports whether a live process, this one included, has the lock of that name. It breaks the lock of a dead one. Safe from any goroutine.
func IsLocked(name string) (bool, error) {
	l := New(name)
	ok, err := l.Lock()
	if err != nil {
		return false, err
	}
	if !ok {
		return true, nil
	}
	return false, l.Unlock()
}

// owner returns the process number in the lock file.
func owner(name string) (int, error) {
	text, err := read(name)
	if err != nil {
		return 0, fmt.Errorf("lockfile: read %q: %w", name, err)
	}
	pid, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil || pid == 0 {
		return 0, fmt.Errorf("lockfile: read %q: no process number: %q", name, text)
	}
	return int(pid), nil
}

// breakStale removes the lock file if its holder is still dead when no other process is breaking it. Without that, one that read the dead number a moment ago could
// remove the lock of one that has just taken it over.
func breakStale(name string) (bool, error) {
	release, ok := exclude(name)
	if !ok {
		return false, nil
	}
	defer release()
	pid, err := owner(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case sys.Alive(pid):
		return false, nil
	}
	if err := remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, nil
}
