// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"log/slog"
	"sync/atomic"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
)

// An Observer hands events to a zap core: the namespace as the logger's name, the text as the message, System and Failure as fields "system" and "error". The Source, a
// live object, is not handed on. It is safe from any goroutine.
type Observer struct {
	core    zapcore.Core
	json    *jsonCore // core, if it is one; else nil
	options Options
	errors  atomic.Uint64
}

var _ logger.Enabler = (*Observer)(nil)

// NewObserver returns an Observer over core. Nil options mean the zero Options.
func NewObserver(core zapcore.Core, options *Options) *Observer {
	o := &Observer{core: core}
	o.json, _ = core.(*jsonCore)
	if options != nil {
		o.options = *options
	}
	return o
}

// Enabled tells whether the core wants the level.
func (o *Observer) Enabled(_ string, level logger.Level) bool {
	if o.json != nil {
		return o.json.enabled(slog.Level(level))
	}
	return o.core.Enabled(toZap(slog.Level(level)))
}

// UsesSource tells whether the source is handed on.
func (o *Observer) UsesSource() bool { return o.options.AddSource }

// Prepare returns an encoder that has the fields; for logger.Event.Prepared.
func (o *Observer) Prepare(fields []slog.Attr) any {
	enc := o.json.enc.Clone()
	for _, a := range fields {
		addAttr(enc, a)
	}
	return enc
}

// Observe writes the event to the core. Errors of a core made by NewJSON are counted.
func (o *Observer) Observe(e *logger.Event) {
	if !o.Enabled(e.Namespace, e.Level) {
		return
	}
	ent := zapcore.Entry{Level: toZap(slog.Level(e.Level)), Time: e.Time, LoggerName: e.Namespace, Message: e.Text(), Stack: e.Stack}
	if o.options.Namespace != "" && ent.LoggerName == "" {
		ent.LoggerName = o.options.Namespace
	}
	if o.options.AddSource {
		ent.Caller = caller(e.PC)
	}
	var err error
	if o.json != nil {
		s := scratches.Get().(*scratch)
		s.events, s.event.System, s.event.Fields, s.event.Failure = true, e.System, e.Fields, e.Failure
		if e.System == "" { // which stands before the fields
			if enc, n := e.Prepared(o); n > 0 {
				s.enc, s.prepared = enc.(zapcore.Encoder), n
			}
		}
		err = o.json.write(ent, s)
		s.release()
	} else {
		err = write(o.core, ent, eventFields(make([]zapcore.Field, 0, len(e.Fields)+2), e))
	}
	if err != nil {
		o.errors.Add(1)
	}
}

// eventFields appends what an entry has no place of its own for.
func eventFields(fields []zapcore.Field, e *logger.Event) []zapcore.Field {
	if e.System != "" {
		fields = append(fields, zapcore.Field{Key: "system", Type: zapcore.StringType, String: e.System})
	}
	for _, a := range e.Fields {
		fields = appendField(fields, a)
	}
	if e.Failure != nil {
		fields = append(fields, anyField("error", e.Failure))
	}
	return fields
}

// Errors returns how many events could not be written.
func (o *Observer) Errors() uint64 { return o.errors.Load() }
