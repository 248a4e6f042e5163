// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"strings"
	"testing"
)

func TestCheckAnswer(t *testing.T) {
	const good = "HTTP/1.1 200 OK\r\nServer: s\r\nCONTENT-length:  5 \r\nDate: now\r\n\r\nhello"
	for _, tt := range []struct {
		name, answer string
		size         int
		err          string
	}{
		{"good", good, len(good), ""},
		{"two", good + good, len(good), ""},
		{"status", strings.Replace(good, "200 OK", "404 Not Found", 1), 0, "status line"},
		{"version", strings.Replace(good, "1.1", "1.0", 1), 0, "status line"},
		{"body", good[:len(good)-1] + "0", 0, "wrong bytes"},
		{"first of the body", strings.Replace(good, "hello", "jello", 1), 0, "wrong bytes"},
		{"shorter length", strings.Replace(good, "5", "4", 1), 0, "Content-Length is 4, not 5"},
		{"longer length", strings.Replace(good, "5", "50", 1), 0, "Content-Length is 50, not 5"},
		{"no length", strings.Replace(good, "CONTENT-length", "Content", 1), 0, "Content-Length is -1"},
		{"bad length", strings.Replace(good, "5", "five", 1), 0, "no clear Content-Length"},
		{"two lengths", strings.Replace(good, "Date: now", "Content-Length: 5", 1), 0, "no clear Content-Length"},
		{"endless head", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 5000), 0, "no end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := checkAnswer([]byte(tt.answer), []byte("hello"))
			if n != tt.size || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %d, %v; want %d, %q", n, err, tt.size, tt.err)
			}
		})
	}
	for i := range len(good) {
		if n, err := checkAnswer([]byte(good[:i]), []byte("hello")); n != 0 || err != nil {
			t.Fatalf("after %d bytes: %d, %v", i, n, err)
		}
	}
}
