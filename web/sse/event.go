// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// An Event is a message to the client. One with neither name nor data is not seen by the page's code, but sets what ID and Retry say.
type Event struct {
	ID    string        // what the client sends as Last-Event-ID when it comes back; "" leaves it as it is
	Name  string        // the type of the event; "" means message
	Data  string        // UTF-8
	Retry time.Duration // how long clients wait before they come back; 0 leaves it as it is
}

// ErrInvalid is returned for an ID or name with a line break, and for an ID with a NUL, which clients would not take.
var ErrInvalid = errors.New("sse: an id or a name with a line break or NUL")

// Append appends the event as it is sent.
func (e Event) Append(b []byte) ([]byte, error) {
	if strings.ContainsAny(e.ID, "\r\n\x00") || strings.ContainsAny(e.Name, "\r\n") {
		return b, ErrInvalid
	}
	if e.Retry > 0 {
		b = append(b, "retry: "...)
		b = append(strconv.AppendInt(b, max(e.Retry.Milliseconds(), 1), 10), '\n')
	}
	if e.ID != "" {
		b = append(append(append(b, "id: "...), e.ID...), '\n')
	}
	if e.Name != "" {
		b = append(append(append(b, "event: "...), e.Name...), '\n')
	}
	if e.Name != "" || e.Data != "" {
		b = appendData(b, e.Data)
	}
	return append(b, '\n'), nil
}

// appendData appends a line for each line of data. CRLF, CR and LF all end lines.
func appendData(b []byte, data string) []byte {
	for {
		i := strings.IndexAny(data, "\r\n")
		line := data
		if i >= 0 {
			line = data[:i]
		}
		b = append(append(append(b, "data: "...), line...), '\n')
		if i < 0 {
			return b
		}
		if data[i] == '\r' && strings.HasPrefix(data[i+1:], "\n") {
			i++
		}
		data = data[i+1:]
	}
}
