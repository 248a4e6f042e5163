// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package inetd

import (
	"errors"
	"os"

	"github.com/torsion-go/torsion/core/protocol"
)

type socket struct {
	file *os.File
	fd   int
	addr protocol.Addr
}

func (*spec) open() (*socket, error) { return nil, errors.ErrUnsupported }

func (*socket) close() {}

func (*socket) setNonblock(bool) error { return errors.ErrUnsupported }

func (*socket) accept() (*os.File, verdict, error) { return nil, pause, errors.ErrUnsupported }
