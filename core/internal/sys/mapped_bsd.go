// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build dragonfly || openbsd

package sys

// MapsIPv4 tells whether an IPv6 socket can serve IPv4 too. These systems refuse that on purpose.
const MapsIPv4 = false
