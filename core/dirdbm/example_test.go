// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package dirdbm_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/torsion-go/torsion/core/dirdbm"
)

func Example() {
	dir, err := os.MkdirTemp("", "dirdbm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	db, err := dirdbm.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	db.Set("alice", []byte("in Wonderland"))
	value, err := db.Get("alice")
	fmt.Printf("%s, %v\n", value, err)
	_, err = db.Get("bob")
	fmt.Println(errors.Is(err, dirdbm.ErrNotFound))
	// Output:
	// in Wonderland, <nil>
	// true
}
