// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/torsion-go/torsion/trial"
)

// want is a helper of some other package, that knows testing.TB alone.
func want(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func init() {
	sample("helper_fails", func(tc *trial.Case) {
		want(tc, "this", "that") // the line that is told
		tc.Log("it goes on")
	})
	sample("helper_todo", func(tc *trial.Case) {
		tc.Todo("not yet")
		want(tc, "this", "that")
	})
	sample("helper_parallel_captures", func(tc *trial.Case) {
		tc.CaptureDefault()
		tc.Parallel()
	})
}

func TestHelpers(t *testing.T) {
	all := expect(t, "helper_", []expectation{
		{name: "helper_fails", status: "FAIL", says: []string{`got "this", want "that"`}, not: []string{"it goes on"}},
		{name: "helper_todo", status: "SKIP", outcome: "todo", says: []string{`got "this", want "that"`}},
		{name: "helper_parallel_captures", status: "FAIL", says: []string{"CaptureDefault is not for parallel tests"}},
	})
	if line := all["helper_fails"].output; !strings.HasPrefix(strings.TrimSpace(line), "helper_test.go:") {
		t.Errorf("the place is that of a helper: %s", line)
	}
}

// What testing.TB has besides works as ever.
func TestTB(t *testing.T) {
	var ctx context.Context
	var order []string
	t.Run("", func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			ctx = tc.Context()
			if ctx.Err() != nil || tc.TempDir() == "" || tc.Name() != t.Name() || tc.Failed() || tc.Skipped() {
				tc.Error("it is no testing.TB as others are")
			}
			tc.Setenv("TRIAL_TEST_TB", "x")
			tc.TB.Cleanup(func() { order = append(order, "of TB, added first") })
			tc.Cleanup(func() {
				order = append(order, "of the Case")
				if ctx.Err() == nil {
					tc.Error("the context goes on in cleanups")
				}
			})
		})
	})
	if len(order) != 2 || order[0] != "of the Case" {
		t.Errorf("the cleanups were called in the order %q", order)
	}
}

// Tests of net/http need nothing of trial, and run as they are.
func TestForeign(t *testing.T) {
	w := httptest.NewRecorder()
	http.NotFoundHandler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
	if err := iotest.TestReader(strings.NewReader("text"), []byte("text")); err != nil {
		t.Error(err)
	}
}

// A server of net/http in a Case, whose goroutines have to end with it.
func TestHTTPServerInCase(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		s := httptest.NewServer(http.NotFoundHandler())
		tc.Cleanup(s.Close)
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			tc.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			tc.Errorf("status %d", resp.StatusCode)
		}
	})
}
