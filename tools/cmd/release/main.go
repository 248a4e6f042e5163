// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Release plans, checks and tags the versions of the modules of this repository. It pushes nothing and needs no network.
//
// Usage:
//
//	go run ./tools/cmd/release check [--modules core,web] [--no-tests] [--no-api] [--since REVISION]
//	go run ./tools/cmd/release tidy
//	go run ./tools/cmd/release plan [--modules core] [--set web=v1.3.0] [--json]
//	go run ./tools/cmd/release tag [--modules core] [--set web=v1.3.0] [--dry-run] [--no-tests]
//	go run ./tools/cmd/release retract MODULE VERSION --reason TEXT
//
// check packs each module as a zip file, as a module proxy serves it, and builds, vets, tidies and tests every module out of these, without the workspace. tidy puts
// go.mod and go.sum in order. plan shows the last tags, what changed since and the next versions. tag makes the release commit and all tags, or nothing. retract
// takes a version back. Each has --help.
//
// The exit status is 0, 1 when something is wrong, 2 for a usage error.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/tools/internal/release"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := release.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
