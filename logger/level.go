// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"log/slog"
)

// A Level tells how much an event matters. Its values are those of slog, with Critical above Error, so that the two convert by a plain type conversion; levels
// between the named ones are allowed. Twisted: LogLevel.
type Level int

// The levels of Twisted, by name, with the OpenTelemetry severity numbers 5, 9, 13, 17 and 21.
const (
	Debug    = Level(slog.LevelDebug)
	Info     = Level(slog.LevelInfo)
	Warn     = Level(slog.LevelWarn)
	Error    = Level(slog.LevelError)
	Critical = Level(slog.LevelError + 4)
)

// Level returns l as slog's type, so that a Level is a slog.Leveler.
func (l Level) Level() slog.Level { return slog.Level(l) }

// An InvalidLevelError is returned for a name that is no level's. Twisted: InvalidLogLevelError.
type InvalidLevelError struct{ Name string }

// Error tells the name and those that there are.
func (e *InvalidLevelError) Error() string {
	return fmt.Sprintf("logger: there is no level %q: levels are debug, info, warn, error and critical", e.Name)
}
