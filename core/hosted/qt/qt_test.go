// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package qt_test

import (
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/internal/rig"
	"github.com/torsion-go/torsion/core/hosted/qt"
	"github.com/torsion-go/torsion/core/hosted/qt/internal/dialog"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestToolkit(t *testing.T) {
	rig.TestToolkit(t, rig.Toolkit{Run: qt.Run, Post: qt.Post, RunDialog: dialog.Run, EndDialog: dialog.End})
}

func TestConformance(t *testing.T) { rig.TestConformance(t, qt.Run) }
