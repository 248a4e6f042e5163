// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package serialport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/serialport"
)

func TestUnsupported(t *testing.T) {
	_, err := serialport.Open(nil, "COM1", serialport.Config{}, protocol.Base{})
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "windows") || !strings.Contains(err.Error(), "COM1") {
		t.Errorf("got %v", err)
	}
}
