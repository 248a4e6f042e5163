// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// A panic in a callback is the reactor's business, which logs it and goes on. What ends the process is reported here: a panic out of the reactor, with exit status 70, and
// one on any other goroutine, which the runtime ends with status 2. In the foreground the stack goes to standard error, that of a daemon to NAME-CRASH.log in its
// folder. Twisted: TWISTD-CRASH.log.

// recovered makes an error of a panic on the main goroutine.
func (p *program) recovered(err *error) {
	v := recover()
	if v == nil {
		return
	}
	report := fmt.Sprintf("panic: %v\n\n%s", v, debug.Stack())
	if p.crashes != nil {
		fmt.Fprintln(p.crashes, report)
	} else {
		fmt.Fprintln(p.stdio.Err, report)
	}
	if p.log != nil {
		p.log.Error("the program crashed", "panic", v, "stack", string(debug.Stack()))
	}
	*err = &ExitError{Code: ExitSoftware, Err: fmt.Errorf("the program crashed: %v", v)}
}

// watchCrashes opens the file for a daemon's crash, which is removed at the end if nothing is in it.
func (p *program) watchCrashes() error {
	folder, err := p.absolute(p.options.folder())
	if err != nil {
		return err
	}
	name := p.app.Name + "-CRASH.log"
	key := crashesKey(filepath.Join(folder, name))
	fd, inherited := p.from.File(key)
	if p.origin.Root != "" {
		folder = "." // --rundir, where the process is
	}
	dir, err := os.OpenRoot(folder)
	if err != nil && !inherited {
		return fmt.Errorf("the folder for crashes: %w", err)
	}
	var f *os.File
	if inherited {
		f = os.NewFile(uintptr(fd), name)
	} else if f, err = dir.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		dir.Close()
		return fmt.Errorf("the file for crashes: %w", err)
	}
	p.crashes, p.passedOn[key] = f, int(f.Fd())
	p.atEnd(func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{}) // nil cannot fail
		if info, err := f.Stat(); err == nil && info.Size() == 0 && dir != nil && !p.handedOver.Load() && (p.from == nil || p.tookOver) {
			_ = dir.Remove(name) // an empty file does no harm
		}
		f.Close()
		if dir != nil {
			dir.Close()
		}
	})
	return debug.SetCrashOutput(f, debug.CrashOptions{})
}
