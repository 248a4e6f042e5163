// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package process_test

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// A descriptor that this process has without the mark to close it, as what started it may have left one, is not open in the child.
func TestInheritedDescriptorsAreClosed(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		fd, err := unix.Open("/proc/version", unix.O_RDONLY, 0)
		check(t, err)
		defer unix.Close(fd)
		p := newRecord(r)
		p.spawn(t, process.Config{Args: []string{"readlink", "/proc/self/fd/" + strconv.Itoa(fd)}})
		p.wait(t)
		if got := p.out(1); strings.Contains(got, "version") {
			t.Errorf("descriptor %d of the child is %s", fd, got)
		}
	})
}
