// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// A pidFile holds the number of the process that owns it. The process has it locked while it lives, so that a number which was given to another process since does not keep
// the file taken; a file that an unlocking program wrote is taken while its process lives. Its folder is kept open, since a chroot may hide it.
//
// A successor has the same open file, and so the same lock.
type pidFile struct {
	dir    *os.Root // nil if a successor cannot open it
	name   string
	file   *os.File
	passed bool // on to a successor; written before the program's end waits for that
	lent   bool // by the predecessor, which goes on if this process fails
}

// inheritPidFile returns the file of a predecessor, which writes the number when this process takes over.
func inheritPidFile(path string, fd int) *pidFile {
	f := &pidFile{name: filepath.Base(path), file: os.NewFile(uintptr(fd), path), lent: true}
	if dir, err := os.OpenRoot(filepath.Dir(path)); err == nil {
		f.dir = dir
	}
	return f
}

// takePidFile makes the file this process's. stale is the number that it had of a process that is gone, or 0.
func takePidFile(path string) (f *pidFile, stale int, err error) {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, 0, err
	}
	f = &pidFile{dir: dir, name: filepath.Base(path)}
	for {
		again := false
		if stale, again, err = f.try(path); !again {
			break
		}
	}
	if err != nil {
		f.close()
		return nil, 0, err
	}
	return f, stale, nil
}

// try opens and locks the file. again means that its owner removed it meanwhile.
func (f *pidFile) try(path string) (stale int, again bool, err error) {
	if f.file, err = f.dir.OpenFile(f.name, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o644); err != nil {
		return 0, false, err
	}
	if err := syscall.Flock(int(f.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if err != syscall.EWOULDBLOCK {
			return 0, false, &os.PathError{Op: "flock", Path: path, Err: err}
		}
		pid, err := f.read()
		if err != nil || pid == 0 {
			return 0, false, fmt.Errorf("%s: another process is starting with it", path)
		}
		return 0, false, running(path, pid)
	}
	mine, err := f.file.Stat()
	if err != nil {
		return 0, false, err
	}
	there, err := f.dir.Lstat(f.name)
	if err == nil && there.Mode()&os.ModeSymlink != 0 { // which would never be the file that it leads to
		return 0, false, fmt.Errorf("%s is a symbolic link", path)
	}
	if err != nil || !os.SameFile(mine, there) {
		f.file.Close()
		return 0, true, nil
	}
	if !mine.Mode().IsRegular() {
		return 0, false, fmt.Errorf("%s is no file", path)
	}
	pid, err := f.read()
	if err != nil {
		return 0, false, fmt.Errorf("%s: %w: is it another program's file?", path, err)
	}
	if pid != 0 && pid != os.Getpid() {
		if sys.Alive(pid) {
			return 0, false, running(path, pid)
		}
		stale = pid
	}
	return stale, false, f.write(os.Getpid())
}

// write puts a number into the file. A reader sees the former one or this one, perhaps with a line break too many.
func (f *pidFile) write(pid int) error {
	text := strconv.Itoa(pid) + "\n"
	if _, err := f.file.WriteAt([]byte(text), 0); err != nil {
		return err
	}
	return f.file.Truncate(int64(len(text)))
}

// passOn makes the file that of another process with the same descriptor.
func (f *pidFile) passOn(pid int) error {
	f.passed = pid != os.Getpid()
	return f.write(pid)
}

func running(path string, pid int) error {
	return fmt.Errorf("%s: process %d runs already: stop it, or name another file", path, pid)
}

// read returns the number in the file, or 0 for an empty one.
func (f *pidFile) read() (int, error) {
	text, err := io.ReadAll(io.NewSectionReader(f.file, 0, 64))
	if err != nil {
		return 0, err
	}
	s := strings.TrimSpace(string(text))
	if s == "" {
		return 0, nil
	}
	pid, err := strconv.ParseUint(s, 10, 31)
	if err != nil || pid == 0 {
		return 0, fmt.Errorf("%q is no process number", s)
	}
	return int(pid), nil
}

// release removes the file, or empties it where the process has no more right to remove it.
func (f *pidFile) release() {
	defer f.close()
	if f.lent || f.passed && !f.unlocked() {
		return // it is the predecessor's, or the successor's
	}
	if f.dir == nil {
		_ = f.file.Truncate(0)
		return
	}
	if err := f.dir.Remove(f.name); err != nil {
		_ = f.file.Truncate(0) // nothing more can be done, and the lock goes
	}
}

// unlocked reports whether nobody but this process has the lock, which it has again then: the successor has gone, or has been told to use another file.
func (f *pidFile) unlocked() bool {
	if f.dir == nil {
		return false
	}
	again, err := f.dir.OpenFile(f.name, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	f.file.Close() // else the lock would be this process's own
	f.file = again
	return syscall.Flock(int(again.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

func (f *pidFile) close() {
	if f.file != nil {
		f.file.Close()
	}
	if f.dir != nil {
		f.dir.Close()
	}
}
