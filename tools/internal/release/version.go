// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// first is the version that a module without a tag gets.
const first = "v1.0.0"

// A Level is how far a version has to move.
type Level int

const (
	Patch Level = iota // nothing of the exported surface changed
	Minor              // the exported surface grew, or go.mod asks for more
	Major              // the exported surface lost something or changed
)

func (l Level) String() string { return [...]string{"patch", "minor", "major"}[l] }

// next returns the version behind last for a change of that level. Below v1 nothing is promised: an incompatible change moves the minor number.
func next(last string, level Level) string {
	if last == "" {
		return first
	}
	n := numbers(last)
	if semver.Prerelease(last) != "" {
		return fmt.Sprintf("v%d.%d.%d", n[0], n[1], n[2])
	}
	switch {
	case level == Major && n[0] > 0:
		return fmt.Sprintf("v%d.0.0", n[0]+1)
	case level >= Minor:
		return fmt.Sprintf("v%d.%d.0", n[0], n[1]+1)
	}
	return fmt.Sprintf("v%d.%d.%d", n[0], n[1], n[2]+1)
}

// developmentVersion is what the tree of a module is packed as while it differs from its last tag: higher than all patches of that, lower than the release.
func developmentVersion(last string) string { return next(last, Minor) + "-dev" }

func numbers(version string) (n [3]int) {
	core, _, _ := strings.Cut(strings.TrimPrefix(semver.Canonical(version), "v"), "-")
	for i, s := range strings.SplitN(core, ".", 3) {
		n[i], _ = strconv.Atoi(s)
	}
	return n
}
