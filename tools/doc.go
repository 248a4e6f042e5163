// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package tools is the root of the module with Torsion's commands and checks. It holds nothing itself:
//
//   - cmd/twist runs a server in the foreground: "twist web" serves a folder
//   - cmd/check runs everything that a change has to pass
//   - cmd/release packs, checks, plans and tags the modules
//   - bench, a module of its own, measures echo servers side by side
//   - internal/layering holds that imports point down, internal/docs that documents are right
//
// Nothing imports this module.
package tools
