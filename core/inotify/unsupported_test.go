// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package inotify_test

import (
	"errors"
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestUnsupported(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := inotify.New(r.Loop); n != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("New: %v, %v", n, err)
	}
}
