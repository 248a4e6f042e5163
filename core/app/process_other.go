// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package app

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/usage"
)

// processOptions are none here: a program runs in the foreground, as whoever started it.
type processOptions struct {
	daemon bool
	chroot string
	gone   bool
	stale  int
}

func (*processOptions) declare(*usage.Options, string) {}
func (*processOptions) check(*session) error           { return nil }
func (*processOptions) descriptors(map[string]int)     {}
func (*processOptions) passOn(int) error               { return nil }
func (*processOptions) createLog(string)               {}
func (*processOptions) keep()                          {}

func (*processOptions) enter(*handover.Inheritance) (func(), error) { return func() {}, nil }

func (*processOptions) changeRoot(rundir string, _ origin) error {
	if rundir == "" {
		return nil
	}
	if err := os.Chdir(rundir); err != nil {
		return fmt.Errorf("--rundir: %w", err)
	}
	return nil
}

func (*processOptions) shed(*slog.Logger, func(func())) error { return nil }
