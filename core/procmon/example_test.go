// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package procmon_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/procmon"
	"github.com/torsion-go/torsion/core/reactor"
)

// A program is kept running until the monitor stops.
func ExampleMonitor() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	m := procmon.New(r, procmon.Options{Threshold: time.Nanosecond, Logger: slog.New(slog.DiscardHandler)})
	if err := m.Add("true", process.Config{Path: "true"}); err != nil {
		panic(err)
	}
	r.CallWhenRunning(func() {
		m.Start()
		fmt.Println(m.Names())
		m.Stop().Done(func(struct{}, error) { r.Stop() })
	})
	r.Run(context.Background())
	// Output: [true]
}
