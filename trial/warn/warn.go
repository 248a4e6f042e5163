// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// A Category is a kind of warnings. Programs have their own too.
type Category string

// The categories that Python has.
const (
	User        Category = "UserWarning"
	Deprecation Category = "DeprecationWarning"
	Pending     Category = "PendingDeprecationWarning"
	Resource    Category = "ResourceWarning"
	Runtime     Category = "RuntimeWarning"
)

// A Warning is what was emitted.
type Warning struct {
	Category Category
	Text     string
	File     string // the place it is about
	Line     int
	Function string // that the place is in, with its package: "example.org/x.(*T).Method"
}

// String returns "file:line: category: text".
func (w Warning) String() string { return w.result().String() }

func (w Warning) result() result.Warning {
	return result.Warning{File: w.File, Line: w.Line, Category: string(w.Category), Text: w.Text}
}

// Emit warns about the place that calls it. Twisted: warnings.warn.
func Emit(category Category, text string) { emit(context.Background(), category, text, 1) }

// EmitContext is Emit for the collector that ctx carries.
func EmitContext(ctx context.Context, category Category, text string) { emit(ctx, category, text, 1) }

// EmitCaller is Emit about a place further up: 1 is the caller of the function that calls EmitCaller, as stacklevel=2 in Python.
func EmitCaller(ctx context.Context, category Category, text string, skip int) {
	emit(ctx, category, text, skip+1)
}

func emit(ctx context.Context, category Category, text string, skip int) {
	var pc [1]uintptr
	runtime.Callers(skip+2, pc[:])
	deliver(ctx, at(pc[0], category, text), pc[0])
}

// at returns a warning about the place of a return address.
func at(pc uintptr, category Category, text string) Warning {
	w := Warning{Category: category, Text: text}
	if pc != 0 {
		f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		w.File, w.Line, w.Function = f.File, f.Line, f.Function
	}
	return w
}

// maxPlaces is how many places are remembered outside of tests.
const maxPlaces = 1000

var (
	mu     sync.Mutex // guards what follows, and all collectors
	active []*Collector
	shown  = map[Warning]struct{}{}
)

type key struct{}

// deliver hands w to a collector or to the log.
func deliver(ctx context.Context, w Warning, pc uintptr) {
	if collected(ctx, w) {
		return
	}
	h := slog.Default().Handler()
	if !h.Enabled(ctx, slog.LevelWarn) {
		return
	}
	r := slog.NewRecord(time.Now(), slog.LevelWarn, w.Text, pc)
	r.AddAttrs(slog.String(Key, string(w.Category)), slog.String("place", w.File+":"+strconv.Itoa(w.Line)))
	h.Handle(ctx, r) // whose errors are nobody's here, as with slog.Warn
}

// collected reports whether w needs no log record: a collector has it, or the log has had it.
func collected(ctx context.Context, w Warning) bool {
	mu.Lock()
	defer mu.Unlock()
	if c := find(ctx); c != nil {
		c.add(w)
		return true
	}
	if _, ok := shown[w]; ok || len(shown) >= maxPlaces {
		return true
	}
	shown[w] = struct{}{}
	return false
}

// find needs mu.
func find(ctx context.Context) *Collector {
	if c, ok := ctx.Value(key{}).(*Collector); ok && !c.ended {
		return c
	}
	if n := len(active); n > 0 {
		return active[n-1]
	}
	return nil
}

// within reports whether a function is f, or a function literal in it.
func within(function string, f any) bool {
	name := nameOf(f)
	rest, ok := strings.CutPrefix(function, name)
	return ok && (rest == "" || rest[0] == '.')
}

// nameOf returns the name of a function with its package.
func nameOf(f any) string {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Func || v.IsNil() {
		panic("warn: not a function")
	}
	return strings.TrimSuffix(runtime.FuncForPC(v.Pointer()).Name(), "-fm")
}
