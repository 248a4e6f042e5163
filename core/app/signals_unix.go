// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"os"
	"os/signal"
	"syscall"
)

const (
	signalRotate  = syscall.SIGUSR1
	signalReload  = syscall.SIGHUP
	signalSucceed = syscall.SIGUSR2
	signalStop    = syscall.SIGTERM
)

// hasSuccession says that package handover works here.
const hasSuccession = true

// otherSignals are those that do not stop the program.
func otherSignals(succeed bool) []os.Signal {
	all := []os.Signal{signalRotate, signalReload}
	if s, ok := any(signalStatus).(syscall.Signal); ok {
		all = append(all, s)
	}
	if succeed {
		all = append(all, signalSucceed)
	}
	return all
}

func signalNumber(s os.Signal) int { return int(s.(syscall.Signal)) }

// raise ends the process by a signal, so that its parent sees what stopped it. It returns if that cannot be: the system has no signal kill the first process, as which
// programs run in containers.
func raise(s os.Signal) {
	if os.Getpid() == 1 {
		return
	}
	signal.Reset(s)
	if syscall.Kill(os.Getpid(), s.(syscall.Signal)) == nil {
		select {} // it comes
	}
}

// replaceProcess runs another program in this process.
func replaceProcess(path string, argv []string) error { return syscall.Exec(path, argv, os.Environ()) }

func trimExecutable(name string) string { return name }
