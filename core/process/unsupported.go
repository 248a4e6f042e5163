// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package process

import (
	"errors"
	"fmt"
	"runtime"
)

// unsupported is the error for what this system does not have.
func (c *Config) unsupported(what string) error {
	return &StartError{Op: "config", Path: c.Path, Err: fmt.Errorf("%s has not got %s for children: %w", runtime.GOOS, what, errors.ErrUnsupported)}
}
