// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package privilege

import (
	"errors"
	"fmt"
	"runtime"
)

// Switch fails with errors.ErrUnsupported unless there is nothing to change.
func (id Identity) Switch() error {
	if id.IsZero() {
		return nil
	}
	return errUnsupported
}

// SwitchEffective fails with errors.ErrUnsupported unless there is nothing to change.
func (id Identity) SwitchEffective() (restore func() error, err error) {
	return func() error { return nil }, id.Switch()
}

// RunAsEffective fails with errors.ErrUnsupported.
func RunAsEffective(uid, gid int, f func() error) error { return errUnsupported }

var errUnsupported = fmt.Errorf("privilege: to change the user on %s: %w", runtime.GOOS, errors.ErrUnsupported)
