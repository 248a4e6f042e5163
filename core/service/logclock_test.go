// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/protocoltest"
)

// A logClock is a loop with a logger, as a reactor is.
type logClock struct {
	*protocoltest.Clock
	log *slog.Logger
}

func (c *logClock) Logger() *slog.Logger { return c.log }
