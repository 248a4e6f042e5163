// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"fmt"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// appendLogfmt appends key=value pairs only; a stack is one more value.
func (o *Observer) appendLogfmt(b []byte, e *logger.Event) []byte {
	if !says(e) {
		return b
	}
	start := len(b)
	if o.config.TimeFormat != "-" && !e.Time.IsZero() {
		b = o.appendTime(o.appendKey(b, "time", start), e.Time)
	}
	name, _ := levelName(e.Level)
	b = append(o.appendKey(b, "level", start), name...)
	pair := func(key, value string) {
		if value != "" {
			b = text.AppendQuoted(o.appendKey(b, key, start), clip(value, text.MaxEvent))
		}
	}
	pair("namespace", e.Namespace)
	pair("system", e.System)
	if o.config.AddSource && e.PC != 0 {
		pair("source", place(e.PC))
	}
	b = text.AppendQuoted(o.appendKey(b, "msg", start), clip(text.Message(e), text.MaxEvent))
	for _, a := range e.Fields {
		if len(b)-start > text.MaxEvent {
			break
		}
		b = o.appendField(b, "", a, start)
	}
	if e.Failure != nil {
		pair("error", fmt.Sprint(e.Failure))
	}
	pair("stack", e.Stack)
	return end(b, start)
}
