// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package policy_test

import "errors"

func mkfifo(string) error { return errors.ErrUnsupported }
