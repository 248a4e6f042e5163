// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/logger/logfile"
	"github.com/torsion-go/torsion/logger/output"
)

// openLog has module logger write the log, on a goroutine of its own, so that no loop ever waits for a disk.
func openLog(spec app.LogSpec) (app.Log, error) {
	if spec.MaxSize == 0 {
		spec.MaxSize = -1 // never, as logfile says it
	}
	out, err := output.Open(output.Config{
		File:   spec.File,
		Format: spec.Format,
		Level:  spec.Level,
		Rotate: logfile.Config{MaxSize: spec.MaxSize},
		Async:  true,
		Stdout: spec.Stdout,
		Stderr: spec.Stderr,
	})
	if err != nil {
		return nil, err
	}
	slog.SetDefault(slog.New(out))
	return out, nil
}
