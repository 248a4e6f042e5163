// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package core_test has tests of module core that wait for sockets, processes and devices, written with package trial. They are here and not beside what they test because core
// imports no other module, not even in its tests, and this module imports all of them.
package core_test

import (
	"testing"

	"github.com/torsion-go/torsion/trial"
)

func TestMain(m *testing.M) { trial.Main(m) }
