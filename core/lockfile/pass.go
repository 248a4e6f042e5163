// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// Pass gives the lock, which this process has, to another one, without a moment in which it is free: the other one is its owner then, and gives it up with
// Unlock. It returns [ErrNotOwner] if another process has the lock.
func (l *Lock) Pass(pid int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
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
		err = os.Rename(temp, name)
	}
	if err != nil {
		os.Remove(temp)
	}
	return err
}
