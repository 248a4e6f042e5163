// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
