// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestWait(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, len(r.URL.Path))) }))
	defer s.Close()
	var out strings.Builder
	if err := run(t.Context(), []string{s.URL + "/123", s.URL + "/1", "ftp://example.org/"}, &out); err != nil {
		t.Fatal(err)
	}
	if got, ok := strings.CutPrefix(out.String(), "4 bytes\n2 bytes\n"); !ok || !strings.Contains(got, "ftp") {
		t.Errorf("%q", out.String())
	}
}

func TestCancelled(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(left)
	}))
	defer s.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { // the test waits for it below: the server has been asked
		<-asked
		cancel(errors.New("enough"))
	}()
	var out strings.Builder
	if err := run(ctx, []string{s.URL}, &out); err != nil || out.String() != "enough\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	<-left // the connection has ended
}
