// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package format

import (
	"fmt"
	"log/slog"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// Flatten resolves each field that the event's format names, and returns for each its text under "NAME!CONV:SPEC" and its value under "NAME!:SPEC", so that the event can be formatted
// later without its objects; a key that comes again in one format ends in "/2", "/3" and so on. CONV is "r" for !r and "s" otherwise. The text is not formatted by SPEC. What the event has as
// Flattened already is taken from there; fields that cannot be resolved are left out. The event is not changed. Twisted: flattenEvent.
func Flatten(e *logger.Event) []slog.Attr {
	if e.Format == "" {
		return e.Flattened
	}
	flat := e.Flattened
	f := brace.Parse(e.Format)
	for i := range f.Parts {
		p := &f.Parts[i]
		if !p.HasField {
			continue
		}
		if _, known := brace.LookupAttr(flat, p.TextKey); known {
			continue
		}
		v, err := p.Resolve(e.Lookup)
		if err != nil {
			continue
		}
		b, err := brace.Append(nil, v, p.Field.FlatConv()[0], "")
		if err != nil {
			continue
		}
		flat = append(flat, slog.String(p.TextKey, string(text.Cut(b, 0))), slog.Attr{Key: p.ValueKey, Value: v})
	}
	return flat
}

// ExtractField returns the value of a field as a format would name it: "a.b", "d[k]", "f()". In an event read from a file only the fields that its format names can be had, and those at the
// top. Twisted: extractField.
func ExtractField(field string, e *logger.Event) (slog.Value, error) {
	f, err := brace.ParseField(field)
	if err == nil {
		var keys brace.Keys
		if v, ok := brace.LookupAttr(e.Flattened, keys.Key(f, "")); ok {
			return v, nil
		}
		var v slog.Value
		if v, err = f.Resolve(e.Lookup); err == nil {
			return v, nil
		}
	}
	return slog.Value{}, fmt.Errorf("format: extracting %q: %w", field, err)
}

// Fields returns the names of the fields that a format has, in order, as they are written.
func Fields(format string) ([]string, error) {
	f := brace.Parse(format)
	if f.Err != nil {
		return nil, fmt.Errorf("format: %w", f.Err)
	}
	var names []string
	for i := range f.Parts {
		if f.Parts[i].HasField {
			names = append(names, f.Parts[i].Field.Name)
		}
	}
	return names, nil
}
