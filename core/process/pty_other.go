// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build netbsd || openbsd || dragonfly

package process

import "errors"

func openPTY() (master, slave int, err error) { return -1, -1, errors.ErrUnsupported }
