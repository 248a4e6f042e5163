// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/web/internal/xmlpush"
)

// A decoder reads a methodCall, or a methodResponse, that comes in pieces. It does no I/O. Its fields above the line are set before.
type decoder struct {
	response bool
	depth    int // of values within values
	values   int
	location *time.Location

	p     xmlpush.Parser
	begun bool
	err   error
	open  []node
	text  []byte // of the innermost open node
	count int    // values so far
	level int    // of open values

	method  string
	params  []any
	faulted bool // the response is a fault, params the value of it
}

// A node is an open element.
type node struct {
	kind   string // its name; for the types of values as they were written
	value  any    // of a value, member or param
	has    bool   // value is set
	list   []any
	fields map[string]any
	name   string // of a member
	named  bool
	done   int // which parts of a methodCall have come
}

// maxName bounds the name of a method, which may go into a log and into the answer.
const maxName = 256

// errDepth and errCount strike for documents that are beyond a limit.
var (
	errDepth = errors.New("values are nested too deeply")
	errCount = errors.New("too many values")
)

// Feed adds input. After an error, more is dropped.
func (d *decoder) Feed(b []byte) {
	if d.err != nil {
		return
	}
	if !d.begun {
		d.begun = true
		d.p.Limits = xmlpush.Limits{Depth: 4*d.depth + 8}
	}
	d.p.Feed(b)
	for d.err == nil {
		ev, ok, err := d.p.Next()
		if err != nil {
			d.err = err
		}
		if !ok {
			return
		}
		switch ev.Kind {
		case xmlpush.StartElement:
			d.start(ev.Name.Local)
		case xmlpush.EndElement:
			d.end()
		case xmlpush.Text, xmlpush.CDATA:
			d.characters(ev.Data)
		}
	}
}

