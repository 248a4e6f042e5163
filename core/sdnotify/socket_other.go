// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package sdnotify

import "errors"

func sendTo(string, []byte, []int) error { return errors.ErrUnsupported }
