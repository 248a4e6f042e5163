// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"log/slog"
	"os"
	"strconv"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/sdnotify"
)

// A silent Notifier tells nobody.
type silent struct{}

func (silent) Ready()     {}
func (silent) Reloading() {}
func (silent) Stopping()  {}

// A systemd tells the service manager, if there is one.
type systemd struct {
	n       *sdnotify.Notifier
	log     *slog.Logger
	reactor *reactor.Reactor
	what    string // runs
	main    bool   // the process is not the one that the manager has started
	mute    func() // ends the watchdog's messages; nil before Ready
	failed  bool   // which was logged
}

// notifier returns who is told of this program.
func (p *program) notifier() Notifier {
	n := sdnotify.New(os.LookupEnv)
	switch {
	case p.app.Notify != nil:
		return p.app.Notify
	case p.app.DisableNotify || !n.Enabled():
		return silent{}
	}
	return &systemd{n: n, log: p.log, reactor: p.reactor, what: p.plugin.Name, main: p.daemon() || p.from != nil}
}

func (s *systemd) Ready() {
	all := []string{"READY=1", "STATUS=" + s.what + " is running"}
	if s.main { // taken from here with NotifyAccess=all; else the predecessor has said it
		all = append(all, "MAINPID="+strconv.Itoa(os.Getpid()))
	}
	s.told(s.n.Notify(all...))
	if s.mute == nil {
		s.mute = s.n.StartWatchdog(s.reactor)
	}
}

func (s *systemd) Reloading() {
	s.told(s.n.Reloading())
	s.told(s.n.Status(s.what + " is reloading"))
}

func (s *systemd) Stopping() {
	s.told(s.n.Stopping())
	s.told(s.n.Status(s.what + " is stopping"))
}

// succeeded says who the service is from now on. What this process does is not the service's business any more.
func (s *systemd) succeeded(pid int) {
	s.mute()
	s.told(s.n.MainPID(pid))
}

// told logs that a message did not arrive, once.
func (s *systemd) told(err error) {
	if err != nil && !s.failed {
		s.failed = true
		s.log.Warn("the service manager was not told, and may think that this program does not run", "error", err)
	}
}
