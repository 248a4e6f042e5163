// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package record_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/internal/record"
)

func helper(t testing.TB) {
	t.Helper()
	t.Errorf("from a helper")
}

func TestRun(t *testing.T) {
	tests := []struct {
		name            string
		f               func(t testing.TB)
		failed, skipped bool
		said            []string // in order
	}{
		{"passes", func(t testing.TB) { t.Log("fine") }, false, false, []string{"record_test.go:", ": fine\n"}},
		{"error", func(t testing.TB) { t.Error("a", 1); t.Log("goes on") }, true, false, []string{": a 1\n", ": goes on\n"}},
		{"fatal", func(t testing.TB) { t.Fatal("end"); t.Log("goes on") }, true, false, []string{": end\n"}},
		{"fatalf", func(t testing.TB) { t.Fatalf("%d", 7) }, true, false, []string{": 7\n"}},
		{"fail", func(t testing.TB) { t.Fail() }, true, false, nil},
		{"failnow", func(t testing.TB) { t.FailNow() }, true, false, nil},
		{"skip", func(t testing.TB) { t.Skip("no peer"); t.Error("goes on") }, false, true, []string{": no peer\n"}},
		{"skipf", func(t testing.TB) { t.Skipf("no %s", "peer") }, false, true, []string{": no peer\n"}},
		{"panic", func(t testing.TB) { panic("boom") }, true, false, []string{"panic: boom\n", "record_test.go:"}},
		{"helper", func(t testing.TB) { helper(t) }, true, false, []string{"record_test.go:", ": from a helper"}},
		{"output", func(t testing.TB) { fmt.Fprint(t.Output(), "written") }, false, false, []string{"written\n"}},
		{"cleanups", func(t testing.TB) {
			t.Cleanup(func() { t.Log("last", t.Context().Err()) })
			t.Cleanup(func() { panic("in a cleanup") })
			t.Cleanup(func() { t.Log("first") })
			t.Log("body", t.Context().Err())
			t.FailNow()
		}, true, false, []string{": body <nil>\n", ": first\n", "panic: in a cleanup", ": last context canceled\n"}},
		{"too much", func(t testing.TB) {
			for range 100 {
				t.Log(strings.Repeat("x", 1000))
			}
		}, false, false, []string{"x…\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := record.New(t)
			r.Run(func() { tt.f(r) })
			if r.Failed() != tt.failed || r.Skipped() != tt.skipped {
				t.Errorf("failed %v, skipped %v", r.Failed(), r.Skipped())
			}
			rest := r.Said()
			for _, s := range tt.said {
				_, after, ok := strings.Cut(rest, s)
				if !ok {
					t.Errorf("%q is not in %q", s, rest)
				}
				rest = after
			}
			if tt.said == nil && r.Said() != "" || strings.Contains(r.Said(), "goes on") && !strings.HasPrefix(tt.name, "error") {
				t.Errorf("it said %q", r.Said())
			}
			if len(r.Said()) > 70_000 {
				t.Errorf("it kept %d bytes", len(r.Said()))
			}
		})
	}
}

// The place of a failure is that of the first caller which is no helper, or of the panic.
func TestPlace(t *testing.T) {
	line := func(text string) string {
		src, err := os.ReadFile("record_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range strings.Split(string(src), "\n") {
			if strings.Contains(l, text) && !strings.Contains(l, "line(") {
				return fmt.Sprintf("/record_test.go:%d", i+1)
			}
		}
		t.Fatalf("there is no %q", text)
		return ""
	}
	var null *record.TB
	tests := []struct {
		mark string
		f    func(t testing.TB)
	}{
		{"mark one", func(t testing.TB) {
			helper(t) // mark one
			t.Error("a later one")
		}},
		{"mark two", func(testing.TB) {
			panic(1) // mark two
		}},
		{"mark three", func(testing.TB) {
			null.Stop() // mark three
		}},
		{"mark four", func(testing.TB) {
			_ = []int{}[len(os.Args[:0])] // mark four
		}},
		{"mark five", func(t testing.TB) {
			t.FailNow() // mark five
		}},
	}
	for _, tt := range tests {
		r := record.New(t)
		r.Run(func() { tt.f(r) })
		if tt.mark == "mark two" && (strings.Count(r.Said(), "\n") != 6 || strings.Contains(r.Said(), "runtime.") || !strings.Contains(r.Said(), "TestPlace.func")) {
			t.Errorf("the stack is %q", r.Said())
		}
		if want := line("// " + tt.mark); !strings.HasSuffix(r.Place(), want) {
			t.Errorf("%s: the place is %s, want %s", tt.mark, r.Place(), want)
		}
	}
}

func TestStop(t *testing.T) {
	r := record.New(t)
	r.Stop = func() { panic("stopped") }
	defer func() {
		if v := recover(); v != "stopped" || !r.Failed() {
			t.Errorf("recovered %v", v)
		}
	}()
	r.Fatal("x")
}
