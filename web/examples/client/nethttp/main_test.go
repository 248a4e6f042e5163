// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestRun(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		fmt.Fprint(w, "this is ", r.URL)
	}))
	defer s.Close()
	var out strings.Builder
	if err := run(t.Context(), s.URL+"/old", &out); err != nil || out.String() != "HTTP/1.1 200 OK\nthis is /new" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
