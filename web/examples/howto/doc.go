// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package howto holds the code of web/docs/howto.md, whose parts run as its examples.
package howto
