// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package app

import (
	"errors"
	"fmt"
)

// A statusPipe is none here: it is always nil.
type statusPipe struct{}

func takeStatusPipe() (*statusPipe, error) { return nil, nil }

func (*statusPipe) ready()    {}
func (*statusPipe) end(error) {}

func (p *program) startDaemon() error {
	return fmt.Errorf("--daemon: %w on this system", errors.ErrUnsupported)
}
