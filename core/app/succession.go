// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/handover"
)

// A successor is the program started once more, by package handover, with the same arguments. It does not do again what its predecessor has done to the process for good: go into the
// background, change the root, give rights up. It gets the pid file, which stays locked, the file for crashes and the socket of --debug as descriptors, so that it needs no right to open them.

// envOrigin tells a successor what it cannot find out any more.
const envOrigin = "TORSION_ORIGIN"

// An origin is what the first process of a chain was started with.
type origin struct {
	Folder string `json:"folder"`         // where relative names begin
	Root   string `json:"root,omitempty"` // of --chroot: the process is in it
	Shed   bool   `json:"shed,omitempty"` // rights were given up
}

// inheritanceTaken says that a program of this process has the inheritance, of which there is one.
var inheritanceTaken atomic.Bool

// inherit takes what there is from a predecessor, before anything is opened.
func (s *session) inherit() (err error) {
	if s.origin.Folder, err = os.Getwd(); err != nil {
		s.origin.Folder = "" // it is needed for relative names only
	}
	text, ok := os.LookupEnv(envOrigin)
	if err := os.Unsetenv(envOrigin); err != nil {
		return err
	}
	if s.app.Succeed != nil || s.app.DisableSucceed || inheritanceTaken.Swap(true) {
		return nil
	}
	if s.from, err = handover.Inherited(); err != nil || s.from == nil || !ok {
		return err
	}
	if err := json.Unmarshal([]byte(text), &s.origin); err != nil {
		return fmt.Errorf("$%s: %w", envOrigin, err)
	}
	if s.origin.Root == "" && s.origin.Folder != "" {
		if err := os.Chdir(s.origin.Folder); err != nil {
			return fmt.Errorf("the folder that the program was started in: %w", err)
		}
	}
	return nil
}

// absolute makes a name of the command line absolute.
func (s *session) absolute(path string) (string, error) {
	if s.origin.Folder != "" && !filepath.IsAbs(path) {
		path = filepath.Join(s.origin.Folder, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("the folder that the program was started in: %w", err)
	}
	return path, nil
}

// seen returns the name that an absolute one has for a successor within the new root.
func (s *session) seen(path string) (string, error) {
	if s.origin.Root == "" {
		return path, nil
	}
	inside, err := filepath.Rel(s.origin.Root, path)
	if err != nil || inside == ".." || strings.HasPrefix(inside, "../") {
		return "", fmt.Errorf("%s is outside of the new root %s, where a successor cannot open it", path, s.origin.Root)
	}
	return filepath.Join("/", inside), nil
}

// The names of the descriptors that a successor gets.
func pidFileKey(path string) string  { return "pidfile:" + path }
func crashesKey(path string) string  { return "crashes:" + path }
func debugKey(address string) string { return "debug:" + address }

// prepareSuccession makes the Upgrader, before the folder changes. What keeps it from being one is told when a successor is asked for.
func (p *program) prepareSuccession() {
	if p.app.Succeed != nil || p.app.DisableSucceed {
		return
	}
	cfg := handover.Config{Timeout: p.options.successorTimeout, Files: p.passedOn, Committed: p.committed}
	if p.upgrader, p.noUpgrader = handover.New(p.reactor, cfg); p.noUpgrader == nil {
		return
	}
	if exe, err := os.Executable(); err == nil { // the first argument is what somebody made up
		cfg.Program = exe
		p.upgrader, p.noUpgrader = handover.New(p.reactor, cfg)
	}
}

// startSuccessor is the Succeed that a program has if it brings none. Loop only.
func (p *program) startSuccessor() *deferred.Deferred[struct{}] {
	if p.app.Succeed != nil {
		return p.app.Succeed(p.env)
	}
	if p.noUpgrader != nil {
		return deferred.FailOn[struct{}](p.reactor, p.noUpgrader)
	}
	o := origin{Folder: p.origin.Folder, Root: p.options.process.chroot, Shed: p.options.process.gone}
	text, err := json.Marshal(o)
	if err != nil {
		return deferred.FailOn[struct{}](p.reactor, err)
	}
	argv := append([]string{os.Args[0]}, p.args...)
	return deferred.Then(p.upgrader.Start(argv, append(os.Environ(), envOrigin+"="+string(text))), func(pid int) (struct{}, error) {
		p.successor = pid
		return struct{}{}, nil
	})
}

// committed is called, not on the loop, when the successor is ready.
func (p *program) committed(pid int) {
	p.handedOver.Store(true)
	if err := p.options.process.passOn(pid); err != nil {
		p.log.Error("the pid file still names this process", "successor", pid, "error", err)
	}
}

// succeed is for SIGUSR2. Loop only.
func (p *program) succeed() {
	if p.stage != stageRunning || p.ending {
		p.log.Warn("no successor is started: this process is starting or stopping")
		return
	}
	p.log.Info("starting a successor")
	deferred.ExecuteD(p.reactor, p.startSuccessor).Done(func(_ struct{}, err error) {
		switch {
		case errors.Is(err, handover.ErrInProgress):
			p.log.Warn("a successor is starting already")
		case err != nil:
			p.log.Error("the successor did not start: this process goes on", "error", err)
		case p.ending && p.successor != 0: // whoever stops this process means the program
			p.log.Warn("stopping the successor too", "successor", p.successor)
			if child, err := os.FindProcess(p.successor); err == nil {
				_ = child.Signal(signalStop) // it may have ended
			}
		default:
			p.log.Info("the successor is ready: stopping", "successor", p.successor)
			if n, ok := p.notify.(*systemd); ok && p.successor != 0 {
				n.succeeded(p.successor)
			}
			p.stop()
		}
	})
}

// takeOver is called when the service of a successor has started. Loop only.
func (p *program) takeOver() {
	if p.from == nil {
		return
	}
	err := p.from.Ready(p.log)
	p.options.process.keep()
	p.tookOver = true
	if err == nil {
		return
	}
	p.log.Warn("the predecessor is gone", "error", err)
	deferred.ToThread(p.reactor, func() (struct{}, error) { // it could not do that any more
		return struct{}{}, p.options.process.passOn(os.Getpid())
	}).Done(func(_ struct{}, err error) {
		if err != nil {
			p.log.Error("the pid file names another process", "error", err)
		}
	})
}

// canSucceed reports whether there will be successors.
func (s *session) canSucceed() bool {
	return s.app.Succeed == nil && !s.app.DisableSucceed && hasSuccession
}
