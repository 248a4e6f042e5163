// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "you asked for ", r.URL) }))
	defer s.Close()
	for _, tt := range []struct {
		url, want string
		code      int
	}{
		{s.URL + "/a?b", "you asked for /a?b", 0},
		{"gopher://example.org/", "", 1},
	} {
		var out strings.Builder
		if code := run(t.Context(), []string{tt.url}, &out); code != tt.code || out.String() != tt.want {
			t.Errorf("%s: %d, %q", tt.url, code, out.String())
		}
	}
}
