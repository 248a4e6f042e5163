// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package site is the home of the steps of the tutorial of web, web/docs/tutorial.md: each folder is a program, which has a little more than the one before.
package site
