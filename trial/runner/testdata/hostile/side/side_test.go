// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package side

import (
	"os"
	"testing"
)

func init() { effect() }

func TestMain(m *testing.M) {
	effect()
	m.Run()
}

func effect() {
	if file := os.Getenv("EFFECT"); file != "" {
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			panic(err)
		}
	}
}

func TestEffect(t *testing.T) { effect() }
