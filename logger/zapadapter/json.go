// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"sync"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// NewJSON returns a core that writes a line of JSON for each entry, by one Write each, one at a time. Entries below level are dropped; nil means none. The level may change while
// the core is in use. Sync asks w, if it has a method Sync.
func NewJSON(w io.Writer, level slog.Leveler) zapcore.Core {
	c := &jsonCore{out: &output{w: w}, level: level, least: slog.Level(math.MinInt), enc: zapcore.NewJSONEncoder(encoderConfig())}
	if l, ok := level.(slog.Level); ok {
		c.level, c.least = nil, l
	}
	return c
}

func encoderConfig() zapcore.EncoderConfig {
	return zapcore.EncoderConfig{
		LevelKey: "level", TimeKey: "time", NameKey: "namespace", CallerKey: "source", MessageKey: "msg", StacktraceKey: "stack",
		EncodeLevel:    encodeLevel,
		EncodeTime:     encodeTime,
		EncodeDuration: zapcore.NanosDurationEncoder,
		EncodeCaller:   zapcore.ShortCallerEncoder,
		NewReflectedEncoder: func(w io.Writer) zapcore.ReflectedEncoder {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return careful{enc}
		},
	}
}

// careful makes an error of a panic in a value's methods.
type careful struct{ enc *json.Encoder }

// Encode encodes v.
func (c careful) Encode(v any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.enc.Encode(v)
}

// An output is a writer that takes one line at a time.
type output struct {
	mu sync.Mutex
	w  io.Writer
}

type jsonCore struct {
	out   *output
	level slog.Leveler // nil if the level never changes
	least slog.Level   // if it does not
	enc   zapcore.Encoder
}

// Enabled tells whether the level is written.
func (c *jsonCore) Enabled(l zapcore.Level) bool { return c.enabled(slog.Level(fromZap(l))) }

// enabled is Enabled, with nothing lost between zap's levels.
func (c *jsonCore) enabled(l slog.Level) bool {
	if c.level != nil {
		return l >= c.level.Level()
	}
	return l >= c.least
}

// With returns a core whose lines have these fields too, encoded once.
func (c *jsonCore) With(fields []zapcore.Field) zapcore.Core {
	d := *c
	d.enc = c.enc.Clone()
	for _, f := range fields {
		f.AddTo(d.enc)
	}
	return &d
}

// Check adds the core if the level is written.
func (c *jsonCore) Check(ent zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(ent.Level) {
		return ce.AddCore(ent, c)
	}
	return ce
}

// Write writes the line.
func (c *jsonCore) Write(ent zapcore.Entry, fields []zapcore.Field) error {
	buf, err := c.enc.EncodeEntry(ent, fields)
	if err != nil {
		return err
	}
	line := buf.Bytes()
	if len(line) > text.Max {
		line = c.shrink(ent, fields)
	}
	err = c.out.write(line)
	buf.Free()
	return err
}

// write is Write for a record or an event, whose fields are encoded from where they stand.
func (c *jsonCore) write(ent zapcore.Entry, s *scratch) error {
	enc, self := c.enc, s.self[:]
	if s.enc != nil {
		enc = s.enc
	}
	if s.empty() {
		self = nil
	}
	buf, err := enc.EncodeEntry(ent, self)
	if err != nil {
		return err
	}
	line := buf.Bytes()
	if len(line) > text.Max {
		line = c.shrink(ent, s.fields())
	}
	err = c.out.write(line)
	buf.Free()
	return err
}

func (o *output) write(line []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock() // the writer may panic
	_, err := o.w.Write(line)
	return err
}

// Sync asks the writer.
func (c *jsonCore) Sync() error {
	if s, ok := c.out.w.(interface{ Sync() error }); ok {
		return s.Sync()
	}
	return nil
}

// Shares of a line that became too long. An octet becomes at most six; the fields of With may be the ones that are too long, and are then left out.
const (
	maxMessage = text.Max / 6 / 4
	maxStack   = text.Max / 6 / 4
	maxFields  = text.Max / 6 / 3
)

// shrink encodes the entry anew, with its strings cut and without the fields that find no room.
func (c *jsonCore) shrink(ent zapcore.Entry, fields []zapcore.Field) []byte {
	ent.Message = text.Clip(ent.Message, maxMessage)
	ent.Stack = text.Clip(ent.Stack, maxStack)
	ent.LoggerName = text.Clip(ent.LoggerName, 256)
	room := maxFields
	kept := []zapcore.Field{{Key: "truncated", Type: zapcore.BoolType, Integer: 1}}
	for _, f := range fields {
		f.Key = text.Clip(f.Key, 256)
		switch f.Type {
		case zapcore.StringType:
			f.String = text.Clip(f.String, max(0, room-len(f.Key)-16))
			room -= len(f.String)
		case zapcore.ReflectType, zapcore.ObjectMarshalerType, zapcore.ArrayMarshalerType, zapcore.InlineMarshalerType, zapcore.StringerType,
			zapcore.BinaryType, zapcore.ByteStringType, zapcore.ErrorType:
			f = zapcore.Field{Key: f.Key, Type: zapcore.StringType, String: "left out"}
			room -= len(f.String)
		}
		if room -= len(f.Key) + 16; room < 0 {
			break
		}
		kept = append(kept, f)
	}
	for _, enc := range []zapcore.Encoder{c.enc, zapcore.NewJSONEncoder(encoderConfig())} {
		if buf, err := enc.EncodeEntry(ent, kept); err == nil && buf.Len() <= text.Max {
			return buf.Bytes()
		}
	}
	return nil
}
