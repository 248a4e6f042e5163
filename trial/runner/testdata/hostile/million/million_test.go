// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package million

import (
	"fmt"
	"testing"
)

func TestMillion(t *testing.T) {
	fmt.Println("the first line")
	for i := range 1_000_000 {
		fmt.Println("line", i)
	}
	fmt.Println("the last line")
	t.Error("after a million lines")
}
