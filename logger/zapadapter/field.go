// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"time"

	"go.uber.org/zap/zapcore"
)

// maxDepth bounds how deep groups are followed: a LogValuer may return one that holds itself.
const maxDepth = 16

// appendField appends a as zap's fields: none if it is empty.
func appendField(fields []zapcore.Field, a slog.Attr) []zapcore.Field {
	return appendFieldAt(fields, a, 0)
}

func appendFieldAt(fields []zapcore.Field, a slog.Attr, depth int) []zapcore.Field {
	f := zapcore.Field{Key: a.Key}
	switch v := a.Value; v.Kind() {
	case slog.KindString:
		if a.Key == "" && v.String() == "" {
			return fields
		}
		f.Type, f.String = zapcore.StringType, v.String()
	case slog.KindInt64:
		f.Type, f.Integer = zapcore.Int64Type, v.Int64()
	case slog.KindUint64:
		f.Type, f.Integer = zapcore.Uint64Type, int64(v.Uint64())
	case slog.KindFloat64:
		f.Type, f.Integer = zapcore.Float64Type, int64(math.Float64bits(v.Float64()))
	case slog.KindBool:
		f.Type = zapcore.BoolType
		if v.Bool() {
			f.Integer = 1
		}
	case slog.KindDuration:
		f.Type, f.Integer = zapcore.DurationType, int64(v.Duration())
	case slog.KindTime:
		f = timeField(a.Key, v.Time())
	case slog.KindGroup:
		if depth >= maxDepth {
			return append(fields, zapcore.Field{Key: a.Key, Type: zapcore.StringType, String: "{...}"})
		}
		return appendGroup(fields, a.Key, v.Group(), depth+1)
	case slog.KindLogValuer:
		return appendFieldAt(fields, slog.Attr{Key: a.Key, Value: v.Resolve()}, depth)
	default:
		x := v.Any()
		if a.Key == "" && x == nil {
			return fields
		}
		f = anyField(a.Key, x)
	}
	return append(fields, f)
}

func timeField(key string, t time.Time) zapcore.Field {
	if y := t.Year(); y < 1700 || y > 2200 { // what nanoseconds in an int64 cannot tell
		return zapcore.Field{Key: key, Type: zapcore.TimeFullType, Interface: t}
	}
	return zapcore.Field{Key: key, Type: zapcore.TimeType, Integer: t.UnixNano(), Interface: t.Location()}
}

// anyField takes an error or a Stringer as its text, unless it tells how it is encoded.
func anyField(key string, x any) zapcore.Field {
	switch x.(type) {
	case error:
		return zapcore.Field{Key: key, Type: zapcore.StringType, String: fmt.Sprint(x)} // fmt catches an Error that panics
	case json.Marshaler, encoding.TextMarshaler:
	case fmt.Stringer:
		return zapcore.Field{Key: key, Type: zapcore.StringType, String: fmt.Sprint(x)}
	}
	return zapcore.Field{Key: key, Type: zapcore.ReflectType, Interface: x}
}

func appendGroup(fields []zapcore.Field, key string, attrs []slog.Attr, depth int) []zapcore.Field {
	if key == "" {
		for _, a := range attrs {
			fields = appendFieldAt(fields, a, depth)
		}
		return fields
	}
	var inner group
	for _, a := range attrs {
		inner = appendFieldAt(inner, a, depth)
	}
	if len(inner) == 0 {
		return fields
	}
	return append(fields, zapcore.Field{Key: key, Type: zapcore.ObjectMarshalerType, Interface: inner})
}

// A group is an object with these fields.
type group []zapcore.Field

// MarshalLogObject adds the fields.
func (g group) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for _, f := range g {
		f.AddTo(enc)
	}
	return nil
}

// caller returns where pc is.
func caller(pc uintptr) zapcore.EntryCaller {
	if pc == 0 {
		return zapcore.EntryCaller{}
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return zapcore.EntryCaller{Defined: f.File != "", PC: f.PC, File: f.File, Line: f.Line, Function: f.Function}
}
