// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