// Close tells that the input has ended, and returns what was wrong with it.
func (d *decoder) Close() error {
	if d.err == nil {
		d.err = d.p.Close()
	}
	return d.err
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// root returns the name of the outermost element.
func (d *decoder) root() string {
	if d.response {
		return "methodResponse"
	}
	return "methodCall"
}

// scalar reports whether elements of that name hold nothing but text.
func scalar(name string) bool {
	switch name {
	case "i4", "int", "i8", "i1", "i2", "boolean", "string", "double", "dateTime.iso8601", "base64", "nil":
		return true
	}
	return false
}

// start opens an element, if it belongs where it is.
func (d *decoder) start(name string) {
	n := len(d.open)
	if n == 0 {
		if root := d.root(); name != root {
			d.fail("%q instead of %s", name, root)
		}
		d.open = append(d.open, node{kind: name})
		return
	}
	up := &d.open[n-1]
	ok := false
	switch up.kind {
	case "methodCall":
		ok = name == "methodName" && up.done == 0 || name == "params" && up.done == 1
		up.done++
	case "methodResponse":
		ok = (name == "params" || name == "fault") && up.done == 0
		up.done++
	case "fault":
		ok = name == "value" && !up.has
	case "params":
		ok = name == "param" && (!d.response || len(d.params) == 0)
	case "param":
		ok = name == "value" && !up.has
	case "value":
		ok = !up.has && blank(d.text) && (scalar(name) || name == "struct" || name == "array")
	case "struct":
		ok = name == "member"
	case "member":
		ok = name == "name" && !up.named || name == "value" && !up.has
	case "array":
		ok = name == "data" && !up.has
	case "data":
		ok = name == "value"
	}
	if !ok {
		d.fail("%q does not belong into %q", name, up.kind)
		return
	}
	d.text = d.text[:0]
	child := node{kind: name}
	switch name {
	case "value":
		if d.count++; d.count > d.values {
			d.err = errCount
		}
		if d.level++; d.level > d.depth {
			d.err = errDepth
		}
	case "struct":
		child.fields = make(map[string]any)
	}
	d.open = append(d.open, child)
}

func blank[T string | []byte](s T) bool { return strings.Trim(string(s), " \t\r\n") == "" }

func (d *decoder) characters(s string) {
	if len(d.open) == 0 {
		return
	}
	up := &d.open[len(d.open)-1]
	switch {
	case scalar(up.kind), up.kind == "methodName", up.kind == "name", up.kind == "value" && !up.has:
		d.text = append(d.text, s...)
	case !blank(s):
		d.fail("text does not belong into %q", up.kind)
	}
}

// end closes the innermost element and gives what it holds to the one around it.
func (d *decoder) end() {
	n := len(d.open) - 1
	el := d.open[n]
	d.open[n] = node{}
	d.open = d.open[:n]
	if n == 0 {
		if el.done == 0 {
			d.fail("%s without a %s", d.root(), map[bool]string{false: "methodName", true: "value"}[d.response])
		}
		return
	}
	up := &d.open[n-1]
	switch el.kind {
	case "methodName":
		if d.method = string(d.text); len(d.method) > maxName {
			d.fail("methodName is too long")
		}
	case "params":
		if d.response && len(d.params) == 0 {
			d.fail("params without a value")
		}
	case "param", "fault":
		if !el.has {
			d.fail("%s without a value", el.kind)
		}
		d.faulted = el.kind == "fault"
		d.params = append(d.params, el.value)
	case "value":
		d.level--
		if !el.has {
			el.value = string(d.text)
		}
		if up.kind == "data" {
			up.list = append(up.list, el.value)
			break
		}
		up.value, up.has = el.value, true
	case "name":
		up.name, up.named = string(d.text), true
	case "member":
		if _, twice := up.fields[el.name]; twice || !el.named || !el.has {
			d.fail("member %q stands twice, or without name or value", el.name)
		}
		up.fields[el.name] = el.value
	case "struct":
		up.value, up.has = el.fields, true
	case "data":
		if el.list == nil {
			el.list = []any{}
		}
		up.value, up.has = el.list, true
	case "array":
		if !el.has {
			d.fail("array without data")
		}
		up.value, up.has = el.value, true
	default:
		v, err := d.scan(el.kind, string(d.text))
		if err != nil {
			d.fail("%w", err)
		}
		up.value, up.has = v, true
	}
	d.text = d.text[:0]
}

// scan reads the text of a scalar.
func (d *decoder) scan(kind, s string) (any, error) {
	if kind == "string" {
		return s, nil
	}
	s = strings.Trim(s, " \t\r\n")
	bits := 0
	switch kind {
	case "nil":
		if s != "" {
			return nil, errors.New("text does not belong into nil")
		}
		return nil, nil
	case "boolean":
		if s != "0" && s != "1" {
			return nil, fmt.Errorf("boolean %q", s)
		}
		return s == "1", nil
	case "double":
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || strings.ContainsAny(s, "xXpP_iInN") || math.IsInf(f, 0) {
			return nil, fmt.Errorf("double %q", s)
		}
		return f, nil
	case "base64":
		b, err := base64.StdEncoding.DecodeString(strings.NewReplacer(" ", "", "\t", "").Replace(s)) // line breaks it skips
		if err != nil {
			return nil, fmt.Errorf("base64: %w", err)
		}
		return b, nil
	case "dateTime.iso8601":
		for _, layout := range []string{"20060102T15:04:05", "2006-01-02T15:04:05", "20060102T15:04:05Z07:00", "2006-01-02T15:04:05Z07:00", "20060102T150405Z0700"} {
			if t, err := time.ParseInLocation(layout, s, d.location); err == nil {
				return t, nil
			}
		}
		return nil, fmt.Errorf("dateTime.iso8601 %q", s)
	case "i1":
		bits = 8
	case "i2":
		bits = 16
	case "i4", "int":
		bits = 32
	case "i8":
		bits = 64
	}
	i, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		return nil, fmt.Errorf("%s %q", kind, s)
	}
	return i, nil
}
