// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package order

import "testing"

func TestC(t *testing.T) {}
func TestA(t *testing.T) {}
func TestB(t *testing.T) {}
