// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/reactor"
)

// A directory that is made in a watched one is watched, too.
func Example() {
	dir, err := os.MkdirTemp("", "inotify")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	n, err := inotify.New(r.Loop)
	if err != nil {
		panic(err)
	}
	_, err = n.Watch(dir, inotify.Options{Mask: inotify.Create, AutoAdd: true}, func(e inotify.Event) {
		path, _ := filepath.Rel(dir, e.Path)
		fmt.Println(path, e.Mask)
		if filepath.Base(path) == "letter" {
			r.Stop()
		}
	})
	if err != nil {
		panic(err)
	}
	os.Mkdir(filepath.Join(dir, "box"), 0o700)
	os.WriteFile(filepath.Join(dir, "box", "letter"), nil, 0o600)
	r.Run(context.Background())
	// Output:
	// box create|is_dir
	// box/letter create
}
