// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package client holds the code of web/docs/client.md, whose parts run as its examples. The folders below it are whole programs.
package client
