// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gtk_test

import (
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/gtk"
	"github.com/torsion-go/torsion/core/hosted/internal/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }

func TestToolkit(t *testing.T) { rig.TestToolkit(t, gtk.Run, gtk.Post) }

func TestConformance(t *testing.T) { rig.TestConformance(t, gtk.Run) }
