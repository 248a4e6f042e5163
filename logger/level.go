// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"log/slog"
	"math"
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

// NoLevel is the level of an event that has none, such as one read from a file. It is below all others.
const NoLevel = Level(math.MinInt32)

var named = []struct {
	level Level
	name  string
}{{Critical, "critical"}, {Error, "error"}, {Warn, "warn"}, {Info, "info"}, {Debug, "debug"}}

// ParseLevel returns the level with the name, which is lower case. Twisted: LogLevel.levelWithName.
func ParseLevel(name string) (Level, error) {
	for _, n := range named {
		if n.name == name {
			return n.level, nil
		}
	}
	return NoLevel, &InvalidLevelError{Name: name}
}

// Name returns the name of the greatest named level that is not above l; "debug" for what is below all. NoLevel's is "-".
func (l Level) Name() string {
	if l == NoLevel {
		return "-"
	}
	for _, n := range named {
		if l >= n.level {
			return n.name
		}
	}
	return "debug"
}

// String is the name, with what l is above it: "warn", "info+2".
func (l Level) String() string {
	name := l.Name()
	if base, err := ParseLevel(name); err == nil && l != base {
		return fmt.Sprintf("%s%+d", name, int(l-base))
	}
	return name
}

// FieldText is how a level looks in a text as a field: "<LogLevel=warn>".
func (l Level) FieldText() string { return "<LogLevel=" + l.String() + ">" }

// Severity returns the number that OpenTelemetry gives to the level: 5, 9, 13, 17 and 21 for the named ones, the next ones for those between, 0 for NoLevel.
func (l Level) Severity() int {
	if l == NoLevel {
		return 0
	}
	return min(max(int(l)+9, 1), 24)
}

// MarshalText returns String's text.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText accepts the names that ParseLevel does.
func (l *Level) UnmarshalText(text []byte) error {
	parsed, err := ParseLevel(string(text))
	if err == nil {
		*l = parsed
	}
	return err
}

// Level returns l as slog's type, so that a Level is a slog.Leveler.
func (l Level) Level() slog.Level { return slog.Level(l) }

// An InvalidLevelError is returned for a name that is no level's. Twisted: InvalidLogLevelError.
type InvalidLevelError struct{ Name string }

// Error tells the name and those that there are.
func (e *InvalidLevelError) Error() string {
	return fmt.Sprintf("logger: there is no level %q: levels are debug, info, warn, error and critical", e.Name)
}
