// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/sse"
)

// read reads events as the HTML standard says that clients do.
func read(text string) (events []sse.Event) {
	var e sse.Event
	data := false
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			if line == "" && (data || e.Name != "") {
				e.Data = strings.TrimSuffix(e.Data, "\n")
				events = append(events, e)
				e = sse.Event{ID: e.ID}
				data = false
			}
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			e.Data += value + "\n"
			data = true
		}
	}
	return events
}

// What is in a field stays in it (class 8).
func TestEvent(t *testing.T) {
	for _, tt := range []struct {
		e    sse.Event
		want string
	}{
		{sse.Event{Data: "x"}, "data: x\n\n"},
		{sse.Event{}, "\n"},
		{sse.Event{Name: "n"}, "event: n\ndata: \n\n"},
		{sse.Event{ID: "1", Name: "n", Data: " a\nb\r\nc\rd", Retry: 1500 * time.Millisecond}, "retry: 1500\nid: 1\nevent: n\ndata:  a\ndata: b\ndata: c\ndata: d\n\n"},
		{sse.Event{Data: "\n\nevent: forged\n"}, "data: \ndata: \ndata: event: forged\ndata: \n\n"},
		{sse.Event{Retry: 1}, "retry: 1\n\n"},
		{sse.Event{Data: "é: x"}, "data: é: x\n\n"},
	} {
		b, err := tt.e.Append(nil)
		if err != nil || string(b) != tt.want {
			t.Errorf("%+v: %q %v, want %q", tt.e, b, err, tt.want)
		}
	}
	for _, e := range []sse.Event{{ID: "a\nb"}, {ID: "a\rb"}, {ID: "a\x00"}, {Name: "a\ndata: x"}, {Name: "a\r"}} {
		if b, err := e.Append(nil); !errors.Is(err, sse.ErrInvalid) || len(b) > 0 {
			t.Errorf("%+v: %q %v", e, b, err)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("1", "n", "a\r\nb\n")
	f.Fuzz(func(t *testing.T, id, name, data string) {
		b, err := sse.Event{ID: id, Name: name, Data: data}.Append(nil)
		if err != nil {
			return
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
		if name == "" && data == "" {
			return
		}
		if got := read(string(b)); len(got) != 1 || got[0] != (sse.Event{ID: id, Name: name, Data: want}) {
			t.Fatalf("%q became %+v", b, got)
		}
	})
}
