// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package app

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

const (
	signalRotate  = noSignal("rotate")
	signalReload  = noSignal("reload")
	signalSucceed = noSignal("succeed")
)

var signalStop = os.Kill

// hasSuccession says that package handover works here.
const hasSuccession = false

func otherSignals(bool) []os.Signal { return nil }

func signalNumber(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return int(n)
	}
	return 0
}

// raise returns: a process cannot end by a signal here.
func raise(os.Signal) {}

func replaceProcess(string, []string) error { return errors.ErrUnsupported }

func trimExecutable(name string) string {
	if ext := ".exe"; len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
		return name[:len(name)-len(ext)]
	}
	return name
}
