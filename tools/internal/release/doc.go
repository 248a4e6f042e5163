// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package release is the program tools/cmd/release: it packs, checks, plans and tags the modules of the repository.
//
//	r, err := release.Open(ctx, root)
//	problems, err := r.Check(ctx, release.CheckOptions{Out: os.Stdout})
//	plan, err := r.Plan(ctx, release.PlanOptions{}, nil)
//	made, err := r.Tag(ctx, release.TagOptions{DryRun: true})
//
// A [Repo] is the repository with its [Module] values: the folders at its top that go.work lists, their tags, and what changed since them. A [Scratch] is a folder
// in which modules are packed in the layout of a module proxy and built without workspace and network. A [Plan] says which versions come next, a [Changelog]
// is CHANGELOG.md.
//
// The design page tools/docs/design/releases.md says what stands in go.mod between releases, and why.
//
// # Concurrency
//
// A Repo and a Scratch belong to one goroutine. A context that ends stops the programs that were started.
package release
