// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profilers are the values of --profiler. What trace writes is for "go tool trace", the others for "go tool pprof".
var profilers = []string{"cpu", "heap", "trace", "block", "mutex"}

// startProfile opens the file of --profile at once, while the process has its rights, and writes it at the end.
func (p *program) startProfile() error {
	if p.options.profile == "" {
		return nil
	}
	f, err := os.Create(p.options.profile)
	if err != nil {
		return &ExitError{Code: ExitIOErr, Err: fmt.Errorf("--profile: %w", err)}
	}
	finish := func() error { return nil }
	switch p.options.profiler {
	case "cpu":
		err = pprof.StartCPUProfile(f)
		finish = func() error { pprof.StopCPUProfile(); return nil }
	case "trace":
		err = trace.Start(f)
		finish = func() error { trace.Stop(); return nil }
	case "heap":
		finish = func() error { runtime.GC(); return pprof.Lookup("heap").WriteTo(f, 0) }
	case "block":
		runtime.SetBlockProfileRate(1)
		finish = func() error { runtime.SetBlockProfileRate(0); return pprof.Lookup("block").WriteTo(f, 0) }
	case "mutex":
		former := runtime.SetMutexProfileFraction(1)
		finish = func() error { runtime.SetMutexProfileFraction(former); return pprof.Lookup("mutex").WriteTo(f, 0) }
	}
	if err != nil {
		f.Close()
		return &ExitError{Code: ExitSoftware, Err: fmt.Errorf("--profile: %w", err)}
	}
	p.atEnd(func() {
		err := finish()
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			p.log.Error("the profile was not written", "error", err)
		}
	})
	return nil
}
