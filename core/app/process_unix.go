// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/torsion-go/torsion/core/privilege"
	"github.com/torsion-go/torsion/core/usage"
)

// processOptions say what becomes of the process. Twisted: twistd's ServerOptions.
type processOptions struct {
	daemon   bool
	pidfile  string
	chroot   string
	umask    umaskValue
	uid, gid string
	euid     bool

	id    privilege.Identity
	stale int // the process that a pid file named which is gone
}

// daemonUmask is a daemon's if none is given.
const daemonUmask = 0o077

func (p *processOptions) declare(o *usage.Options, name string) {
	p.umask = -1
	o.Flag(&p.daemon, "daemon", "", "run in the background; the command ends when the service has started")
	pidfile := o.String(&p.pidfile, "pidfile", "", "write the process number to a file, which no two can have at a time; \"\" for none")
	pidfile.Default, pidfile.Complete = "none, of a daemon "+name+".pid", usage.Files
	o.Check(func() error {
		if p.daemon && !pidfile.Given() {
			p.pidfile = name + ".pid"
		}
		return nil
	})
	o.String(&p.chroot, "chroot", "", "make a folder the root before the service starts").Complete = usage.Folders
	opt := o.Var(&p.umask, "umask", "", "file mode creation mask, octal")
	opt.Metavar, opt.Default = "MODE", "as it is, of a daemon 077"
	o.String(&p.uid, "uid", "u", "the user to run as, by name or number, once ports are open").Complete = usage.Users
	opt = o.String(&p.gid, "gid", "g", "the group to run as, by name or number")
	opt.Complete, opt.Default = usage.Groups, "the user's"
	o.Flag(&p.euid, "euid", "", "change only the effective user and group, which keeps a way back")
}

// check looks names up and makes paths absolute, while that can be done.
func (p *processOptions) check(name string) (err error) {
	if p.id, err = privilege.Lookup(p.uid, p.gid); err != nil {
		option := "--uid"
		if p.uid == "" {
			option = "--gid"
		}
		return usage.Errorf(option, "%w", err)
	}
	if p.euid && p.id.IsZero() {
		return usage.Errorf("--euid", "needs --uid or --gid")
	}
	if p.daemon && p.umask < 0 {
		p.umask = daemonUmask
	}
	for _, path := range []*string{&p.pidfile, &p.chroot} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("the folder that the program was started in: %w", err)
		}
	}
	return nil
}

// enter sets the umask and takes the pid file, until leave.
func (p *processOptions) enter() (leave func(), err error) {
	if p.umask >= 0 {
		syscall.Umask(int(p.umask))
	}
	if p.pidfile == "" {
		return func() {}, nil
	}
	f, stale, err := takePidFile(p.pidfile)
	if err != nil {
		return nil, &ExitError{Code: ExitConfig, Err: fmt.Errorf("--pidfile: %w", err)}
	}
	p.stale = stale
	return f.release, nil
}

// changeRoot changes the root and the folder. With a new root the folder is within it.
func (p *processOptions) changeRoot(rundir string) error {
	if p.chroot != "" {
		if err := syscall.Chroot(p.chroot); err != nil {
			return fmt.Errorf("--chroot: %w", &os.PathError{Op: "chroot", Path: p.chroot, Err: err})
		}
		rundir = filepath.Join("/", rundir)
	}
	if rundir == "" {
		return nil
	}
	if err := os.Chdir(rundir); err != nil {
		return fmt.Errorf("--rundir: %w", err)
	}
	return nil
}

// shed gives the rights up. What brings them back, if that is wanted, is given to atEnd.
func (p *processOptions) shed(log *slog.Logger, atEnd func(func())) error {
	if p.id.IsZero() {
		return nil
	}
	if p.id.UID == os.Geteuid() {
		log.Warn("the user does not change", "uid", p.id.UID)
	}
	if !p.euid {
		if err := p.id.Switch(); err != nil {
			return fmt.Errorf("--uid, --gid: %w", err)
		}
	} else {
		restore, err := p.id.SwitchEffective()
		if err != nil {
			return fmt.Errorf("--euid: %w", err)
		}
		atEnd(func() {
			if err := restore(); err != nil {
				log.Error("cannot become the former user again", "error", err)
			}
		})
	}
	log.Info("gave rights up", "uid", os.Getuid(), "euid", os.Geteuid(), "gid", os.Getgid(), "egid", os.Getegid())
	return nil
}

// A umaskValue is a mask, or negative.
type umaskValue int

func (v *umaskValue) Set(s string) error {
	n, err := strconv.ParseUint(s, 8, 16)
	if err != nil || n > 0o777 {
		return fmt.Errorf("%q is no octal number between 0 and 777", s)
	}
	*v = umaskValue(n)
	return nil
}

func (v *umaskValue) String() string { return fmt.Sprintf("%03o", int(*v)) }
