// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package serialport_test

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/serialport"
)

// A device that is not there is an error at once.
func ExampleOpen() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	defer r.Close()
	_, err = serialport.Open(r, "/dev/no-such-line", serialport.Config{Baud: 115200}, protocol.Base{})
	fmt.Println(errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported))
	// Output: true
}
