// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// TestTiming: a time for every test, whose sum is the one that is told; percentiles; what became slower.
func TestTiming(t *testing.T) {
	file := t.TempDir() + "/times.json"
	run := func(scale time.Duration) string {
		var all []*result.Test
		for i := range 100 {
			one := test("a", fmt.Sprintf("Test%02d", i), result.Passed)
			one.Elapsed = time.Duration(i+1) * scale
			all = append(all, one)
		}
		skipped := test("a", "TestSkipped", result.Skipped)
		return report(t, "timing", reporter.Options{Timings: file}, summary(append(all, skipped), nil))
	}
	out := run(time.Millisecond)
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^a\.\w+ \.\.\. \[\w+\] \((\d+\.\d{3}) secs\)$`).FindAllStringSubmatch(out, -1) {
		f, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += f
	}
	if fmt.Sprintf("%.3f", sum) != "5.050" {
		t.Errorf("the sum is %.3f\n%s", sum, out)
	}
	if !strings.Contains(out, "Times: 50% up to 0.050s, 90% up to 0.090s, 99% up to 0.099s, the longest 0.100s, together 5.050s\n") || strings.Contains(out, "Slower") {
		t.Error(out)
	}
	out = run(2 * time.Millisecond)
	// Twice the time is slower if it is at least 50 ms more: those of 50 to 100 ms, of which 20 are told.
	if !strings.Contains(out, "Slower than in the last run:\n   0.200s, was 0.100s  a.Test99\n") || strings.Count(out, ", was ") != 20 || !strings.Contains(out, "... and 31 more\n") {
		t.Error(out)
	}
	if out = run(2 * time.Millisecond); strings.Contains(out, "Slower") {
		t.Error(out)
	}
	report(t, "timing", reporter.Options{Timings: file}, summary([]*result.Test{test("b", "TestOther", result.Passed)}, nil))
	var times map[string]float64
	if err := json.Unmarshal([]byte(readFile(t, file)), &times); err != nil || len(times) != 101 || times["a.Test99"] != 0.2 {
		t.Errorf("%d times, %v, %v", len(times), times["a.Test99"], err)
	}
}

func TestTimingsFile(t *testing.T) {
	file := t.TempDir() + "/times.json"
	if err := os.WriteFile(file, []byte("no JSON"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := reporter.New("timing", reporter.Options{Timings: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Error(err)
	}
	r, err := reporter.New("timing", reporter.Options{Timings: t.TempDir() + "/none/times.json", Writer: new(strings.Builder)})
	if err != nil {
		t.Fatal(err)
	}
	if err := play(r, summary(tests()[:1], nil)); err == nil || !strings.Contains(err.Error(), "times of this run") {
		t.Error(err)
	}
}
