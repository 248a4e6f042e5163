// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
)

// The errors of documents that are beyond a limit.
var (
	errDepth = errors.New("values are nested too deeply")
	errCount = errors.New("too many values")
)

// within returns an error if text, which is JSON, holds more than values values, those within others and the names of members too, or if they are nested deeper than depth.
func within(text []byte, depth, values int) error {
	level, count, quoted, inside := 0, 0, false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			if quoted = !quoted; quoted {
				count++
			}
		case quoted:
		case c == '[' || c == '{':
			count++
			if level++; level > depth {
				return errDepth
			}
			inside = false
		case c == ']' || c == '}':
			level--
			inside = false
		case c == ',' || c == ':' || c <= ' ':
			inside = false
		case !inside: // a number or a word begins
			count++
			inside = true
		}
		if count > values {
			return errCount
		}
	}
	return nil
}

// A call is one request of a batch.
type call struct {
	id     json.RawMessage // null if it could not be read
	notify bool
	method string
	args   arguments
	err    *fault // what is wrong with it
}

// parse reads a request object.
func parse(text json.RawMessage) call {
	c := call{id: json.RawMessage("null")}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil || fields == nil {
		c.err = &fault{Code: InvalidRequest, Message: "a request is an object"}
		return c
	}
	id, ok := fields["id"]
	c.notify = !ok
	if ok {
		switch id[0] {
		case '{', '[', 't', 'f':
			c.err = &fault{Code: InvalidRequest, Message: "an id is a string, a number or null"}
			return c
		}
		c.id = id
	}
	var version string
	var method *string
	switch {
	case json.Unmarshal(fields["jsonrpc"], &version) != nil || version != "2.0":
		c.err = &fault{Code: InvalidRequest, Message: `jsonrpc is not "2.0"`}
	case json.Unmarshal(fields["method"], &method) != nil || method == nil || len(*method) > maxName:
		c.err = &fault{Code: InvalidRequest, Message: "method is no string, or too long"}
	default:
		c.method = *method
	}
	switch params := fields["params"]; {
	case params == nil:
	case params[0] == '{':
		c.args = arguments{params}
	case params[0] == '[':
		json.Unmarshal(params, &c.args) // it is an array
	case c.err == nil:
		c.err = &fault{Code: InvalidRequest, Message: "params is no array and no object"}
	}
	if c.err != nil {
		c.notify = false // what is no request is no notification either
	}
	return c
}

// calls reads a body: one call, or a batch.
func calls(text []byte) (batch []json.RawMessage, isBatch bool, err error) {
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		err = json.Unmarshal(text, &batch)
		return batch, true, err
	}
	return []json.RawMessage{text}, false, nil
}
