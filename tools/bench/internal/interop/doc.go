// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package interop holds tests against libraries that no module but this one may depend on: package web/websocket talks to github.com/coder/websocket, each as server and as client.
package interop
