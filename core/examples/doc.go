// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package examples is the home of small programs, one a folder, each of which its tests run against real clients: an echo server and client, a
// publish/subscribe server, echo over TLS and UDP, a proxy with back-pressure, an application, a game loop with a reactor in it, and the steps of the finger tutorial.
package examples
