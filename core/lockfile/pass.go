// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// Pass gives the lock, which this process has, to another one, without a moment in which it is free: the other one is its owner then, and gives it up with
// Unlock. It returns [ErrNotOwner] if another process has the lock, and an error matching fs.ErrNotExist if nobody has: the other one has expected it, and given it up already.
func (l *Lock) Pass(pid int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer excludeSoon(l.name)()
	holder, err := owner(l.name)
	if err == nil && holder != os.Getpid() {
		err = ErrNotOwner
	}
	if err == nil {
		err = replace(l.name, strconv.Itoa(pid))
	}
	if err != nil {
		return fmt.Errorf("lockfile: pass %q on: %w", l.name, err)
	}
	l.locked = false
	return nil
}

// Expect notes that the process pid, if it has the lock, is about to pass it on to this one. Unlock gives it up even before that: a process that ends right after it was
// given a lock would leave it behind otherwise.
func (l *Lock) Expect(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giver = pid
}

// excludeSoon is exclude that waits a little for the other processes, which take no time. Without it a lock could be passed on to a process that gives it up at the same moment.
func excludeSoon(name string) (release func()) {
	for range maxAttempts {
		if release, ok := exclude(name); ok {
			return release
		}
		time.Sleep(100 * time.Microsecond)
	}
	return func() {}
}

// replace gives the lock file, which is there, another content, in the form that it has, atomically.
func replace(name, text string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	temp := fmt.Sprintf("%s.%016x.newlink", name, rand.Uint64())
	if info.IsDir() {
		name = filepath.Join(name, inner)
		err = os.WriteFile(temp, []byte(text), 0o666)
	} else {
		err = os.Symlink(text, temp)
	}
	if err == nil {
		err = atomicfile.Rename(temp, name)
	}
	if err != nil {
		os.Remove(temp)
	}
	return err
}
