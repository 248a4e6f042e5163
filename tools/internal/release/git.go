// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// git runs git in dir and returns what it printed, without the last newline.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := gitInput(ctx, dir, "", args...)
	return strings.TrimSuffix(out, "\n"), err
}

// gitInput runs git with a standard input and returns what it printed.
func gitInput(ctx context.Context, dir, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// gitList runs git with -z behind its first argument and returns the names it printed.
func gitList(ctx context.Context, dir, command string, args ...string) ([]string, error) {
	out, err := git(ctx, dir, append([]string{command, "-z"}, args...)...)
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}

// gitFile returns a file as it is at a revision; ok is false where that has none.
func gitFile(ctx context.Context, dir, revision, name string) (text []byte, ok bool, err error) {
	out, err := gitInput(ctx, dir, "", "cat-file", "blob", revision+":"+name)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, false, nil
	}
	return []byte(out), err == nil, err
}

// dirty returns the files that differ from the last commit, those that git does not know included.
func dirty(ctx context.Context, root string) ([]string, error) {
	out, err := git(ctx, root, "status", "--porcelain", "--untracked-files=all")
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(out, "\n"), nil
}
