// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package slow

import (
	"os"
	"testing"
	"time"
)

// Each test says that it runs by a file, and waits for another one.
func wait(t *testing.T) {
	dir := os.Getenv("GATES")
	if err := os.WriteFile(dir+"/"+t.Name()+".runs", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(dir + "/" + t.Name() + ".go"); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func Test1(t *testing.T) { wait(t) }
func Test2(t *testing.T) { wait(t) }
func Test3(t *testing.T) { wait(t) }
func Test4(t *testing.T) { wait(t) }
func Test5(t *testing.T) { wait(t) }
