// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	const at, before = "Tue, 03 Feb 2026 04:05:26 GMT", "Tue, 03 Feb 2026 04:04:26 GMT"
	for _, tt := range []struct {
		value, date string
		want        time.Duration
		ok          bool
	}{
		{"", "", 0, false},
		{"0", "", 0, true},
		{" 20 ", "", 20 * time.Second, true},
		{"99999999999999999999999", "", 1 << 62, true},
		{"9223372036854775807", "", 1 << 62, true},
		{"-1", "", 0, false},
		{"1.5", "", 0, false},
		{"soon", "", 0, false},
		{at, "", 20 * time.Second, true},
		{at, "x", 20 * time.Second, true},
		{at, before, time.Minute, true},
		{before, at, 0, true},
	} {
		if got, ok := RetryAfter(tt.value, tt.date, now); got != tt.want || ok != tt.ok {
			t.Errorf("%q, %q: %v, %v", tt.value, tt.date, got, ok)
		}
	}
}
