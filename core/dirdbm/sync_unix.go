// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package dirdbm

import "errors"

// sync makes what was renamed or removed in the directory durable.
func (db *DB) sync() error {
	d, err := db.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
