// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"log/slog"
	"sync"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// A scratch is the record or the event that a jsonCore is about to encode, as a single field that adds all of theirs: making a zapcore.Field of each first costs
// a tenth of the line.
type scratch struct {
	record   slog.Record
	event    logger.Event // instead of the record: what of it is a field
	events   bool
	enc      zapcore.Encoder // of an event: has its first fields already, or is nil
	prepared int             // how many
	into     zapcore.ObjectEncoder
	err      error // the first error in the record
	attr     func(slog.Attr) bool
	self     [1]zapcore.Field
}

var scratches = sync.Pool{New: func() any {
	s := &scratch{}
	s.attr = func(a slog.Attr) bool { // made once: a closure a record would be an allocation
		if s.err == nil {
			s.err = attrError(a)
		}
		addAttr(s.into, a)
		return true
	}
	s.self[0] = zapcore.Field{Type: zapcore.InlineMarshalerType, Interface: s}
	return s
}}

func (s *scratch) release() {
	s.enc, s.prepared, s.into, s.err = nil, 0, nil, nil
	if s.events {
		s.event, s.events = logger.Event{}, false
	} else {
		s.record = slog.Record{}
	}
	scratches.Put(s)
}

// empty reports whether there is no field to add.
func (s *scratch) empty() bool {
	if s.events {
		return len(s.event.Fields) == s.prepared && s.event.System == "" && s.event.Failure == nil
	}
	return s.record.NumAttrs() == 0
}

// MarshalLogObject adds the fields.
func (s *scratch) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	if e := &s.event; s.events {
		if e.System != "" {
			enc.AddString("system", e.System)
		}
		for _, a := range e.Fields[s.prepared:] {
			addAttr(enc, a)
		}
		if e.Failure != nil {
			anyField("error", e.Failure).AddTo(enc)
		}
		return nil
	}
	s.into = enc
	s.record.Attrs(s.attr)
	if stack := text.Stack(s.err); stack != "" {
		enc.AddString("stack", stack)
	}
	return nil
}

// fields returns the fields one by one.
func (s *scratch) fields() []zapcore.Field {
	if s.events {
		return eventFields(nil, &s.event)
	}
	var fields []zapcore.Field
	s.record.Attrs(func(a slog.Attr) bool {
		fields = appendField(fields, a)
		return true
	})
	return fields
}

// attrError returns the error that a holds, if it does.
func attrError(a slog.Attr) error {
	if a.Value.Kind() != slog.KindAny {
		return nil
	}
	err, _ := a.Value.Any().(error)
	return err
}

// addAttr is appendField straight to the encoder.
func addAttr(enc zapcore.ObjectEncoder, a slog.Attr) {
	switch v := a.Value; v.Kind() {
	case slog.KindString:
		if s := v.String(); s != "" || a.Key != "" {
			enc.AddString(a.Key, s)
		}
	case slog.KindInt64:
		enc.AddInt64(a.Key, v.Int64())
	case slog.KindUint64:
		enc.AddUint64(a.Key, v.Uint64())
	case slog.KindBool:
		enc.AddBool(a.Key, v.Bool())
	case slog.KindFloat64:
		enc.AddFloat64(a.Key, v.Float64())
	case slog.KindDuration:
		enc.AddDuration(a.Key, v.Duration())
	case slog.KindTime:
		enc.AddTime(a.Key, v.Time())
	default:
		for _, f := range appendField(nil, a) {
			f.AddTo(enc)
		}
	}
}
