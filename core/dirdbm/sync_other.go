// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package dirdbm

// sync does nothing: a directory cannot be synchronised here.
func (db *DB) sync() error { return nil }
