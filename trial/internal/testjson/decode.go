// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// Events are flat objects of strings, and a number, which the go command writes without blanks: the quick way reads those, and encoding/json all others.
// A million lines of output are a million events.

// decode reads one line; false if it is no event.
func (p *Parser) decode(line []byte) (Event, bool) {
	line = bytes.TrimSpace(line)
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return Event{}, false
	}
	if ev, ok := p.quick(line); ok {
		return ev, ev.Action != ""
	}
	var ev Event
	if err := json.Unmarshal(line, &ev); err != nil {
		return Event{}, false
	}
	return ev, ev.Action != ""
}

// quick reads {"Key":"value",...} as encoding/json writes it; false if there is anything else in it.
func (p *Parser) quick(line []byte) (ev Event, ok bool) {
	rest := line[1:]
	for {
		key, after, ok := plain(rest)
		if !ok || len(after) < 2 || after[0] != ':' {
			return ev, false
		}
		rest = after[1:]
		if string(key) == "Elapsed" {
			end := bytes.IndexAny(rest, ",}")
			if end <= 0 {
				return ev, false
			}
			if len(bytes.Trim(rest[:end], "0123456789.")) > 0 || rest[0] == '.' || rest[end-1] == '.' || rest[0] == '0' && end > 1 && rest[1] != '.' {
				return ev, false
			}
			f, err := strconv.ParseFloat(string(rest[:end]), 64)
			if err != nil {
				return ev, false
			}
			ev.Elapsed, rest = f, rest[end:]
		} else if rest, ok = p.field(&ev, string(key), rest); !ok {
			return ev, false
		}
		switch {
		case len(rest) == 1 && rest[0] == '}':
			return ev, true
		case len(rest) > 1 && rest[0] == ',':
			rest = rest[1:]
		default:
			return ev, false
		}
	}
}

// field reads the value of a key and returns what follows it.
func (p *Parser) field(ev *Event, key string, rest []byte) ([]byte, bool) {
	if key == "Output" {
		s, after, ok := escaped(rest)
		ev.Output = s
		return after, ok
	}
	value, after, ok := plain(rest)
	if !ok {
		return nil, false
	}
	switch key {
	case "Time":
		t, err := time.Parse(time.RFC3339, string(value))
		if err != nil {
			return nil, false
		}
		ev.Time = t
	case "Action":
		ev.Action = p.intern(value)
	case "Package":
		ev.Package = p.intern(value)
	case "Test":
		ev.Test = p.intern(value)
	case "FailedBuild":
		ev.FailedBuild = string(value)
	case "ImportPath":
		ev.ImportPath = p.intern(value)
	case "Key":
		ev.Key = string(value)
	case "Value":
		ev.Value = string(value)
	case "Path":
		ev.Path = string(value)
	default:
		return nil, false
	}
	return after, true
}

// plain reads a string that has neither escapes nor bytes beyond ASCII.
func plain(b []byte) (value, after []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return b[1:i], b[i+1:], true
		case c == '\\' || c < ' ' || c >= 0x80:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// escaped reads a string in which the usual escapes stand for ASCII.
func escaped(b []byte) (value string, after []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return "", nil, false
	}
	var buf [1100]byte // test2json writes at most 1 KiB in an event
	out := buf[:0]
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return string(out), b[i+1:], true
		case c == '\\':
			i++
			if i == len(b) {
				return "", nil, false
			}
			switch b[i] {
			case 'n':
				out = append(out, '\n')
			case 't':
				out = append(out, '\t')
			case 'r':
				out = append(out, '\r')
			case '"', '\\', '/':
				out = append(out, b[i])
			case 'u':
				if len(b) < i+5 {
					return "", nil, false
				}
				u, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 16)
				if err != nil || u >= 0x80 {
					return "", nil, false
				}
				out = append(out, byte(u))
				i += 4
			default:
				return "", nil, false
			}
		case c < ' ' || c >= 0x80:
			return "", nil, false
		default:
			out = append(out, c)
		}
	}
	return "", nil, false
}
