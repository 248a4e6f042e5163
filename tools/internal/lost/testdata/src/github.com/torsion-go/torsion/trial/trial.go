// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package trial stands for the one of that name.
package trial

import "github.com/torsion-go/torsion/core/deferred"

type Case struct{}

func Must[T any](*Case, *deferred.Deferred[T]) (v T) { return v }
