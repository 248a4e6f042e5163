// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package race

import "testing"

func TestRace(t *testing.T) {
	done := make(chan bool)
	n := 0
	go func() {
		n++
		close(done)
	}()
	n++
	<-done
	t.Log(n)
}
