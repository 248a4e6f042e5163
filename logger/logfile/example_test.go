// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/logger/logfile"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "logs")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := logfile.Open(filepath.Join(dir, "app.log"), &logfile.Config{MaxSize: 10, MaxRotated: 3})
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, "the first line")
	fmt.Fprintln(f, "the second line")
	old, _ := f.Log(1)
	defer old.Close()
	lines, _ := old.ReadLines(0)
	fmt.Printf("%q\n", lines)
	// Output: ["the first line\n"]
}
