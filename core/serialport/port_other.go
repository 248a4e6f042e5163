// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package serialport

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Reactor is what serial ports need of a reactor.
type Reactor = protocol.Loop

// A Port is an open serial line. There are none on this system.
type Port struct{ protocol.Transport }

// Open returns an error that matches errors.ErrUnsupported.
func Open(_ Reactor, device string, _ Config, _ protocol.Protocol) (*Port, error) {
	return nil, fmt.Errorf("serialport: open %q: serial lines on %s: %w", device, runtime.GOOS, errors.ErrUnsupported)
}
