// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Retract takes a released version back: it writes a retract line with the reason to the module's go.mod, and an entry to CHANGELOG.md. Users learn of it from the
// module's next release, which the line makes a change of code; the tag stays where it is.
func (r *Repo) Retract(ctx context.Context, name, version, reason string) error {
	m := r.Module(name)
	if m == nil {
		return fmt.Errorf("release: there is no module %q", name)
	}
	if !slices.Contains(m.Versions, version) {
		return fmt.Errorf("release: %s has no tag %s: only what was released can be retracted", name, m.Tag(version))
	}
	if reason = strings.Join(strings.Fields(reason), " "); reason == "" {
		return fmt.Errorf("release: a retraction needs a reason: users see it when they build")
	}
	log, err := r.Changelog()
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir(name), "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := modfile.Parse(file, text, nil)
	if err != nil {
		return err
	}
	for _, x := range f.Retract {
		if x.Low == version && x.High == version {
			return fmt.Errorf("release: %s %s is retracted already", name, version)
		}
	}
	if err := f.AddRetract(modfile.VersionInterval{Low: version, High: version}, reason); err != nil {
		return err
	}
	f.Cleanup()
	out, err := f.Format()
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, out, 0o666); err != nil {
		return err
	}
	log.Add(name, fmt.Sprintf("Retracted: %s: %s.", version, strings.TrimSuffix(reason, ".")))
	return os.WriteFile(filepath.Join(r.Root, "CHANGELOG.md"), []byte(log.String()), 0o666)
}
