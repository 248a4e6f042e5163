// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package service makes applications out of parts that start and stop in order.
package service
