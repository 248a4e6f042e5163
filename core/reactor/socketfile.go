// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/lockfile"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultSocketMode is the default permission of a UNIX socket's file.
const DefaultSocketMode fs.FileMode = 0o666

var errLocked = errors.New("a live process has the lock")

// UNIXListenOptions tell how a port listens on a UNIX socket. The zero value is ready to use.
type UNIXListenOptions struct {
	// Backlog, Loops and MaxConnections are as in ListenOptions.
	Backlog, Loops, MaxConnections int
	// Mode is the permission of the socket's file. 0 means DefaultSocketMode. It is set before anybody can connect. Windows has no such modes:
	// there the access list of the folder tells who may.
	Mode fs.FileMode
	// LockFile keeps a lock PATH.lock, a symbolic link to the process number, while the port listens. It tells the socket of a process that has died,
	// which is then replaced, from one in use. Without it an existing file is an error.
	LockFile bool
}

// ListenUNIX listens on a UNIX socket. A path that begins with a NUL byte is a name in Linux's abstract namespace, without file, mode and lock. The
// socket's file and the lock are removed when the port stops. Errors are *protocol.CannotListenError. Twisted: listenUNIX. Loop only.
func (l *Loop) ListenUNIX(path string, f protocol.Factory, opt UNIXListenOptions) (*Port, error) {
	p := &Port{
		loop: l, factory: f, where: protocol.UNIXAddr(path).String(),
		opt: ListenOptions{Backlog: opt.Backlog, Loops: opt.Loops, MaxConnections: opt.MaxConnections},
		cfg: poll.ListenConfig{Network: "unix", Address: path, Mode: socketMode(opt.Mode)},
	}
	if path == "" {
		return nil, cannotListen(path, errors.New("no path"))
	}
	p.file = newSocketFile(path, opt.LockFile)
	return p.listen("reactor: ListenUNIX")
}

// A socketFile looks after the file and the lock of a UNIX socket. nil is that of a socket without a file.
type socketFile struct {
	path string
	lock *lockfile.Lock // or nil
	mine fs.FileInfo    // the file as it was made
	lent *Inherited     // where the socket comes from; nil if it was made here
}

func newSocketFile(path string, lock bool) *socketFile {
	if path == "" || path[0] == 0 {
		return nil
	}
	s := &socketFile{path: path}
	if lock {
		s.lock = lockfile.New(path + ".lock")
	}
	return s
}

func socketMode(mode fs.FileMode) fs.FileMode {
	if mode == 0 {
		return DefaultSocketMode
	}
	return mode
}

// claim takes the lock and removes the socket of its dead owner.
func (s *socketFile) claim() error {
	if s.lent = nil; s.lock == nil {
		return nil
	}
	locked, err := s.lock.Lock()
	if err == nil && !locked {
		err = errLocked
	}
	if err != nil {
		return fmt.Errorf("lock %q: %w", s.lock.Name(), err)
	}
	info, err := os.Lstat(s.path)
	if err == nil && info.Mode().Type() == fs.ModeSocket && (!s.lock.Clean() || deserted(s.path)) {
		err = os.Remove(s.path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.unlock()
		return err
	}
	return nil
}

// deserted reports whether nobody listens on the socket. A client that checked the lock of a dead server has removed it, so that the lock alone does not
// always tell.
func deserted(path string) bool {
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// bound takes note of the file that was made.
func (s *socketFile) bound() (err error) {
	s.mine, err = os.Lstat(s.path)
	return err
}

// inherited takes note of the file of an inherited socket. Its lock comes with the predecessor's farewell, or by settle.
func (s *socketFile) inherited(from *Inherited) {
	s.lent = from
	_ = s.bound() // a file that somebody has removed need not be removed
	if s.lock != nil {
		s.lock.Expect(os.Getppid()) // the predecessor; settle takes a lock that nobody has
	}
}

// settle takes the lock if nobody has it: the predecessor had none, or has died.
func (s *socketFile) settle() error {
	if s.lock == nil {
		return nil
	}
	_, err := s.lock.Lock()
	return err
}

// pass leaves the lock to another process. One that has ended already has given it up.
func (s *socketFile) pass(pid int) error {
	if s.lock == nil {
		return nil
	}
	if err := s.lock.Pass(pid); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// remove removes the file, if it is still the one that was made, and gives the lock back. As long as a predecessor serves they are not ours.
func (s *socketFile) remove() {
	if s.lent.pending() {
		return
	}
	if info, err := os.Lstat(s.path); err == nil && os.SameFile(info, s.mine) {
		os.Remove(s.path)
	}
	s.unlock()
}

func (s *socketFile) unlock() {
	if s.lock != nil {
		_ = s.lock.Unlock() // a lock that somebody removed is as good as given back
	}
}

// alive reports whether the socket's lock has a live owner.
func alive(path string) (bool, error) { return lockfile.IsLocked(path + ".lock") }
