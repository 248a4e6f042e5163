// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// A Logger makes events and gives them to an observer. The zero Logger has no namespace and logs to Global. Loggers do not change: With and its like return others.
// Safe from any goroutine. Twisted: Logger.
type Logger struct {
	namespace string
	system    string
	source    any
	observer  Observer   // nil: Global
	enabler   Enabler    // observer, if it is one
	sources   SourceUser // observer, if it is one
	fields    []slog.Attr
	shared    *Shared // of fields
	noStacks  bool
}

// New returns a Logger whose events carry namespace, dotted as "app.web", and go to o, or to Global if o is nil.
func New(namespace string, o Observer) *Logger {
	l := &Logger{namespace: namespace, observer: o}
	if o == nil {
		l.observer = Global()
	}
	l.enabler, _ = l.observer.(Enabler)
	l.sources, _ = l.observer.(SourceUser)
	return l
}

// ForPackage returns New with the import path of the calling package as the namespace, "/" written as ".". Call it once, in a variable of the package:
//
//	var log = logger.ForPackage(nil)
func ForPackage(o Observer) *Logger {
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	frame, _ := runtime.CallersFrames(pc[:]).Next()
	return New(namespaceOf(frame.Function), o)
}

// namespaceOf returns the dotted path of the package of a function by its full name, as "example.com/app/web.(*Site).Serve".
func namespaceOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	if dot := strings.IndexByte(function[slash:], '.'); dot >= 0 {
		function = function[:slash+dot]
	}
	return strings.ReplaceAll(strings.ReplaceAll(function, "%2e", "."), "/", ".")
}

// Namespace returns the namespace of l's events.
func (l *Logger) Namespace() string { return l.namespace }

// With returns a Logger that adds fields to each of its events, before the event's own.
func (l *Logger) With(fields ...slog.Attr) *Logger {
	c := *l
	c.fields = append(slices.Clip(l.fields), fields...)
	c.shared = newShared(c.fields)
	return &c
}

// Named returns a Logger with name behind the namespace and a dot.
func (l *Logger) Named(name string) *Logger {
	c := *l
	c.namespace = strings.TrimPrefix(l.namespace+"."+name, ".")
	return &c
}

// For returns a Logger for the events of an object: its type's name is added to the namespace, and it is the events' Source. Twisted: a Logger as an attribute of a class.
func (l *Logger) For(source any) *Logger {
	c := *l
	c.source = source
	t := reflect.TypeOf(source)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t != nil && t.Name() != "" {
		c.namespace = strings.TrimPrefix(l.namespace+"."+t.Name(), ".")
	}
	return &c
}

// WithSystem returns a Logger whose events show system in text instead of namespace and level. Twisted: log_system.
func (l *Logger) WithSystem(system string) *Logger {
	c := *l
	c.system = system
	return &c
}

// WithoutStacks returns a Logger whose failures carry a stack only if the error itself brings one.
func (l *Logger) WithoutStacks() *Logger {
	c := *l
	c.noStacks = true
	return &c
}

// Enabled reports whether some observer wants events of the level. It is for events whose fields are dear to make: the methods ask by themselves.
func (l *Logger) Enabled(level Level) bool {
	if l.enabler != nil {
		return l.enabler.Enabled(l.namespace, level)
	}
	return l.observer != nil || Global().Enabled(l.namespace, level)
}

// Debug logs an event by a format, see package format, and the fields for it. An empty format is none. Nothing is formatted before an observer needs the text.
func (l *Logger) Debug(format string, fields ...slog.Attr) {
	if l.Enabled(Debug) {
		l.emit(nil, Debug, nil, "", format, fields)
	}
}

// Info logs at that level, as Debug does.
func (l *Logger) Info(format string, fields ...slog.Attr) {
	if l.Enabled(Info) {
		l.emit(nil, Info, nil, "", format, fields)
	}
}

// Warn logs at that level, as Debug does.
func (l *Logger) Warn(format string, fields ...slog.Attr) {
	if l.Enabled(Warn) {
		l.emit(nil, Warn, nil, "", format, fields)
	}
}

// Error logs at that level, as Debug does.
func (l *Logger) Error(format string, fields ...slog.Attr) {
	if l.Enabled(Error) {
		l.emit(nil, Error, nil, "", format, fields)
	}
}

// Critical logs at that level, as Debug does.
func (l *Logger) Critical(format string, fields ...slog.Attr) {
	if l.Enabled(Critical) {
		l.emit(nil, Critical, nil, "", format, fields)
	}
}

// Log logs at any level, with the fields of ctx, see ContextWith, before the others; ctx may be nil. NoLevel makes it a critical event that says so. Twisted: Logger.emit.
func (l *Logger) Log(ctx context.Context, level Level, format string, fields ...slog.Attr) {
	switch {
	case level == NoLevel:
		l.emit(ContextFields(ctx), Critical, &InvalidLevelError{Name: level.String()}, "", "got an invalid level with the event {invalid_format!r}",
			append(slices.Clone(fields), slog.String("invalid_format", format)))
	case l.Enabled(level):
		l.emit(ContextFields(ctx), level, nil, "", format, fields)
	}
}

type contextKey struct{}

// ContextWith returns a context whose fields Logger.Log adds to each event, behind those that ctx has. Twisted: log.callWithContext.
func ContextWith(ctx context.Context, fields ...slog.Attr) context.Context {
	return context.WithValue(ctx, contextKey{}, append(slices.Clip(ContextFields(ctx)), fields...))
}

// ContextFields returns the fields that ContextWith put into ctx. They must not be changed.
func ContextFields(ctx context.Context) []slog.Attr {
	if ctx == nil {
		return nil
	}
	fields, _ := ctx.Value(contextKey{}).([]slog.Attr)
	return fields
}
