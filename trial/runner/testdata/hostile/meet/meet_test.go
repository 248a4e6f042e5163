// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package meet

import (
	"os"
	"testing"
	"time"
)

// Each test waits until the other one runs, in another process.
func meet(t *testing.T, me, other string) {
	dir := os.Getenv("GATES")
	if err := os.WriteFile(dir+"/"+me, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(dir + "/" + other); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestA(t *testing.T) { meet(t, "a", "b") }
func TestB(t *testing.T) { meet(t, "b", "a") }
