// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sdnotify_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/core/sdnotify"
)

// A service tells its manager, which is a socket here, that it has started.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: path})
	if err != nil {
		panic(err)
	}
	defer manager.Close()

	environment := map[string]string{"NOTIFY_SOCKET": path} // os.LookupEnv in a program
	n := sdnotify.New(func(key string) (string, bool) { v, ok := environment[key]; return v, ok })
	if err := n.Notify("READY=1", "STATUS=serving"); err != nil {
		fmt.Println(err)
	}

	b := make([]byte, 100)
	k, _ := manager.Read(b)
	fmt.Println(string(b[:k]))
	// Output:
	// READY=1
	// STATUS=serving
}
