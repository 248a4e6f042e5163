// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build qt6 && !qtflags

package main

// #cgo pkg-config: Qt6Widgets
import "C"
