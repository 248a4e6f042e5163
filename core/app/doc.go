// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package app runs services as programs: a command line with plugins, logs, signals, daemons, privileges.
package app
