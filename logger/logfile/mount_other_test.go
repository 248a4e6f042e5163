// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package logfile

import "errors"

func mount(string) error   { return errors.New("only on Linux") }
func unmount(string) error { return nil }
