// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package broken does not compile.
package broken

var price = undefinedPrice
