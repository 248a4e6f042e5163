// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// NewCore returns a zap core that makes an event of each entry: the logger's name is the namespace, zap.Error's field the Failure, a zap.Namespace a group.
func NewCore(o logger.Observer) zapcore.Core {
	c := &core{observer: o, frames: make([]frame, 1)}
	c.enabler, _ = o.(logger.Enabler)
	return c
}

type core struct {
	observer logger.Observer
	enabler  logger.Enabler // nil if the observer is none
	failure  error
	frames   []frame // never empty; the last is the namespace that is open
}

// A frame is a namespace, with the fields given since it was opened. The first is the event itself.
type frame struct {
	name  string
	attrs []slog.Attr
}

// Enabled returns true: which levels are wanted depends on the namespace, which only Check is told.
func (c *core) Enabled(zapcore.Level) bool { return true }

func (c *core) enabled(namespace string, l zapcore.Level) bool {
	return c.enabler == nil || c.enabler.Enabled(namespace, fromZap(l))
}

// With returns a core whose events have these fields too.
func (c *core) With(fields []zapcore.Field) zapcore.Core {
	d := *c
	d.frames = slices.Clone(c.frames)
	for i := range d.frames {
		d.frames[i].attrs = slices.Clip(d.frames[i].attrs)
	}
	for _, f := range fields {
		d.add(f)
	}
	return &d
}

// Check adds the core if the observer wants the level in the entry's namespace.
func (c *core) Check(ent zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.enabled(ent.LoggerName, ent.Level) {
		return ce.AddCore(ent, c)
	}
	return ce
}

// Write tells the observer. It returns an error if that panics, or a field does.
func (c *core) Write(ent zapcore.Entry, fields []zapcore.Field) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("zapadapter: panic in the observer: %v", p)
		}
	}()
	d := c
	if len(fields) > 0 {
		d = c.With(fields).(*core)
	}
	last := len(d.frames) - 1
	attrs := d.frames[last].attrs
	for i := last; i > 0; i-- {
		outer := slices.Clip(d.frames[i-1].attrs)
		if len(attrs) > 0 {
			outer = append(outer, slog.Attr{Key: d.frames[i].name, Value: slog.GroupValue(attrs...)})
		}
		attrs = outer
	}
	e := &logger.Event{Time: ent.Time, Level: fromZap(ent.Level), Namespace: ent.LoggerName, Format: brace.Quote(ent.Message), HasFormat: true,
		Failure: d.failure, Stack: ent.Stack, Fields: attrs}
	if ent.Caller.Defined {
		e.PC = ent.Caller.PC
	}
	if e.Stack == "" && e.Failure != nil {
		e.Stack = text.Stack(e.Failure)
	}
	c.observer.Observe(e)
	return nil
}

// Sync does nothing: what holds data back has its own Flush.
func (c *core) Sync() error { return nil }

// add appends a field to the open namespace.
func (c *core) add(f zapcore.Field) {
	last := &c.frames[len(c.frames)-1]
	switch f.Type {
	case zapcore.NamespaceType:
		c.frames = append(c.frames, frame{name: f.Key})
	case zapcore.SkipType:
	case zapcore.ErrorType:
		err, _ := f.Interface.(error)
		if c.failure == nil {
			c.failure = err
			if f.Key == "error" && len(c.frames) == 1 {
				return
			}
		}
		last.attrs = append(last.attrs, slog.Any(f.Key, err))
	case zapcore.InlineMarshalerType:
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		for _, k := range slices.Sorted(maps.Keys(m.Fields)) {
			last.attrs = append(last.attrs, slog.Any(k, m.Fields[k]))
		}
	default:
		last.attrs = append(last.attrs, slog.Attr{Key: f.Key, Value: value(f)})
	}
}

// value returns what the field carries.
func value(f zapcore.Field) slog.Value {
	switch f.Type {
	case zapcore.StringType:
		return slog.StringValue(f.String)
	case zapcore.BoolType:
		return slog.BoolValue(f.Integer == 1)
	case zapcore.Int64Type, zapcore.Int32Type, zapcore.Int16Type, zapcore.Int8Type:
		return slog.Int64Value(f.Integer)
	case zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type, zapcore.UintptrType:
		return slog.Uint64Value(uint64(f.Integer))
	case zapcore.Float64Type:
		return slog.Float64Value(math.Float64frombits(uint64(f.Integer)))
	case zapcore.Float32Type:
		return slog.Float64Value(float64(math.Float32frombits(uint32(f.Integer))))
	case zapcore.DurationType:
		return slog.DurationValue(time.Duration(f.Integer))
	case zapcore.TimeType:
		t := time.Unix(0, f.Integer)
		if loc, ok := f.Interface.(*time.Location); ok {
			t = t.In(loc)
		}
		return slog.TimeValue(t)
	case zapcore.TimeFullType:
		return slog.TimeValue(f.Interface.(time.Time))
	case zapcore.ByteStringType:
		return slog.StringValue(string(f.Interface.([]byte)))
	case zapcore.BinaryType:
		return slog.AnyValue(slices.Clone(f.Interface.([]byte)))
	case zapcore.StringerType:
		return slog.StringValue(fmt.Sprint(f.Interface))
	case zapcore.ObjectMarshalerType, zapcore.ArrayMarshalerType:
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		return slog.AnyValue(m.Fields[f.Key])
	}
	return slog.AnyValue(f.Interface)
}
