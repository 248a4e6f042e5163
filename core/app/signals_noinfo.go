// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package app

// A signal that there is none of here.
type noSignal string

func (s noSignal) String() string { return string(s) }
func (noSignal) Signal()          {}

const signalStatus = noSignal("status")
