// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !race

package websocket_test

const raceEnabled = false
