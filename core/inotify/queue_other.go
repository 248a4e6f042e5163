// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package inotify

import "errors"

func openQueue() (queue, error) { return nil, errors.ErrUnsupported }
