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

func ExampleINotify_Watch() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	n, err := inotify.New(r)
	if err != nil {
		panic(err)
	}
	r.CallWhenRunning(func() {
		n.Watch(dir, inotify.Options{Mask: inotify.CloseWrite, Notify: func(e inotify.Event) {
			fmt.Println(filepath.Base(e.Path), e.Mask)
			n.Close()
			r.Stop()
		}})
		os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("dear"), 0o600)
	})
	r.Run(context.Background())
	// Output: letter.txt close_write
}
