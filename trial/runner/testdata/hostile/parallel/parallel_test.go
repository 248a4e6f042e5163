// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package parallel

import (
	"sync"
	"testing"
)

var started sync.WaitGroup

func init() { started.Add(2) }

func TestInnocent(t *testing.T) {
	t.Parallel()
	started.Done()
	select {}
}

func TestGuilty(t *testing.T) {
	t.Parallel()
	started.Done()
	started.Wait()
	go func() { panic("guilty") }()
	select {}
}
