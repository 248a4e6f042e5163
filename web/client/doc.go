// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package client sends HTTP requests: the Agent, and what is put around it.
package client
