// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A path leads from the root to a place in both values.
type path []step

type step struct {
	name    string // of a field
	key     reflect.Value
	i, j    int // indices in both values
	end     int // of a run
	keyed   bool
	indexed bool
	run     bool
}

// maxSteps is how many steps of a path are shown, half of them of its end.
const maxSteps = 40

func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case len(p) > maxSteps && i == maxSteps/2:
			b.WriteString("…")
		case len(p) > maxSteps && i > maxSteps/2 && i < len(p)-maxSteps/2:
		case s.keyed:
			b.WriteString("[" + cut(flat(s.key), 100) + "]")
		case s.indexed:
			b.WriteString("[" + strconv.Itoa(s.i))
			switch {
			case s.run && s.end > s.i+1:
				b.WriteString(":" + strconv.Itoa(s.end))
			case !s.run && s.i != s.j:
				b.WriteString("→" + strconv.Itoa(s.j))
			}
			b.WriteByte(']')
		default:
			b.WriteString("." + s.name)
		}
	}
	return b.String()
}

// A report collects differences up to a number of lines.
type report struct {
	lines []string
	max   int
	over  bool
}

func (r *report) full() bool { return r != nil && r.over }

// block adds what differs at one place.
func (r *report) block(p path, lines []string) {
	indent := ""
	if len(p) > 0 {
		r.lines = append(r.lines, p.String())
		indent = "\t"
	}
	for _, l := range lines {
		r.lines = append(r.lines, indent+l)
	}
	if len(r.lines) > r.max {
		r.lines, r.over = r.lines[:r.max], true
	}
}

func (r *report) String() string {
	s := strings.Join(r.lines, "\n")
	if r.over {
		s += "\n… and more"
	}
	return s
}

func marked(mark string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = mark + l
	}
	return out
}

// leafLines shows two values that have no equal parts, or whose parts are not looked at.
func leafLines(a, b reflect.Value) []string {
	if a.IsValid() && b.IsValid() && a.Type() == b.Type() {
		switch {
		case a.Kind() == reflect.String:
			if lines := stringLines(a.String(), b.String()); lines != nil {
				return lines
			}
		case a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8 && !a.IsNil() && !b.IsNil():
			return byteLines(a.Bytes(), b.Bytes())
		}
	}
	x, y := formatLines(a), formatLines(b)
	if slices.Equal(x, y) {
		if kindOf(a) == kindOf(b) {
			y[len(y)-1] += lookSame(a)
		} else {
			x[0], y[0] = typed(a, x[0]), typed(b, y[0])
		}
	}
	return append(marked("- ", x), marked("+ ", y)...)
}

func typed(v reflect.Value, s string) string {
	if !v.IsValid() {
		return s
	}
	return typeName(v) + "(" + s + ")"
}

// lookSame says why two values differ that look the same.
func lookSame(v reflect.Value) string {
	if v.IsValid() && v.Kind() == reflect.Func {
		return "  (functions cannot be compared)"
	}
	return "  (not equal, though they look the same)"
}

// sortedKeys returns the keys of both maps in the order in which they are shown.
func sortedKeys(a, b reflect.Value) []reflect.Value {
	keys := a.MapKeys()
	for _, k := range b.MapKeys() {
		if !a.MapIndex(k).IsValid() {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, compareKeys)
	return keys
}

func compareKeys(a, b reflect.Value) int {
	a, b = dynamic(a), dynamic(b)
	if a.IsValid() && b.IsValid() && a.Kind() == b.Kind() {
		switch {
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		case a.CanFloat():
			return cmp.Compare(a.Float(), b.Float())
		case a.Kind() == reflect.String:
			return cmp.Compare(a.String(), b.String())
		}
	}
	return cmp.Compare(kindOf(a)+" "+flat(a), kindOf(b)+" "+flat(b))
}

func kindOf(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	return v.Type().String()
}
