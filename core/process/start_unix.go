// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A child is one that was started, as the system knows it.
type child struct {
	pid     int
	pipes   []pipe
	master  int           // of its terminal; -1 without one
	exit    exitWatch     // tells when it has exited
	left    bool          // to await
	release chan struct{} // closed when the thread that started it may end; nil without one that waits
}

// A pipe is this process's end of one of the child's descriptors.
type pipe struct {
	number int // the child's
	fd     int // this process's, non-blocking; -1 when it was handed on
	write  bool
}

// plan is what is open while a child is being started.
type plan struct {
	files []uintptr // by the child's number
	own   []int     // the child's ends, to be closed in this process
	pipes []pipe
}

func (p *plan) set(number int, fd int) {
	for len(p.files) <= number {
		p.files = append(p.files, ^uintptr(0))
	}
	p.files[number] = uintptr(fd)
}

func (p *plan) closeOwn() {
	for _, fd := range p.own {
		unix.Close(fd)
	}
}

// start starts a child and blocks while it does. Nothing is left open after an error.
func start(c *Config) (ch *child, err error) {
	path := c.Path
	fail := func(op string, err error) (*child, error) { return nil, &StartError{Op: op, Path: path, Err: err} }
	if c.Dir != "" {
		if st, err := os.Stat(c.Dir); err != nil {
			return nil, &StartError{Op: "dir", Path: c.Dir, Err: err}
		} else if !st.IsDir() {
			return nil, &StartError{Op: "dir", Path: c.Dir, Err: syscall.ENOTDIR}
		}
	}
	if !strings.Contains(path, "/") {
		if path, err = exec.LookPath(c.Path); err != nil {
			path = c.Path
			return fail("find", err)
		}
	}
	if err := c.supported(); err != nil {
		return nil, err
	}
	made, p := &child{master: -1}, &plan{}
	defer func() {
		p.closeOwn()
		if err != nil {
			made.closeAll(p.pipes)
		}
	}()
	if c.PTY != nil {
		if made.master, err = p.terminal(c.PTY); err != nil {
			return fail("pty", err)
		}
	} else if err = p.descriptors(c); err != nil {
		return fail("descriptor", err)
	}
	made.pipes = p.pipes
	env := c.Env
	if env == nil {
		env = os.Environ()
	}
	attr := &syscall.ProcAttr{Dir: c.Dir, Env: env, Files: p.files, Sys: &syscall.SysProcAttr{}}
	c.attributes(attr.Sys)
	seal()
	if err = made.fork(c, path, attr); err != nil {
		var already *StartError
		if errors.As(err, &already) {
			return nil, err
		}
		if c.User != nil && errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
			return fail("user", err)
		}
		return fail("exec", err)
	}
	return made, nil
}

// attributes are what all systems have.
func (c *Config) attributes(s *syscall.SysProcAttr) {
	session := c.Session || c.PTY != nil
	s.Setsid, s.Setpgid = session, c.ProcessGroup && !session
	if c.PTY != nil {
		s.Setctty, s.Ctty = true, 0
	}
	if u := c.User; u != nil {
		s.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
	}
}

// descriptors opens what the child is to have.
func (p *plan) descriptors(c *Config) error {
	for number, d := range c.Descriptors {
		var err error
		switch d.mode {
		case 'f':
			err = p.inherit(number, d.file)
		default:
			err = p.pipe(number, d.mode == 'w')
		}
		if err != nil {
			return fmt.Errorf("%d: %w", number, err)
		}
	}
	for number := range 3 {
		if _, ok := c.Descriptors[number]; !ok {
			fd, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
			if err != nil {
				return fmt.Errorf("%s: %w", os.DevNull, err)
			}
			p.own = append(p.own, fd)
			p.set(number, fd)
		}
	}
	return nil
}

func (p *plan) inherit(number int, f *os.File) error {
	fd, err := duplicate(f)
	if err != nil {
		return err
	}
	p.own = append(p.own, fd)
	p.set(number, fd)
	return unix.SetNonblock(fd, false)
}

func (p *plan) pipe(number int, write bool) error {
	var ends [2]int
	if err := makePipe(ends[:]); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	own, theirs := ends[0], ends[1]
	if write {
		own, theirs = theirs, own
	}
	p.own = append(p.own, theirs)
	p.pipes = append(p.pipes, pipe{number: number, fd: own, write: write})
	p.set(number, theirs)
	return unix.SetNonblock(own, true)
}

// terminal opens a terminal, or takes the one that exists. It returns the master.
func (p *plan) terminal(t *PTY) (master int, err error) {
	slave := -1
	if t.Master != nil {
		if master, err = duplicate(t.Master); err != nil {
			return -1, err
		}
		slave, err = duplicate(t.Slave)
	} else {
		master, slave, err = openPTY()
	}
	if err != nil {
		if master >= 0 {
			unix.Close(master)
		}
		return -1, err
	}
	p.own = append(p.own, slave)
	for number := range 3 {
		p.set(number, slave)
	}
	if t.Master == nil || t.Rows != 0 || t.Cols != 0 {
		rows, cols := t.Rows, t.Cols
		if rows == 0 {
			rows = 24
		}
		if cols == 0 {
			cols = 80
		}
		err = unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols})
	}
	if err == nil {
		err = unix.SetNonblock(master, true)
	}
	if err != nil {
		unix.Close(master)
		return -1, err
	}
	return master, nil
}

func duplicate(f *os.File) (fd int, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd = -1
	if e := conn.Control(func(file uintptr) { fd, err = unix.FcntlInt(file, unix.F_DUPFD_CLOEXEC, 3) }); e != nil {
		return -1, e
	}
	return fd, err
}

func (ch *child) closeAll(pipes []pipe) {
	for _, p := range pipes {
		if p.fd >= 0 {
			unix.Close(p.fd)
		}
	}
	if ch.master >= 0 {
		unix.Close(ch.master)
		ch.master = -1
	}
}
