// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package qt_test

import (
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/internal/rig"
	"github.com/torsion-go/torsion/core/hosted/qt"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestToolkit(t *testing.T) { rig.TestToolkit(t, qt.Run, qt.Post) }

func TestConformance(t *testing.T) { rig.TestConformance(t, qt.Run) }
