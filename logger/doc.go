// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package logger will be Torsion's module for structured logging: structured events: Logger, publisher, observers, formats, with zap and log/slog on both sides.
//
// It holds nothing yet.
package logger
