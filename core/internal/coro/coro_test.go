// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package coro_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/internal/coro"
)

type loop struct {
	barred bool
	later  []func()
}

func (l *loop) SwitchBarred() bool          { return l.barred }
func (l *loop) CallWhenSwitchable(f func()) { l.later = append(l.later, f) }

func TestBarred(t *testing.T) {
	for _, tt := range []struct {
		name string
		loop any
		want bool
	}{
		{"nil", nil, false},
		{"a loop that never refuses", 1, false},
		{"allowed", &loop{}, false},
		{"refused", &loop{barred: true}, true},
	} {
		if got := coro.Barred(tt.loop); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
	l := &loop{barred: true}
	called := false
	coro.Later(l, func() { called = true })
	if called || len(l.later) != 1 {
		t.Errorf("Later called the function: %t, handed over %d", called, len(l.later))
	}
	if n := testing.AllocsPerRun(10, func() { coro.Barred(l) }); n != 0 {
		t.Errorf("Barred allocates %v times", n)
	}
}
