// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/torsion-go/torsion/logger"
)

// Parse makes an event of one JSON object. What every event has goes to its place, levels and failures are rebuilt, all other members are fields in their order: objects as groups
// (empty ones as an empty map[string]any), arrays as []any, integers as int64, uint64 or *big.Int. What is missing is missing: the level is NoLevel, the time zero. Legacy events of
// twisted.python.log are read like all others. Twisted: eventFromJSON.
func Parse(text []byte) (*logger.Event, error) {
	v, err := decode(string(text))
	if err != nil {
		return nil, fmt.Errorf("jsonlog: %w", err)
	}
	e := &logger.Event{Level: logger.NoLevel}
	switch v := v.(type) {
	case []slog.Attr:
		e.Fields = make([]slog.Attr, 0, len(v))
		for _, a := range v {
			if !place(e, a) {
				e.Fields = append(e.Fields, a)
			}
		}
		exactTime(e, v)
	case map[string]any:
	default:
		return nil, fmt.Errorf("jsonlog: %w", errNoObject)
	}
	return e, nil
}

var errNoObject = errors.New("not an object")

// place puts a member where it belongs in the event; false if it is a field.
func place(e *logger.Event, a slog.Attr) bool {
	v := a.Value
	text := v.Kind() == slog.KindString
	switch a.Key {
	case "log_logger", "log_truncated", "log_time_ns":
		return true
	case "log_level":
		level, ok := v.Any().(logger.Level)
		if ok {
			e.Level = level
		}
		return ok || v.Any() == nil
	case "log_namespace":
		if text {
			e.Namespace = v.String()
		}
		return text || v.Any() == nil
	case "log_system":
		if text {
			e.System = v.String()
		}
		return text
	case "log_format":
		if text {
			e.Format, e.HasFormat = v.String(), true
		}
		return text || v.Any() == nil
	case "log_source":
		e.Source = v.Any()
		return true
	case "log_time":
		return placeTime(e, v)
	case "log_failure":
		f, ok := v.Any().(*Failure)
		if ok {
			e.Failure, e.Stack = f, f.Stack()
		}
		return ok
	case "log_flattened":
		return placeFlattened(e, v)
	}
	return false
}

func placeFlattened(e *logger.Event, v slog.Value) bool {
	if v.Kind() == slog.KindGroup {
		e.Flattened = v.Group()
		return true
	}
	m, ok := v.Any().(map[string]any)
	return ok && len(m) == 0
}

// placeTime takes seconds as a float: to a microsecond if that is exact, or as near as can be. Times that Go has no form for are left as fields.
func placeTime(e *logger.Event, v slog.Value) bool {
	var s float64
	switch v.Kind() {
	case slog.KindFloat64:
		s = v.Float64()
	case slog.KindInt64:
		s = float64(v.Int64())
	default:
		return v.Any() == nil
	}
	if math.IsNaN(s) || math.Abs(s) > 1e11 {
		return false
	}
	whole, part := math.Modf(s)
	e.Time = time.Unix(int64(whole), int64(math.Round(part*1e6))*1000)
	if logger.Seconds(e.Time) != s {
		e.Time = time.Unix(int64(whole), int64(math.Round(part*1e9)))
	}
	return true
}

func exactTime(e *logger.Event, members []slog.Attr) {
	for _, a := range members {
		if a.Key == "log_time_ns" && a.Value.Kind() == slog.KindInt64 && !e.Time.IsZero() {
			e.Time = time.Unix(0, a.Value.Int64())
		}
	}
}
