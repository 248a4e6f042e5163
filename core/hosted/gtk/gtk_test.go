// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gtk_test

import (
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/gtk"
	"github.com/torsion-go/torsion/core/hosted/gtk/internal/dialog"
	"github.com/torsion-go/torsion/core/hosted/internal/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestToolkit(t *testing.T) {
	rig.TestToolkit(t, rig.Toolkit{Run: gtk.Run, Post: gtk.Post, RunDialog: dialog.Run, EndDialog: dialog.End})
}

func TestConformance(t *testing.T) { rig.TestConformance(t, gtk.Run) }
