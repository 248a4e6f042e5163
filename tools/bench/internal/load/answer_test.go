// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	const good = "HTTP/1.1 200 OK\r\nServer: s\r\nCONTENT-length:  5 \r\nDate: now\r\n\r\nhello"
	for _, tt := range []struct {
		name, text, rest string
		err              string
	}{
		{"good", good, "", ""},
		{"two", good + good, good, ""},
		{"status", strings.Replace(good, "200 OK", "404 Not Found", 1), "", "status line"},
		{"version", strings.Replace(good, "1.1", "1.0", 1), "", "status line"},
		{"body", good[:len(good)-1] + "0", "", "wrong bytes"},
		{"first of the body", strings.Replace(good, "hello", "jello", 1), "", "wrong bytes"},
		{"shorter length", strings.Replace(good, "5", "4", 1), "", "Content-Length is 4, not 5"},
		{"longer length", strings.Replace(good, "5", "50", 1), "", "Content-Length is 50, not 5"},
		{"no length", strings.Replace(good, "CONTENT-length", "Content", 1), "", "Content-Length is -1"},
		{"bad length", strings.Replace(good, "5", "five", 1), "", "no clear Content-Length"},
		{"two lengths", strings.Replace(good, "Date: now", "Content-Length: 5", 1), "", "no clear Content-Length"},
		{"endless head", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 5000), "", "no end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a answer
			rest, complete, err := a.feed([]byte(tt.text), []byte("hello"))
			if string(rest) != tt.rest || complete != (tt.err == "") || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v, %v; want %q, %q", rest, complete, err, tt.rest, tt.err)
			}
		})
	}
	// Two answers, cut in two at every byte, and byte by byte.
	both := []byte(good + good)
	var a answer
	for cut := range both {
		n := 0
		for _, p := range [][]byte{both[:cut], both[cut:]} {
			for len(p) > 0 {
				rest, complete, err := a.feed(p, []byte("hello"))
				if err != nil {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				if p = rest; complete {
					n++
				}
			}
		}
		if n != 2 {
			t.Fatalf("cut at %d there are %d answers", cut, n)
		}
	}
	for i := range both {
		_, complete, err := a.feed(both[i:i+1], []byte("hello"))
		if err != nil || complete != ((i+1)%len(good) == 0) {
			t.Fatalf("at byte %d: %v, %v", i, complete, err)
		}
	}
}
