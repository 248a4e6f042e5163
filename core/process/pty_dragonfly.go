// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"errors"
	"fmt"
)

func openPTY() (master, slave int, err error) {
	return -1, -1, fmt.Errorf("dragonfly: new terminals: %w", errors.ErrUnsupported)
}
