// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lost_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/torsion-go/torsion/tools/internal/lost"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), lost.Analyzer, "a")
}
