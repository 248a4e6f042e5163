// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package endpoint

import (
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// attachFiles reports that loops watch no files here.
func attachFiles(protocol.Loop, io.ReadCloser, io.WriteCloser, protocol.Protocol) bool { return false }
