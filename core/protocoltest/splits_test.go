// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"bytes"
	"fmt"
	"iter"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
)

// A verdict is a test that may fail without consequence.
type verdict struct {
	testing.TB
	failures int
}

func (v *verdict) Helper()               {}
func (v *verdict) Errorf(string, ...any) { v.failures++ }
func (v *verdict) Logf(string, ...any)   {}

func TestSplitsFindsFaults(t *testing.T) {
	count := func(pieces iter.Seq[[]byte]) string {
		n := 0
		for p := range pieces {
			n += len(p)
		}
		return fmt.Sprint(n)
	}
	for _, tt := range []struct {
		name  string
		input []byte
		run   func(iter.Seq[[]byte]) string
		ok    bool
	}{
		{"sound", []byte("some input"), count, true},
		{"empty", nil, count, true},
		{"long", make([]byte, 10000), count, true},
		{"looks for a pair in each piece", []byte("ab--cd"), func(pieces iter.Seq[[]byte]) string {
			found := false
			for p := range pieces {
				found = found || bytes.Contains(p, []byte("--"))
			}
			return fmt.Sprint(found)
		}, false},
		{"fails in pieces of two or more only", []byte("abcdef"), func(pieces iter.Seq[[]byte]) string {
			first := true
			for p := range pieces {
				if first && len(p) > 1 && p[len(p)-1] == 'c' {
					return "broken"
				}
				first = false
			}
			return "ok"
		}, false},
		{"keeps what was lent", []byte("abc"), func(pieces iter.Seq[[]byte]) string {
			var kept [][]byte
			for p := range pieces {
				if len(p) > 0 {
					kept = append(kept, p)
				}
			}
			return fmt.Sprintf("%q", bytes.Join(kept, nil)[:1])
		}, true}, // spoilt alike
		{"stops early", []byte("abc"), func(pieces iter.Seq[[]byte]) string {
			for range pieces {
				break
			}
			return ""
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &verdict{TB: t}
			protocoltest.Splits(v, tt.input, tt.run)
			if (v.failures == 0) != tt.ok {
				t.Errorf("%d failures, want none: %v", v.failures, tt.ok)
			}
		})
	}
}

func TestSplitsSpoilsWhatWasLent(t *testing.T) {
	protocoltest.Splits(t, []byte("abcdef"), func(pieces iter.Seq[[]byte]) string {
		var before []byte
		for p := range pieces {
			if bytes.ContainsAny(before, "abcdef") {
				t.Errorf("the last piece still reads %q", before)
			}
			before = p
		}
		return ""
	})
}
