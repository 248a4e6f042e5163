// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/logger"
)

// A Failure is the error of an event that was read: what is left of the error of the program that wrote it, in Python or in Go. It is written as it was read.
type Failure struct {
	Type    string   // full name of the error's type: "builtins.ZeroDivisionError", "io/fs.PathError"
	Parents []string // its bases in Python; in Go the types of the errors that it wraps
	Message string   // "" if it was not kept, as Twisted does not
	Frames  []Frame  // outermost first

	members []slog.Attr // all of them, without the UUID
}

// A Frame is a call on a stack.
type Frame struct {
	Function, File string
	Line           int
}

// Error is the message behind the type, or the type alone.
func (f *Failure) Error() string {
	if f.Message == "" {
		return f.Type
	}
	return f.Type + ": " + f.Message
}

// Check reports whether the failure is of the type with the full name, or of one below it. Twisted: Failure.check.
func (f *Failure) Check(name string) bool {
	return f.Type == name || slices.Contains(f.Parents, name)
}

// Stack returns the frames as text, innermost first.
func (f *Failure) Stack() string {
	var b strings.Builder
	for i := len(f.Frames) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "%s(...)\n\t%s:%d\n", f.Frames[i].Function, f.Frames[i].File, f.Frames[i].Line)
	}
	return b.String()
}

func (f *Failure) encode(c *encoder, depth int) {
	c.group(append(f.members[:len(f.members):len(f.members)], slog.String("__class_uuid__", failureUUID)), depth)
}

// failures counts those that were written.
var failures atomic.Int64

// failureOf describes the error of an event.
func failureOf(e *logger.Event) *Failure {
	if f, ok := e.Failure.(*Failure); ok {
		return f
	}
	module, name := typeName(e.Failure)
	var frames []any
	for _, f := range parseStack(e.Stack) {
		frames = append(frames, []any{f.Function, f.File, f.Line, []any{}, []any{}})
	}
	if frames == nil {
		frames = []any{}
	}
	var parents []any
	for err := e.Failure; err != nil && len(parents) < maxDepth; err = errors.Unwrap(err) {
		m, n := typeName(err)
		parents = append(parents, m+"."+n)
	}
	message, _ := textOf(e.Failure)
	return &Failure{members: []slog.Attr{
		slog.Int64("count", failures.Add(1)),
		slog.Group("type", slog.String("__module__", module), slog.String("__name__", name)),
		slog.Group("value", slog.Bool("unpersistable", true)),
		slog.Bool("captureVars", false),
		slog.Any("frames", frames),
		slog.Any("stack", []any{}),
		slog.Any("tb", nil),
		slog.Any("parents", parents),
		slog.Int("pickled", 1),
		slog.String("message", message),
	}}
}

func typeName(err error) (module, name string) {
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return "builtins", t.String()
	}
	return t.PkgPath(), t.Name()
}

// parseStack reads the text of a stack, as logger and runtime/debug write it, and returns it outermost first. What it does not understand it leaves out.
func parseStack(stack string) []Frame {
	var frames []Frame
	function := ""
	for line := range strings.Lines(stack) {
		line = strings.TrimRight(line, "\n")
		place, indented := strings.CutPrefix(line, "\t")
		if !indented {
			function = strings.TrimPrefix(line, "created by ")
			if i := strings.LastIndexByte(function, '('); i > 0 && strings.HasSuffix(function, ")") {
				function = function[:i]
			}
			continue
		}
		place, _, _ = strings.Cut(place, " +0x")
		i := strings.LastIndexByte(place, ':')
		if i < 0 || function == "" {
			continue
		}
		if n, err := strconv.Atoi(place[i+1:]); err == nil {
			frames = append(frames, Frame{function, place[:i], n})
		}
	}
	for i, j := 0, len(frames)-1; i < j; i, j = i+1, j-1 {
		frames[i], frames[j] = frames[j], frames[i]
	}
	return frames
}

// readFailure makes a Failure of an object.
func readFailure(members []slog.Attr) *Failure {
	f := &Failure{members: members}
	for _, a := range members {
		switch v := a.Value; {
		case a.Key == "type" && v.Kind() == slog.KindGroup:
			var module, name string
			for _, m := range v.Group() {
				switch m.Key {
				case "__module__":
					module = m.Value.String()
				case "__name__":
					name = m.Value.String()
				}
			}
			f.Type = strings.TrimPrefix(module+"."+name, ".")
		case a.Key == "message" && v.Kind() == slog.KindString:
			f.Message = v.String()
		case a.Key == "parents":
			list, _ := v.Any().([]any)
			for _, x := range list {
				if s, ok := x.(string); ok {
					f.Parents = append(f.Parents, s)
				}
			}
		case a.Key == "frames":
			list, _ := v.Any().([]any)
			for _, x := range list {
				f.Frames = append(f.Frames, readFrame(x)...)
			}
		}
	}
	return f
}

func readFrame(x any) []Frame {
	list, ok := x.([]any)
	if !ok || len(list) < 3 {
		return nil
	}
	function, _ := list[0].(string)
	file, _ := list[1].(string)
	line, _ := list[2].(int64)
	return []Frame{{function, file, int(line)}}
}
