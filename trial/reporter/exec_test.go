// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/trial/result"
)

// TestMain is also the program that reporters tell, which reads until told otherwise.
func TestMain(m *testing.M) {
	switch os.Getenv("REPORTER_TEST") {
	case "":
		leaktest.Main(m)
	case "count":
		d := json.NewDecoder(os.Stdin)
		counts := map[string]int{}
		for {
			var e Event
			if d.Decode(&e) != nil {
				break
			}
			counts[e.Event]++
		}
		b, _ := json.Marshal(counts)
		os.Stdout.Write(append(b, '\n'))
	case "fail":
		os.Exit(3)
	case "stuck":
		r, w, err := os.Pipe()
		if err == nil {
			_, err = r.Read(make([]byte, 1)) // nothing comes
		}
		panic(errors.Join(err, w.Close()))
	}
}

// tell makes a reporter for this program.
func tell(t *testing.T, how string, w *bytes.Buffer, patience time.Duration) *execReporter {
	t.Helper()
	t.Setenv("REPORTER_TEST", how)
	r, err := New("exec:'"+os.Args[0]+"' -test.run none", Options{Writer: w})
	if err != nil {
		t.Fatal(err)
	}
	e := r.(*execReporter)
	e.patience = patience
	return e
}

func TestExec(t *testing.T) {
	var b bytes.Buffer
	r := tell(t, "count", &b, time.Minute)
	for pass := 1; pass <= 2; pass++ {
		run := &result.Run{Pass: pass}
		r.Begin(run)
		r.StartTest(&result.Test{})
		r.Problem(&result.Test{}, result.Problem{})
		r.StopTest(&result.Test{})
		r.StopPackage(&result.Package{})
		if err := r.Done(&result.Summary{Run: run}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() > 0 {
		t.Errorf("it ended before the last pass: %q", b.String())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != `{"begin":2,"done":2,"package":2,"problem":2,"start":2,"stop":2}`+"\n" {
		t.Error(got)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestExecBad: a program that ends early or never is told of, and holds nothing up for longer than its time.
func TestExecBad(t *testing.T) {
	var b bytes.Buffer
	r := tell(t, "fail", &b, time.Minute)
	if err := r.Done(&result.Summary{}); err == nil || !strings.Contains(err.Error(), "exit status 3") && !strings.Contains(err.Error(), "does not read") {
		t.Error(err)
	}
	r = tell(t, "stuck", &b, 50*time.Millisecond)
	big := &result.Test{Output: bytes.Repeat([]byte("a line\n"), 100_000)} // more than a pipe holds
	r.StopTest(big)
	r.StopTest(big)
	if err := r.Done(&result.Summary{}); err == nil || !strings.Contains(err.Error(), "does not read what is reported") {
		t.Error(err)
	}
	r = tell(t, "stuck", &b, 50*time.Millisecond)
	if err := r.Done(&result.Summary{}); err == nil || !strings.Contains(err.Error(), "did not end within 50ms") {
		t.Error(err)
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		"":                     nil,
		"  a  b ":              {"a", "b"},
		`sh -c 'echo "x y"'`:   {"sh", "-c", `echo "x y"`},
		`a "" ''`:              {"a", "", ""},
		`pre"fix 'and'"post x`: {"prefix 'and'post", "x"},
	} {
		if got, err := split(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := split("'"); err == nil {
		t.Error("a quote without an end")
	}
}
