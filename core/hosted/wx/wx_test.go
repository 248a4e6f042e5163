// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wx_test

import (
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/internal/rig"
	"github.com/torsion-go/torsion/core/hosted/wx"
	"github.com/torsion-go/torsion/core/hosted/wx/internal/dialog"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestToolkit(t *testing.T) {
	rig.TestToolkit(t, rig.Toolkit{Run: wx.Run, Post: wx.Post, RunDialog: dialog.Run, EndDialog: dialog.End})
}

func TestConformance(t *testing.T) { rig.TestConformance(t, wx.Run) }
