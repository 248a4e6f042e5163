// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/torsion-go/torsion/core/handover"
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
	user  *user.User // nil if it does not change, or is none that the system knows
	pid   *pidFile   // nil for none
	stale int        // the process that a pid file named which is gone
	gone  bool       // rights were given up, here or by a predecessor
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
func (p *processOptions) check(s *session) (err error) {
	if p.id, err = privilege.Lookup(p.uid, p.gid); err != nil && !s.origin.Shed {
		option := "--uid"
		if p.uid == "" {
			option = "--gid"
		}
		return usage.Errorf(option, "%w", err)
	}
	if p.uid != "" && err == nil {
		p.user, _ = user.LookupId(strconv.Itoa(p.id.UID)) // it may have no name
	}
	if p.euid && p.id.IsZero() {
		return usage.Errorf("--euid", "needs --uid or --gid")
	}
	if p.gone = s.origin.Shed; p.gone {
		p.id = privilege.Identity{UID: -1, GID: -1}
	}
	if p.daemon && p.umask < 0 {
		p.umask = daemonUmask
	}
	for _, path := range []*string{&p.pidfile, &p.chroot} {
		if *path == "" {
			continue
		}
		if *path, err = s.absolute(*path); err != nil {
			return err
		}
	}
	return nil
}

// enter sets the umask and takes the pid file, until leave.
func (p *processOptions) enter(from *handover.Inheritance) (leave func(), err error) {
	if p.umask >= 0 {
		syscall.Umask(int(p.umask))
	}
	if p.pidfile == "" {
		return func() {}, nil
	}
	if fd, ok := from.File(pidFileKey(p.pidfile)); ok {
		p.pid = inheritPidFile(p.pidfile, fd)
	} else if p.pid, p.stale, err = takePidFile(p.pidfile); err != nil {
		return nil, &ExitError{Code: ExitConfig, Err: fmt.Errorf("--pidfile: %w", err)}
	}
	return p.pid.release, nil
}

// descriptors adds what a successor gets.
func (p *processOptions) descriptors(to map[string]int) {
	if p.pid != nil {
		to[pidFileKey(p.pidfile)] = int(p.pid.file.Fd())
	}
}

// passOn says that the process pid has the pid file now.
func (p *processOptions) passOn(pid int) error {
	if p.pid == nil {
		return nil
	}
	return p.pid.passOn(pid)
}

// keep says that this process has taken over from its predecessor.
func (p *processOptions) keep() {
	if p.pid != nil {
		p.pid.lent = false
	}
}

// createLog makes a new file for the log that of the user who will have to open it again.
func (p *processOptions) createLog(path string) {
	if p.id.IsZero() {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // never a file, or what a link leads to, that somebody else has made
	if err != nil {
		return // opening the log says what is wrong
	}
	_ = f.Chown(p.id.UID, p.id.GID) // as without root: the log is opened all the same
	f.Close()
}

// changeRoot changes the root and the folder. With a new root the folder is within it.
func (p *processOptions) changeRoot(rundir string, o origin) error {
	if o.Root != "" {
		return nil // the process is there
	}
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
	if p.user != nil { // what the process and its children read by these names is not root's any more
		for name, value := range map[string]string{"HOME": p.user.HomeDir, "USER": p.user.Username, "LOGNAME": p.user.Username} {
			if err := os.Setenv(name, value); err != nil {
				return fmt.Errorf("$%s: %w", name, err)
			}
		}
	}
	p.gone = true
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
