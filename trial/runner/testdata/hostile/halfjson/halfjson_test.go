// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package halfjson

import (
	"fmt"
	"os"
	"testing"
)

func TestHalf(t *testing.T) {
	fmt.Print(`{"Time":"2026-01-01T00:00:00Z","Action":"fail","Package":"exa`)
	fmt.Fprint(os.Stderr, "{\"Action\":")
}

func TestWhole(t *testing.T) {
	fmt.Println(`{"Action":"fail","Package":"example.com/hostile/halfjson","Test":"TestWhole"}`)
	fmt.Println("--- FAIL: TestWhole (0.00s)")
	fmt.Println("FAIL")
	fmt.Println("panic: only a word")
}
