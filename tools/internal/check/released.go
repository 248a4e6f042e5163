// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"slices"

	"github.com/torsion-go/torsion/tools/internal/release"
)

// published opens the repository and returns those of its published modules that -modules names. Those that go.work leaves out are for the release: they take long to build.
func (c *checker) published() (*release.Repo, []string, error) {
	r, err := release.Open(c.ctx, c.root)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, m := range r.Modules {
		if len(c.modules) == 0 && slices.Contains(r.Workspace, m.Name) || slices.Contains(c.modules, m.Name) {
			names = append(names, m.Name)
		}
	}
	return r, names, nil
}

// release leaves the tests to step test.
func (c *checker) release(out io.Writer) error {
	r, names, err := c.published()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		c.note = "none of these is published"
		return nil
	}
	problems, err := r.Check(c.ctx, release.CheckOptions{Modules: names, NoTests: true, Since: c.since, Out: out})
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems keep the modules from being released", len(problems))
	}
	c.note = fmt.Sprintf("%d modules", len(names))
	return nil
}

func (c *checker) skew(out io.Writer) error {
	r, names, err := c.published()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		c.note = "none of these is published"
		return nil
	}
	tried, problems, err := r.Skew(c.ctx, release.SkewOptions{Modules: names, Out: out})
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems of released modules with the others as they are now", len(problems))
	}
	c.note = fmt.Sprintf("%d released modules", tried)
	if tried == 0 {
		c.note = "nothing to do: no module was released that meets a newer one"
	}
	return nil
}
