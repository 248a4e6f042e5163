// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/usage"
)

// External commands are programs called NAME-COMMAND in the folders of the path, as those of git are. They get the arguments that follow, and the program's place.

// An exitStatus is that of an external command.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// findExternal lists the external commands that no built-in one hides, sorted by name.
func (s *session) findExternal() []usage.Command {
	s.external = map[string]string{}
	prefix := s.app.Name + "-"
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) { // whose folder it is depends on where one stands
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name, ok := strings.CutPrefix(trimExecutable(e.Name()), prefix)
			if !ok || !validName(name) || s.external[name] != "" {
				continue
			}
			if path, err := exec.LookPath(filepath.Join(dir, e.Name())); err == nil {
				s.external[name] = path
			}
		}
	}
	var all []usage.Command
	for name, path := range s.external {
		all = append(all, usage.Command{Name: name, Short: path, Raw: true, Group: "Programs on the path"})
	}
	slices.SortFunc(all, func(a, b usage.Command) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// runExternal runs one. If the process is the program's own, it returns only after an error.
func (s *session) runExternal(name string, args []string) error {
	path := s.external[name]
	if s.replace {
		if err := replaceProcess(path, append([]string{path}, args...)); !errors.Is(err, errors.ErrUnsupported) {
			return &ExitError{Code: ExitUnavailable, Err: fmt.Errorf("cannot run %s: %w", path, err)}
		}
	}
	cmd := exec.CommandContext(s.ctx, path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.stdio.In, s.stdio.Out, s.stdio.Err
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return &ExitError{Code: exit.ExitCode(), Err: exitStatus(exit.ExitCode())}
	}
	if err != nil {
		return &ExitError{Code: ExitUnavailable, Err: fmt.Errorf("cannot run %s: %w", path, err)}
	}
	return nil
}
