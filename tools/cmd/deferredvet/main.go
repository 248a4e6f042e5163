// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Deferredvet finds tests that drop a Deferred, for which nobody waits then: such a test may be over before what it is about has happened. It is a tool for go vet:
//
//	go install github.com/torsion-go/torsion/tools/cmd/deferredvet@latest
//	go vet -vettool=$(which deferredvet) ./...
//
// An assignment to _ says that a Deferred is dropped on purpose.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/torsion-go/torsion/tools/internal/lost"
)

func main() { unitchecker.Main(lost.Analyzer) }
